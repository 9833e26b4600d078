package dev.otapair.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of RFC 4231, and what Java's own says. */
class HmacTest {
    @ParameterizedTest
    @CsvSource({
        "4a656665, 7768617420646f2079612077616e7420666f72206e6f7468696e673f,"
                + " 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b, 4869205468657265,"
                + " b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    })
    void examplesOfTheRfc(String key, String data, String expected) {
        assertThat(Hmac.of(hex(key), hex(data))).isEqualTo(hex(expected));
    }

    @Test
    void keyThatIsLongerThanABlockIsDigested() {
        byte[] key = new byte[131];
        Arrays.fill(key, (byte) 0xaa);

        assertThat(Hmac.of(
                        key,
                        "Test Using Larger Than Block-Size Key - Hash Key First".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
    }

    @Test
    void everyLengthOfKeyAndPartsIsAsJavaHasIt() throws Exception {
        Random random = new Random(1);
        for (int length = 1; length <= 200; length++) {
            byte[] key = bytes(random, length);
            byte[] first = bytes(random, random.nextInt(300));
            byte[] second = bytes(random, random.nextInt(300));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(first);

            assertThat(Hmac.of(key, first, second))
                    .as("key of %d bytes", length)
                    .isEqualTo(mac.doFinal(second));
        }
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
