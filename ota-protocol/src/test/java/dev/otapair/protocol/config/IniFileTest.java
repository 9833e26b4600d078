package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IniFileTest {
    private static final Map<String, Set<String>> KNOWN = Map.of(
            "DEFAULT", Set.of("port", "security"),
            "Server", Set.of("latest", "max_clients"),
            "Client", Set.of("server", "latest"));

    @TempDir
    private Path folder;

    private IniFile ini(byte[] content) throws IOException {
        return IniFile.read(Files.write(folder.resolve("config.ini"), content));
    }

    private IniFile ini(String content) throws IOException {
        return ini(content.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> server(IniFile ini, String key) {
        return ini.section("Server", new ConfigFaults()).text(key);
    }

    private void assertRefused(String content, String message) {
        assertRefused(content.getBytes(StandardCharsets.UTF_8), message);
    }

    private void assertRefused(byte[] content, String message) {
        assertThatThrownBy(() -> {
                    ConfigFaults faults = new ConfigFaults();
                    ini(content).section("Server", faults);
                    faults.throwIfAny();
                })
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessageContaining(message)
                .hasMessageContaining("config.ini");
    }

    @Test
    void fileOfTheFieldIsRead() throws IOException {
        IniFile ini = ini("""
                        # 公共配置
                        [DEFAULT]
                        # 端口
                        port = 1234
                        buffer_size = 1024
                        ; 安全码
                        security = correct horse

                        [Server]
                        ip =
                        path = ./packages/
                        latest = gateway-1.4.0.tar.gz
                        max_clients = 5

                        [Client]
                        server = 192.0.2.7
                        path = ./
                        latest = gateway-1.3.0.tar.gz
                        after_proccess = ./afterproccess.sh
                        """);

        assertThat(server(ini, "latest")).contains("gateway-1.4.0.tar.gz");
        assertThat(ini.section("Client", new ConfigFaults()).text("latest")).contains("gateway-1.3.0.tar.gz");
    }

    @Test
    void sectionInheritsFromDefault() throws IOException {
        assertThat(server(ini("[DEFAULT]\nport = 1234\n[Server]\n"), "port")).contains("1234");
    }

    @Test
    void sectionOverridesDefault() throws IOException {
        assertThat(server(ini("[DEFAULT]\nport = 1234\n[Server]\nport = 99\n"), "port"))
                .contains("99");
    }

    @Test
    void defaultMayStandLast() throws IOException {
        assertThat(server(ini("[Server]\n[DEFAULT]\nport = 1234\n"), "port")).contains("1234");
    }

    @Test
    void missingSectionStillInherits() throws IOException {
        assertThat(server(ini("[DEFAULT]\nport = 1234\n"), "port")).contains("1234");
    }

    @Test
    void emptyFileHasNothing() throws IOException {
        assertThat(server(ini(""), "port")).isEmpty();
    }

    @Test
    void sectionNamesHaveCase() throws IOException {
        assertThat(server(ini("[server]\nport = 1\n"), "port")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PORT = 1",
                "Port=1",
                "port: 1",
                "port:1",
                "port\t=\t1",
                "  port = 1",
                "port = 1   ",
                "port\u3000=\u30001"
            })
    void oneKeyHasManySpellings(String line) throws IOException {
        assertThat(server(ini("[Server]\n" + line + "\n"), "port")).contains("1");
    }

    @Test
    void keysAreFoundInEveryLocale() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("tr"));
        try {
            assertThat(server(ini("[Server]\nIP = 192.0.2.7\n"), "ip")).contains("192.0.2.7");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void firstSeparatorSeparates() throws IOException {
        assertThat(server(ini("[Server]\nurl: a=b\n"), "url")).contains("a=b");
        assertThat(server(ini("[Server]\nurl = a:b\n"), "url")).contains("a:b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "C:\\users\\new",
                "ends with \\",
                "\\u0041",
                "\"quoted\"",
                "a ; b",
                "a # b",
                "a = b : c",
                "[x]",
                "<x>",
                "${x}",
                "固件 1.4.0"
            })
    void valueIsWhatItLooksLike(String value) throws IOException {
        assertThat(server(ini("[Server]\nlatest = " + value + "\nport = 1\n"), "latest"))
                .contains(value);
    }

    @Test
    void continuationLineIsJoined() throws IOException {
        assertThat(server(ini("[Server]\nlatest = a\n   b\n\tc\nport = 1\n"), "latest"))
                .contains("a b c");
    }

    @Test
    void continuationGoesOnBeyondCommentsAndBlankLines() throws IOException {
        assertThat(server(ini("[Server]\nlatest = a\n  # 注释\n\n  b\n"), "latest"))
                .contains("a b");
    }

    @Test
    void lineAsDeepAsItsKeyIsAKey() throws IOException {
        assertThat(server(ini("[Server]\n  latest = a\n  port = 1\n"), "port")).contains("1");
    }

    @Test
    void indentedCommentIsAComment() throws IOException {
        assertThat(server(ini("[Server]\n   ; latest = a\nport = 1\n"), "latest"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void everyLineEndIsRead(String end) throws IOException {
        assertThat(server(ini(String.join(end, "[Server]", "latest = a", "port = 1", "")), "latest"))
                .contains("a");
    }

    @Test
    void byteOrderMarkIsSkipped() throws IOException {
        assertThat(server(ini("\ufeff[Server]\nport = 1\n"), "port")).contains("1");
    }

    @Test
    void keyThatStandsTwiceIsRefusedWithItsLine() {
        assertRefused("[Server]\nport = 1\nPort = 2\n", "config.ini:3: [Server] port is there twice, first in line 2");
    }

    @Test
    void keyThatStandsTwiceBesideAWideSpaceIsRefused() {
        assertRefused("[Server]\nport = 1\nport\u3000= 2\n", "port is there twice");
    }

    @Test
    void sectionThatStandsTwiceIsRefused() {
        assertRefused(
                "[Server]\nport = 1\n[Server]\nlatest = 2\n",
                "config.ini:3: section [Server] is there twice, first in line 1");
    }

    @Test
    void lineThatIsNeitherIsRefusedWithItsNumber() {
        assertRefused("# 注释\n[Server]\nlatest = a\n\nnonsense\n", "config.ini:5: the line is no [section]");
    }

    @Test
    void keyBeforeTheFirstSectionIsRefusedWithItsNumber() {
        assertRefused("# 注释\nport = 1\n", "config.ini:2: a key before any [section]");
    }

    @Test
    void lineWithoutAKeyIsRefusedWithItsNumber() {
        assertRefused("[Server]\n= 1\n", "config.ini:2: the line is no [section]");
    }

    @Test
    void faultsOfLinesAndOfValuesAreToldTogetherInTheOrderOfTheFile() throws IOException {
        ConfigFaults faults = new ConfigFaults();
        ini("port = 1\n[Server]\nport = x\nsecurity tok\nport = 2\n[Server]\n[hunter]\n[hunter]\n")
                .section("Server", faults)
                .number("port", 1, 2, 1);

        assertThatThrownBy(faults::throwIfAny).hasMessage("""
                        %1$s:1: a key before any [section]; begin the file with [DEFAULT]
                        %1$s:3: [Server] port is 'x', expected a whole number from 1 to 2
                        %1$s:4: the line is no [section] and no key = value (with an ASCII = or :)
                        %1$s:5: [Server] port is there twice, first in line 3; remove one of them
                        %1$s:6: section [Server] is there twice, first in line 2; merge them into one
                        %1$s:8: a section is there twice, first in line 7; merge them into one""".formatted(folder.resolve("config.ini")));
    }

    @Test
    void controlCharactersAtTheEndsBelongToTheValue() throws IOException {
        assertThat(server(ini("[Server]\nlatest = \u0001x\u0001\u00a0\n"), "latest"))
                .contains("\u0001x\u0001");
    }

    @Test
    void sectionWithBlanksIsAnother() throws IOException {
        IniFile ini = ini("[ Server ]\nport = 1\n");

        assertThat(server(ini, "port")).isEmpty();
        assertThat(ini.unknownKeys(KNOWN)).singleElement().asString().contains(":1: section [ Server ] is not known");
    }

    @Test
    void headerOfADeeperLineBelongsToTheValue() throws IOException {
        assertThat(server(ini("[Server]\nlatest = a\n  [Client]\nport = 1\n"), "port"))
                .contains("1");
    }

    @Test
    void textThatIsNotUtf8IsRefusedWithItsLine() {
        assertRefused("[Server]\n# 注释\n".getBytes(Charset.forName("GBK")), "config.ini:2: the text is not UTF-8");
    }

    @Test
    void textThatEndsWithinACharacterIsRefusedWithItsLine() {
        assertRefused(new byte[] {'[', 'S', ']', '\n', '#', (byte) 0xe6, (byte) 0xb3}, "config.ini:2: the text");
    }

    @Test
    void zeroByteIsRefused() {
        assertRefused("[Server]\nport = 1\0\n", "zero byte");
    }

    @Test
    void missingFileIsRefusedWithAdvice() {
        assertThatThrownBy(() -> IniFile.read(folder.resolve("config.ini")))
                .isInstanceOf(OtaException.class)
                .hasMessageContaining("does not exist")
                .hasMessageContaining("--config FILE");
    }

    @Test
    void folderIsRefused() {
        assertThatThrownBy(() -> IniFile.read(folder))
                .isInstanceOf(OtaException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void tooLargeFileIsRefused() {
        assertRefused(new byte[IniFile.MAX_BYTES + 1], "larger than 1048576 bytes");
    }

    @Test
    void fileItselfIsNeverTouched() throws IOException {
        Path file = Files.writeString(folder.resolve("config.ini"), "[Server]\nport = 1\n");
        IniFile.read(file);

        assertThat(file).hasContent("[Server]\nport = 1\n");
        assertThat(folder).isDirectoryContaining(file::equals).isDirectoryNotContaining(other -> !other.equals(file));
    }

    @Test
    void knownKeysAreNotTalkedAbout() throws IOException {
        IniFile ini = ini("[DEFAULT]\nport=1\nlatest=x\n[Server]\nMAX_CLIENTS=1\nport=2\n[Client]\nserver=x\n");

        assertThat(ini.unknownKeys(KNOWN)).isEmpty();
    }

    @Test
    void unknownKeyIsNamedWithTheNearestKnownOne() throws IOException {
        assertThat(ini("[Server]\n\nmax_client = 5\n").unknownKeys(KNOWN))
                .containsExactly(
                        folder + "/config.ini:3: [Server] max_client is not a known key; did you mean 'max_clients'?");
    }

    @Test
    void unknownKeyThatIsNearNothingHasNoHint() throws IOException {
        assertThat(ini("[Server]\ncolour = red\n").unknownKeys(KNOWN))
                .singleElement()
                .asString()
                .endsWith("config.ini:2: [Server] a key is not known");
    }

    @Test
    void keyOfAnotherSectionIsUnknown() throws IOException {
        assertThat(ini("[Server]\nserver = x\n").unknownKeys(KNOWN)).hasSize(1);
    }

    @Test
    void unknownSectionIsNamedWithTheKnownOnes() throws IOException {
        assertThat(ini("[server]\nport = 1\n").unknownKeys(KNOWN))
                .containsExactly(
                        folder + "/config.ini:1: section [server] is not known; known are Client, DEFAULT, Server");
    }
}
