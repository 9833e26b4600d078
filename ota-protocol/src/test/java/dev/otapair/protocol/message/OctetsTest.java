package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OctetsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "AA==",
                "AA=",
                "=",
                "AB",
                "AAB",
                "__9",
                "+A",
                "/A",
                "A A",
                "AA\n",
                " AA",
                "AA ",
                "A.",
                "é",
                "AAAAA",
                "AAECAwQFBgcICQoLDA0ODx",
                "AAECAwQFBgcICQoLDA0ODw=="
            })
    void whatIsNotTheOneSpellingIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Octets.ofBase64(text));
    }

    @ParameterizedTest
    @CsvSource({"'', 0", "AA, 1", "AAA, 2", "AAAA, 3", "-_-_, 3", "AAECAwQFBgcICQoLDA0ODw, 16"})
    void theOneSpellingIsRead(String text, int length) {
        assertThat(Octets.ofBase64(text).length()).isEqualTo(length);
        assertThat(Octets.ofBase64(text).toBase64()).isEqualTo(text);
    }

    @Test
    void anyBytesComeBack() {
        Random random = new Random(20261124);
        for (int run = 0; run < 1000; run++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            Octets octets = new Octets(bytes);

            assertThat(Octets.ofBase64(octets.toBase64())).isEqualTo(octets).hasSameHashCodeAs(octets);
            assertThat(octets.toBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void bytesAreCopiedInAndOut() {
        byte[] bytes = {1, 2};
        Octets octets = new Octets(bytes);
        bytes[0] = 9;
        octets.toBytes()[1] = 9;

        assertThat(octets.toBytes()).containsExactly(1, 2);
    }

    @Test
    void bytesAreNotPrinted() {
        assertThat(new Octets(new byte[] {65, 66, 67})).hasToString("(3 bytes)");
    }
}
