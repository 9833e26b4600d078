package dev.otapair.protocol.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "固件 1.4.0", "é🔑", "\\n", "\"quoted\""})
    void harmlessTextStaysWhatItIs(String text) {
        assertThat(LogText.oneLine(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "000a", "000d", "0000", "0007", "0009", "001b", "007f", "0085", "009b", "200b", "200e", "202e", "2028", "2029",
        "feff", "d83d", "dd11"
    })
    void characterThatSteersATerminalIsEscaped(String hex) {
        char character = (char) Integer.parseInt(hex, 16);

        assertThat(LogText.oneLine("a" + character + "b")).isEqualTo("a\\u" + hex + "b");
    }

    @Test
    void textOfAPeerIsCutAt200Characters() {
        assertThat(LogText.ofPeer("x".repeat(201))).isEqualTo("x".repeat(200) + "…");
    }

    @Test
    void shortTextOfAPeerIsKept() {
        assertThat(LogText.ofPeer("x".repeat(200))).isEqualTo("x".repeat(200));
    }

    @Test
    void textOfAPeerIsEscapedToo() {
        assertThat(LogText.ofPeer("a\nb")).isEqualTo("a\\u000ab");
    }
}
