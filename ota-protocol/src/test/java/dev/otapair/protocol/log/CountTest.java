package dev.otapair.protocol.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountTest {
    @ParameterizedTest
    @CsvSource({"0, 0 places", "1, 1 place", "2, 2 places", "1204, '1,204 places'"})
    void oneIsNotMany(long number, String text) {
        assertThat(Count.of(number, "place")).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"999, 999", "1000, '1,000'", "999999, '999,999'", "9223372036854775807, '9,223,372,036,854,775,807'"})
    void digitsStandInThrees(long number, String text) {
        assertThat(Count.grouped(number)).isEqualTo(text);
    }
}
