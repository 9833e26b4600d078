package dev.otapair.protocol.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlainSha256Test {
    private static final long SEED = 20261128;

    @Test
    void examplesOfTheStandard() {
        assertThat(hex("abc")).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThat(hex("")).isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
                .isEqualTo("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
        assertThat(hex("a".repeat(1_000_000)))
                .isEqualTo("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }

    @Test
    void everyLengthIsAsJavasOwn() throws Exception {
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        PlainSha256 plain = new PlainSha256();
        byte[] bytes = new byte[1000];
        new Random(SEED).nextBytes(bytes);
        for (int length = 0; length <= bytes.length; length++) {
            byte[] text = Arrays.copyOf(bytes, length);
            assertThat(plain.digest(text)).as("%d bytes", length).isEqualTo(expected.digest(text));
        }
    }

    @Test
    void partsAreAsTheWhole() throws Exception {
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        PlainSha256 plain = new PlainSha256();
        Random random = new Random(SEED);
        for (int run = 0; run < 2000; run++) {
            byte[] text = new byte[random.nextInt(600)];
            random.nextBytes(text);
            for (int from = 0; from < text.length; ) {
                int part = 1 + random.nextInt(Math.min(text.length - from, 150));
                if (part == 1) {
                    plain.update(text[from]);
                } else {
                    plain.update(text, from, part);
                }
                from += part;
            }
            assertThat(plain.digest()).as("seed %d, run %d", SEED, run).isEqualTo(expected.digest(text));
        }
    }

    @Test
    void resetForgets() {
        PlainSha256 plain = new PlainSha256();
        plain.update("something".repeat(20).getBytes(US_ASCII));

        plain.reset();

        assertThat(HexFormat.of().formatHex(plain.digest())).isEqualTo(hex(""));
    }

    @Test
    void manyComputationsAreAsTheFirst() {
        String first = Sha256.hex("abc".getBytes(US_ASCII));
        for (int i = 0; i < 300; i++) {
            assertThat(Sha256.hex("abc".getBytes(US_ASCII))).isEqualTo(first).isEqualTo(hex("abc"));
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(new PlainSha256().digest(text.getBytes(US_ASCII)));
    }
}
