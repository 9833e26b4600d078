package dev.otapair.client.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClientConfigTest {
    /** As boards have it: one file for both ends, the old spelling, Chinese comments. */
    private static final String FIELD = """
            [DEFAULT]
            # 端口
            port = 1234
            buffer_size = 1024
            # 安全码; 两端必须一致
            security = p%%ss=word:1

            [Server]
            # 服务器地址 (空 = 全部)
            ip =
            path = /srv/ota/packages
            latest = gateway-1.4.0.tar.gz
            max_clients = 5

            [Client]
            # 服务器
            server : 192.168.1.10
            path = ./packages
            # 当前版本
            Latest = gateway-1.3.0.tar.gz
            after_proccess = ./afterproccess.sh
            """;

    private static final String LEAST = """
            [Client]
            server = ota.example.org
            path = packages
            """;

    @TempDir
    private Path folder;

    @Test
    void fieldConfigIsReadAsItIs() throws IOException {
        Files.createFile(folder.resolve("afterproccess.sh"));

        ClientConfig config = read(FIELD);

        assertThat(config.servers()).containsExactly(new ServerAddress("192.168.1.10", 1234));
        assertThat(config.secret().matches("p%ss=word:1")).isTrue();
        assertThat(config.packages()).isEqualTo(folder.resolve("packages"));
        assertThat(config.seed()).contains(new PackageName("gateway-1.3.0.tar.gz"));
        assertThat(config.install().afterProcess()).contains(folder.resolve("afterproccess.sh"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | [a port 1234]",
                "a, b.example.org:99 | [a port 1234, b.example.org port 99]",
                "192.168.1.10:1,[2001:db8::1]:2,[2001:db8::2] | [192.168.1.10 port 1, 2001:db8::1 port 2, 2001:db8::2 port 1234]",
                "2001:db8::1 | [2001:db8::1 port 1234]",
                "[fe80::1%eth0]:77 | [fe80::1%eth0 port 77]"
            })
    void serversAreAList(String text, String servers) throws IOException {
        assertThat(read(LEAST.replace("ota.example.org", text.replace("%", "%%")))
                        .servers())
                .hasToString(servers);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,", ",a", "a b", "a:0", "a:65536", "[::1", "::1]", "a,,b", "[a b]:1"})
    void serverThatIsNoneIsNamed(String text) {
        assertThat(refuse(LEAST.replace("ota.example.org", text))).hasMessageContaining("server is");
    }

    /** A release has four signatures at most: with more to ask for, nothing would ever be installed. */
    @Test
    void thresholdThatNoReleaseCanReachIsNamed() throws IOException {
        assertThat(read(LEAST + "threshold = 4\n").trust().threshold()).isEqualTo(4);
        assertThat(refuse(LEAST + "threshold = 5\n")).hasMessageContaining("threshold is '5', expected a whole number");
    }

    @Test
    void keysFolderThatIsNoneIsNamed() throws IOException {
        Files.createSymbolicLink(folder.resolve("keys.d"), folder.resolve("nowhere"));
        assertThat(refuse(LEAST)).hasMessageContaining("keys.d', which is not a folder");

        Files.delete(folder.resolve("keys.d"));
        Files.createFile(folder.resolve("keys.d"));
        assertThat(refuse(LEAST)).hasMessageContaining("keys.d', which is not a folder");
    }

    @Test
    void fieldConfigHasNoUnknownKeys() throws IOException {
        assertThat(file(FIELD).unknownKeys(KnownKeys.bySection())).isEmpty();
    }

    @Test
    void everythingElseHasADefault() throws IOException {
        ClientConfig config = read(LEAST);

        assertThat(config.servers()).extracting(ServerAddress::port).containsExactly(1234);
        assertThat(config.seed()).isEmpty();
        assertThat(config.install().afterProcess()).isEmpty();
        assertThat(config.install().scriptTimeout()).isEqualTo(Duration.ofMinutes(30));
        assertThat(config.maxPackageSize()).isEqualTo(OptionalLong.empty());
        assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.handshakeTimeout()).isEqualTo(Duration.ofSeconds(330));
        assertThat(config.responseTimeout()).isEqualTo(Duration.ofSeconds(120));
        assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.logLevel()).isEqualTo(LogLevel.INFO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"after_process", "after_proccess", "AFTER_PROCESS", "After_Proccess"})
    void scriptIsFoundUnderBothSpellings(String key) throws IOException {
        Files.createFile(folder.resolve("after.sh"));

        assertThat(read(LEAST + key + " = after.sh\n").install().afterProcess()).contains(folder.resolve("after.sh"));
    }

    @Test
    void rightSpellingWinsWhenBothAreThere() throws IOException {
        Files.createFile(folder.resolve("right.sh"));

        assertThat(read(LEAST + "after_proccess = missing.sh\nafter_process = right.sh\n")
                        .install()
                        .afterProcess())
                .contains(folder.resolve("right.sh"));
    }

    @Test
    void rightSpellingThatIsEmptyIsNoScript() throws IOException {
        assertThat(read(LEAST + "after_process =\nafter_proccess = missing.sh\n")
                        .install()
                        .afterProcess())
                .isEmpty();
    }

    @Test
    void emptyValueIsNoScript() throws IOException {
        assertThat(read(LEAST + "after_process =\n").install().afterProcess()).isEmpty();
    }

    @Test
    void missingScriptIsAFaultThatNamesTheLineAndWhatToDo() {
        OtaException failure = refuse(LEAST + "after_process = missing.sh\n");

        assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(failure)
                .hasMessageContaining(folder.resolve("config.ini") + ":4: [Client] after_process")
                .hasMessageContaining(folder.resolve("missing.sh").toString())
                .hasMessageContaining("put the script there, or leave the value empty to run none");
    }

    @Test
    void missingScriptIsNamedByTheSpellingThatIsThere() {
        assertThat(refuse(LEAST + "after_proccess = missing.sh\n"))
                .hasMessageContaining(":4: [Client] after_proccess is");
    }

    @Test
    void folderInPlaceOfTheScriptIsAFault() throws IOException {
        Files.createDirectory(folder.resolve("after.sh"));

        assertThat(refuse(LEAST + "after_process = after.sh\n")).hasMessageContaining("is not a file");
    }

    @Test
    void absolutePathsStayWhatTheyAre() throws IOException {
        Path script = Files.createFile(folder.resolve("after.sh"));

        ClientConfig config = read("""
                [Client]
                server = ota.example.org
                path = /var/lib/ota/packages
                state_dir = /var/lib/ota
                after_process = %s
                """.formatted(script));

        assertThat(config.packages()).isEqualTo(Path.of("/var/lib/ota/packages"));
        assertThat(config.stateFolder()).isEqualTo(Path.of("/var/lib/ota"));
        assertThat(config.install().afterProcess()).contains(script);
    }

    @Test
    void relativePathsStartAtTheConfigsFolder() throws IOException {
        ClientConfig config = read(LEAST.replace("packages", "../p/./q") + "state_dir = var/ota\n");

        assertThat(config.packages()).isEqualTo(folder.resolveSibling("p/q"));
        assertThat(config.stateFolder()).isEqualTo(folder.resolve("var/ota"));
    }

    @Test
    void stateIsKeptBesideTheConfigByDefault() throws IOException {
        assertThat(read(LEAST).stateFolder()).isEqualTo(folder.resolve(".ota-client"));
    }

    @Test
    void stateIsKeptWhereSystemdSaysElse() throws IOException {
        ClientConfig config = ClientConfig.read(file(LEAST), Map.of("STATE_DIRECTORY", "/var/lib/ota:/var/lib/more"));

        assertThat(config.stateFolder()).isEqualTo(Path.of("/var/lib/ota"));
    }

    @Test
    void stateDirCountsMoreThanWhatSystemdSays() throws IOException {
        ClientConfig config =
                ClientConfig.read(file(LEAST + "state_dir = here\n"), Map.of("STATE_DIRECTORY", "/var/lib/ota"));

        assertThat(config.stateFolder()).isEqualTo(folder.resolve("here"));
    }

    @Test
    void everyFaultIsToldAtOnce() {
        OtaException failure = refuse("""
                [DEFAULT]
                port = 70000
                log_level = loud
                [Client]
                latest = ../../etc/passwd
                after_process = missing.sh
                script_timeout = soon
                max_package_size = big
                connect_timeout = 0
                read_timeout = -1
                """);

        assertThat(failure.getMessage().lines())
                .hasSize(10)
                .allMatch(line -> line.startsWith(folder.resolve("config.ini").toString()))
                .anyMatch(line -> line.contains("[Client] server is missing"))
                .anyMatch(line -> line.contains("[Client] path is missing"))
                .anyMatch(
                        line -> line.contains(":2: [Client] port is '70000', expected a whole number from 1 to 65535"))
                .anyMatch(line -> line.contains(":3: [Client] log_level is 'loud'"))
                .anyMatch(
                        line -> line.contains(":5: [Client] latest is '../../etc/passwd', expected a plain file name"))
                .anyMatch(line -> line.contains(":6: [Client] after_process"))
                .anyMatch(line -> line.contains(":7: [Client] script_timeout is 'soon'"))
                .anyMatch(line -> line.contains(":8: [Client] max_package_size is 'big'"))
                .anyMatch(line -> line.contains(":9: [Client] connect_timeout is '0'"))
                .anyMatch(line -> line.contains(":10: [Client] read_timeout is '-1'"));
    }

    @ParameterizedTest
    @CsvSource({"300, 300", "4K, 4096", "300M, 314572800", "4G, 4294967296", "0, 0"})
    void sizesHaveUnits(String text, long bytes) throws IOException {
        assertThat(read(LEAST + "max_package_size = " + text + "\n").maxPackageSize())
                .hasValue(bytes);
    }

    @Test
    void tokenIsInNoText() throws IOException {
        assertThat(read(LEAST + "security = zebra-7391\n").toString()).doesNotContain("zebra-7391");
    }

    @Test
    void exampleLoadsOnceTheScriptItNamesIsThere() throws IOException {
        Files.createFile(folder.resolve("after.sh"));
        String example = Files.readString(Path.of(System.getProperty("projectRoot"), "config.ini.example"));

        ClientConfig config = read(example.replaceFirst("(?m)^after_process =.*$", "after_process = after.sh"));

        assertThat(config.install().afterProcess()).contains(folder.resolve("after.sh"));
    }

    /** What the example shows is what holds without it. */
    @Test
    void exampleShowsTheDefaults() throws IOException {
        String example = Files.readString(Path.of(System.getProperty("projectRoot"), "config.ini.example"));
        ClientConfig shown = read(example.replaceFirst("(?m)^after_process =.*$", "after_process ="));
        ClientConfig bare = read(LEAST + "security = " + shown.secret().reveal() + "\n");

        assertThat(shown).isEqualTo(bare);
    }

    private ClientConfig read(String text) throws IOException {
        return ClientConfig.read(file(text), Map.of());
    }

    private OtaException refuse(String text) {
        return catchThrowableOfType(OtaException.class, () -> read(text));
    }

    private IniFile file(String text) throws IOException {
        return IniFile.read(Files.writeString(folder.resolve("config.ini"), text));
    }
}
