package dev.otapair.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretTest {
    private static final Secret SECRET = new Secret("correct horse");

    @Test
    void tokenMatchesItself() {
        assertThat(SECRET.matches("correct horse")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "correct", "correct horse ", "Correct horse", "correct horsE"})
    void otherClaimsDoNotMatch(String claim) {
        assertThat(SECRET.matches(claim)).isFalse();
    }

    @Test
    void tokenIsNeverPrinted() {
        assertThat(SECRET.toString()).doesNotContain("horse");
    }
}
