package dev.otapair.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.testing.Specification;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TranscriptTest {
    private static final byte[] HELLO = Specification.hello();
    private static final byte[] CHALLENGE = Specification.challenge();
    private static final byte[] LABEL = "ota-auth-v2\0".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINDING = new byte[32];

    private static byte[] of(byte[] hello, byte[] challenge, byte[] binding) {
        return Transcript.of(hello, challenge, new Octets(binding)).toBytes();
    }

    /** Computes it as section 7.2 says, by nothing of ours. */
    private static byte[] bySpecification(byte[] label, byte[]... parts) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(label);
        for (byte[] part : parts) {
            digest.update(ByteBuffer.allocate(4).putInt(part.length).array());
            digest.update(part);
        }
        return digest.digest();
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] other = bytes.clone();
        other[bit / 8] ^= (byte) (1 << bit % 8);
        return other;
    }

    private static IntStream bitsOf(byte[] bytes) {
        return IntStream.range(0, 8 * bytes.length);
    }

    @Test
    void vectorOfTheSpecificationHolds() {
        assertThat(HELLO).hasSize(122);
        assertThat(CHALLENGE).hasSize(138);
        assertThat(HexFormat.of().formatHex(of(HELLO, CHALLENGE, new byte[0]))).isEqualTo(Specification.vector("T"));
    }

    @Test
    void bindingIsPartOfIt() throws GeneralSecurityException {
        assertThat(of(HELLO, CHALLENGE, BINDING)).isEqualTo(bySpecification(LABEL, HELLO, CHALLENGE, BINDING));
    }

    @Test
    void everyBitOfTheHelloCounts() {
        byte[] right = of(HELLO, CHALLENGE, BINDING);

        assertThat(bitsOf(HELLO).filter(bit -> Arrays.equals(right, of(flipped(HELLO, bit), CHALLENGE, BINDING))))
                .isEmpty();
    }

    @Test
    void everyBitOfTheChallengeCounts() {
        byte[] right = of(HELLO, CHALLENGE, BINDING);

        assertThat(bitsOf(CHALLENGE).filter(bit -> Arrays.equals(right, of(HELLO, flipped(CHALLENGE, bit), BINDING))))
                .isEmpty();
    }

    @Test
    void everyBitOfTheBindingCounts() {
        byte[] right = of(HELLO, CHALLENGE, BINDING);

        assertThat(bitsOf(BINDING).filter(bit -> Arrays.equals(right, of(HELLO, CHALLENGE, flipped(BINDING, bit)))))
                .isEmpty();
    }

    @Test
    void everyBitOfTheLabelCounts() throws GeneralSecurityException {
        byte[] right = of(HELLO, CHALLENGE, BINDING);

        for (int bit = 0; bit < 8 * LABEL.length; bit++) {
            assertThat(bySpecification(flipped(LABEL, bit), HELLO, CHALLENGE, BINDING))
                    .isNotEqualTo(right);
        }
    }

    @Test
    void bytesCannotMoveFromOnePartToAnother() {
        byte[] longer = Arrays.copyOf(HELLO, HELLO.length + 1);
        longer[HELLO.length] = CHALLENGE[0];
        byte[] shorter = Arrays.copyOfRange(CHALLENGE, 1, CHALLENGE.length);

        assertThat(of(longer, shorter, BINDING)).isNotEqualTo(of(HELLO, CHALLENGE, BINDING));
    }

    @Test
    void noCertificateIsNotAnEmptyDigest() {
        assertThat(of(HELLO, CHALLENGE, new byte[0])).isNotEqualTo(of(HELLO, CHALLENGE, BINDING));
    }
}
