package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IniSectionTest {
    private enum Colour {
        RED,
        DARK_BLUE
    }

    private final ConfigFaults faults = new ConfigFaults();

    @TempDir
    private Path folder;

    private IniSection server(String... lines) throws IOException {
        String text = "[Server]\n" + String.join("\n", lines) + "\n";
        return IniFile.read(Files.writeString(folder.resolve("config.ini"), text))
                .section("Server", faults);
    }

    private void assertFault(String message) {
        assertThatThrownBy(faults::throwIfAny)
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessage(folder + "/config.ini:" + message);
    }

    private void assertNoFault() {
        assertThatCode(faults::throwIfAny).doesNotThrowAnyException();
    }

    @Test
    void emptyValueIsAnAbsentOne() throws IOException {
        assertThat(server("ip =").text("ip")).isEmpty();
    }

    @Test
    void emptyNumberIsItsDefault() throws IOException {
        assertThat(server("port =").number("port", 1, 65535, 1234)).isEqualTo(1234);
        assertNoFault();
    }

    @Test
    void requiredTextThatIsMissingIsAFault() throws IOException {
        server("port = 1").requiredText("security", "the token");

        assertThatThrownBy(faults::throwIfAny)
                .hasMessage(folder + "/config.ini: [Server] security is missing, expected the token");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "65535, 65535", "0080, 80", "+5, 5"})
    void numberWithinItsBoundsIsRead(String value, int expected) throws IOException {
        assertThat(server("port = " + value).number("port", 1, 65535, 7)).isEqualTo(expected);
        assertNoFault();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "abc", "1.5", "1e3", "99999999999", "1 2", "0x10"})
    void numberOutOfItsBoundsIsAFault(String value) throws IOException {
        assertThat(server("port = " + value).number("port", 1, 65535, 7)).isEqualTo(7);
        assertFault("2: [Server] port is '" + value + "', expected a whole number from 1 to 65535");
    }

    @ParameterizedTest
    @CsvSource({
        "90, 90",
        "90s, 90",
        "15m, 900",
        "2h, 7200",
        "1d, 86400",
        "1 m, 60",
        "31622400, 31622400",
        "366d, 31622400"
    })
    void durationIsRead(String value, long seconds) throws IOException {
        assertThat(server("t = " + value).duration("t", Duration.ZERO)).isEqualTo(Duration.ofSeconds(seconds));
        assertNoFault();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "-1", "1.5", "1w", "s", "1000000000", "1M", "1m30s"})
    void durationThatIsNoneIsAFault(String value) throws IOException {
        assertThat(server("t = " + value).duration("t", Duration.ofSeconds(7))).isEqualTo(Duration.ofSeconds(7));
        assertFault("2: [Server] t is '" + value
                + "', expected a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "300000000, 300000000",
        "1K, 1024",
        "300M, 314572800",
        "4G, 4294967296",
        "1T, 1099511627776",
        "4g, 4294967296",
        "4 GiB, 4294967296",
        "4GB, 4294967296",
        "12B, 12"
    })
    void sizeIsRead(String value, long bytes) throws IOException {
        assertThat(server("s = " + value).bytes("s")).contains(bytes);
        assertNoFault();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5G", "G", "1P", "9999999999999999", "999999999999999T"})
    void sizeThatIsNoneIsAFault(String value) throws IOException {
        assertThat(server("s = " + value).bytes("s")).isEmpty();
        assertFault("2: [Server] s is '" + value + "', expected a size like 300000000, 300M or 4G");
    }

    @ParameterizedTest
    @CsvSource({"red, RED", "RED, RED", "Dark_Blue, DARK_BLUE"})
    void choiceIsReadInAnyCase(String value, Colour expected) throws IOException {
        assertThat(server("c = " + value).choice("c", Colour.class, Colour.RED)).isEqualTo(expected);
    }

    @Test
    void choiceThatIsNoneIsAFault() throws IOException {
        server("c = green").choice("c", Colour.class, Colour.RED);

        assertFault("2: [Server] c is 'green', expected one of red, dark_blue");
    }

    @ParameterizedTest
    @CsvSource({"packages, packages", "./packages/, packages", "a/../b, b", "., ''"})
    void relativePathCountsFromTheFilesFolder(String value, String expected) throws IOException {
        assertThat(server("path = " + value).path("path"))
                .contains(folder.resolve(expected).normalize());
    }

    @Test
    void absolutePathIsTakenAsItIs() throws IOException {
        assertThat(server("path = /srv/ota").path("path")).contains(Path.of("/srv/ota"));
    }

    @Test
    void refusedValueIsAFault() throws IOException {
        assertThat(server("n = x").value("n", "a number", Integer::valueOf)).isEmpty();
        assertFault("2: [Server] n is 'x', expected a number");
    }

    @ParameterizedTest
    @CsvSource({
        "100%%, 100%",
        "%%(port)s, %(port)s",
        "%(port)s, 1234",
        "a%(PORT)sb, a1234b",
        "%(port)s%(port)s, 12341234",
        "%(chain)s, <1234>",
        "$1\\, $1\\"
    })
    void referencesAreResolvedAsPythonDoes(String value, String expected) throws IOException {
        assertThat(server("port = 1234", "chain = <%(port)s>", "v = " + value).text("v"))
                .contains(expected);
        assertNoFault();
    }

    @ParameterizedTest
    @ValueSource(strings = {"50%", "%d", "%(nothing)s", "%(port", "%(port)d", "%()s", "%(v)s"})
    void percentThatStandsForNothingIsAFault(String value) throws IOException {
        assertThat(server("port = 1234", "v = " + value).text("v")).isEmpty();
        assertThatThrownBy(faults::throwIfAny)
                .hasMessageStartingWith(folder + "/config.ini:3: [Server] v has a '%' that stands for nothing");
    }

    @Test
    void everyFaultIsReportedAtOnce() throws IOException {
        IniSection section = server("port = x", "", "max_clients = 0");
        section.number("port", 1, 65535, 1234);
        section.number("max_clients", 1, 1000, 5);

        assertThatThrownBy(faults::throwIfAny).hasMessage("""
                        %1$s/config.ini:2: [Server] port is 'x', expected a whole number from 1 to 65535
                        %1$s/config.ini:4: [Server] max_clients is '0', expected a whole number from 1 to 1000""".formatted(folder));
    }

    @Test
    void inheritedFaultIsReportedAtTheLineOfDefault() throws IOException {
        Path file = Files.writeString(folder.resolve("config.ini"), "[Server]\n[DEFAULT]\nport = x\n");
        IniFile.read(file).section("Server", faults).number("port", 1, 65535, 1234);

        assertFault("3: [Server] port is 'x', expected a whole number from 1 to 65535");
    }

    @Test
    void linesAreCountedAcrossContinuations() throws IOException {
        server("latest = a", "  b", "port = x").number("port", 1, 65535, 1234);

        assertFault("4: [Server] port is 'x', expected a whole number from 1 to 65535");
    }

    @Test
    void absentIsNoFault() throws IOException {
        assertThat(server("").text("nothing")).isEqualTo(Optional.empty());
        assertNoFault();
    }
}
