package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AlphabetTest {
    @Test
    void charactersAreThoseOfTheirPatterns() {
        for (char c = 0; c < 0xffff; c++) {
            String text = String.valueOf(c);
            assertThat(Alphabet.DIGITS.isWord(text, 1, 1)).isEqualTo(text.matches("[0-9]"));
            assertThat(Alphabet.LOWER_HEX.isWord(text, 1, 1)).isEqualTo(text.matches("[0-9a-f]"));
            assertThat(Alphabet.ALPHANUMERIC.with("._-").isWord(text, 1, 1)).isEqualTo(text.matches("[A-Za-z0-9._-]"));
            assertThat(Alphabet.IPV6.isWord(text, 1, 1)).isEqualTo(text.matches("[0-9A-Fa-f:.]"));
            assertThat(Alphabet.DIGITS.with("?@\u007f").isWord(text, 1, 1)).isEqualTo(text.matches("[0-9?@\u007f]"));
        }
    }

    @Test
    void lengthCounts() {
        assertThat(Alphabet.DIGITS.isWord("", 0, 3)).isTrue();
        assertThat(Alphabet.DIGITS.isWord("", 1, 3)).isFalse();
        assertThat(Alphabet.DIGITS.isWord("123", 1, 3)).isTrue();
        assertThat(Alphabet.DIGITS.isWord("1234", 1, 3)).isFalse();
        assertThat(Alphabet.DIGITS.isWord("12x", 1, 3)).isFalse();
    }
}
