package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** T1: what logs and exceptions are made of has no token, proof, nonce or salt in it. */
class SecrecyTest {
    private static final String TOKEN = "correct-horse-battery";
    private static final byte[] PROOF = filled(32, 0x5a);
    private static final byte[] NONCE = filled(16, 0x6b);
    private static final byte[] SALT = filled(16, 0x7c);

    private static byte[] filled(int length, int with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    static Stream<Object> messages() {
        return Stream.of(
                new HandshakeRequest(TOKEN),
                new HelloRequest(new Octets(NONCE), new DeviceId("board-17"), EnumSet.allOf(Feature.class)),
                new ProofRequest(new Octets(PROOF)),
                new ConnectedResponse(Optional.of(new Octets(PROOF))),
                new ChallengeResponse(new Octets(NONCE), new Octets(SALT), 20_000, EnumSet.allOf(Feature.class)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void messageDoesNotPrintThem(Object message) {
        assertThat(message.toString())
                .doesNotContain(TOKEN)
                .doesNotContain(new Octets(PROOF).toBase64())
                .doesNotContain(new Octets(NONCE).toBase64())
                .doesNotContain(new Octets(SALT).toBase64())
                .doesNotContain(HexFormat.of().formatHex(PROOF))
                .doesNotContain(HexFormat.of().formatHex(NONCE))
                .doesNotContain(HexFormat.of().formatHex(SALT))
                .doesNotContain(Arrays.toString(PROOF));
    }

    /** T27: a line of the log stays a line that can be read. */
    @ParameterizedTest
    @ValueSource(ints = {201, 1024})
    void refusalQuotesNoMoreThan200Characters(int length) {
        for (String text : new String[] {"a".repeat(length), "a\n" + "b".repeat(length), "🔑".repeat(length / 2)}) {
            assertThat(refusalOf(() -> new PackageName(text))).hasSizeLessThan(300);
            assertThat(refusalOf(() -> new Digest(Digest.Algorithm.SHA256, text)))
                    .hasSizeLessThan(300);
            assertThat(refusalOf(() -> new DeviceId(text))).hasSizeLessThan(300);
            assertThat(refusalOf(() -> new Product(text))).hasSizeLessThan(300);
        }
    }

    private static String refusalOf(Runnable constructor) {
        try {
            constructor.run();
            return "not refused".repeat(100);
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }
}
