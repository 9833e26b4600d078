package dev.otapair.client.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Berlin: 2026-03-29 02:00 is 03:00, 2026-10-25 03:00 is 02:00. 2026-11-23 is a Monday. */
class WindowsTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mon-Fri 02:00-04:00 | 2026-11-23T01:59:59 | false",
                "Mon-Fri 02:00-04:00 | 2026-11-23T02:00 | true",
                "Mon-Fri 02:00-04:00 | 2026-11-23T03:59:59 | true",
                "Mon-Fri 02:00-04:00 | 2026-11-23T04:00 | false",
                "Mon-Fri 02:00-04:00 | 2026-11-27T03:00 | true",
                "Mon-Fri 02:00-04:00 | 2026-11-28T03:00 | false",
                "02:00-04:00 | 2026-11-28T03:00 | true",
                "sat 00:00-24:00 | 2026-11-28T23:59:59 | true",
                "sat 00:00-24:00 | 2026-11-29T00:00 | false",
                "Fri-Mon 10:00-11:00 | 2026-11-29T10:30 | true",
                "Fri-Mon 10:00-11:00 | 2026-11-26T10:30 | false",
                "Sun 22:00-06:00 | 2026-11-29T23:00 | true",
                "Sun 22:00-06:00 | 2026-11-30T05:59 | true",
                "Sun 22:00-06:00 | 2026-11-29T05:59 | false",
                "12:00-12:00 | 2026-11-29T03:00 | true",
                "Mon 01:00-02:00, Tue 05:00-06:00 | 2026-11-24T05:30 | true"
            })
    void windowIsOpenFromItsBeginningToJustBeforeItsEnd(String text, String time, boolean isOpen) {
        assertThat(Windows.parse(text).isOpen(at(time))).isEqualTo(isOpen);
    }

    /** The clock is put forward over the beginning: the window comes later, and is not lost. */
    @Test
    void windowOfTheMissingHourIsOpenForAsLongAsEver() {
        assertThat(openMinutes("02:00-03:00", at("2026-03-29T00:00"))).isEqualTo(60);
        assertThat(Windows.parse("02:00-03:00").isOpen(at("2026-03-29T03:30"))).isTrue();
    }

    /** The clock is put back: what stands there twice is open once. */
    @Test
    void windowOfTheDoubledHourIsOpenOnce() {
        assertThat(openMinutes("02:00-03:00", at("2026-10-25T00:00"))).isEqualTo(60);
    }

    @Test
    void windowOverTheChangeLastsAsLongAsOnOtherDays() {
        assertThat(openMinutes("01:00-04:00", at("2026-03-29T00:00"))).isEqualTo(180);
        assertThat(openMinutes("01:00-04:00", at("2026-10-25T00:00"))).isEqualTo(180);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mon-Fri 02:00-04:00 | 2026-11-27T05:00 | 2026-11-30T02:00",
                "Mon 02:00-04:00 | 2026-11-23T04:00 | 2026-11-30T02:00",
                "02:00-03:00 | 2026-03-29T00:00 | 2026-03-29T03:00"
            })
    void nextOpeningIsNamed(String text, String time, String next) {
        assertThat(Windows.parse(text).next(at(time))).contains(at(next));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2-4",
                "02:00",
                "02:00-25:00",
                "Mo 02:00-04:00",
                "Mon-Fri",
                "Mon,Tue 02:00-04:00",
                "Mon 02:00-04:00,",
                "Funday 02:00-03:00",
                "xyz 02:00-03:00",
                "24:00-02:00"
            })
    void whatIsNoWindowIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Windows.parse(text));
    }

    private static long openMinutes(String text, ZonedDateTime midnight) {
        Windows windows = Windows.parse(text);
        long minutes = 0;
        for (ZonedDateTime time = midnight;
                time.isBefore(midnight.toLocalDate().plusDays(1).atStartOfDay(BERLIN));
                time = time.plus(Duration.ofMinutes(1))) {
            minutes += windows.isOpen(time) ? 1 : 0;
        }
        return minutes;
    }

    private static ZonedDateTime at(String local) {
        return LocalDateTime.parse(local).atZone(BERLIN);
    }
}
