package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class XxHash64Test {
    @ParameterizedTest
    @CsvSource({
        "'', ef46db3751d8e999",
        "a, d24ec4f1a98c6e5b",
        "abc, 44bc2cf5ad770999",
    })
    void digestIsThatOfXxh64(String text, String expected) {
        XxHash64 digest = new XxHash64();
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);

        digest.update(bytes, 0, bytes.length);

        assertThat(Long.toHexString(digest.digest())).isEqualTo(expected);
    }

    @Test
    void piecesGiveTheSame() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] bytes = ZstdContents.noise(random, 5000);
        XxHash64 whole = new XxHash64();
        whole.update(bytes, 0, bytes.length);
        XxHash64 inPieces = new XxHash64();

        for (int at = 0; at < bytes.length; ) {
            int piece = Math.min(bytes.length - at, random.nextInt(1 << random.nextInt(9)));
            inPieces.update(bytes, at, piece);
            at += piece;
        }

        assertThat(inPieces.digest()).as("seed %d", seed).isEqualTo(whole.digest());
    }
}
