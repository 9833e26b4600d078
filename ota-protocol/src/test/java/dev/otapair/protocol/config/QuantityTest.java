package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @Test
    void numberAndUnitAreTold() {
        assertThat(Quantity.of("90", 9)).contains(new Quantity(90, ""));
        assertThat(Quantity.of("4 GiB", 15)).contains(new Quantity(4, "GiB"));
        assertThat(Quantity.of("999999999999999999 x", 18)).contains(new Quantity(999_999_999_999_999_999L, "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1", "+1", " 1", "\u0661", "1234567890", "90\u2003m", "4 k\u0131b", "4 \u212a"})
    void whatIsNoneIsRefused(String text) {
        assertThat(Quantity.of(text, 9)).isEmpty();
    }
}
