package dev.otapair.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigTest {
    /** As it is in the field. */
    private static final String FIELD = """
            # 公共配置，服务端与客户端共用
            [DEFAULT]
            port = 1234
            # 接收缓冲区大小（字节）
            buffer_size = 1024
            ; 安全码
            security = Kj8%%2x:=#9

            [Server]
            # 监听地址，留空表示所有地址
            ip =
            path = packages
            LATEST : gateway-1.4.0.tar.gz
            # 最大客户端数
            max_clients = 5

            [Client]
            server = 192.168.1.10
            path = /opt/ota
            latest = gateway-1.3.0.tar.gz
            after_proccess = after_process.sh
            """;

    @TempDir
    private Path folder;

    private Path packages;

    @BeforeEach
    void makeFolder() throws IOException {
        packages = Files.createDirectory(folder.resolve("packages"));
    }

    private ServerConfig read(String text) throws IOException {
        return ServerConfig.read(IniFile.read(Files.writeString(folder.resolve("config.ini"), text)), Map.of());
    }

    /** With all defaults but these. */
    private ServerConfig expected(String token, Map<Product, PackageName> offers, int maxClients) {
        return new ServerConfig(
                new InetSocketAddress(1234),
                new ServerConfig.Access(new Secret(token), Optional.empty(), true),
                PlainOffers.of(packages, offers),
                OptionalInt.empty(),
                new ServerConfig.Limits(maxClients, 512, 0, OptionalLong.empty(), OptionalLong.empty()),
                new ServerConfig.Timeouts(
                        Duration.ofSeconds(300),
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(900),
                        Duration.ofSeconds(300),
                        Duration.ofSeconds(30)),
                new TlsFiles(TlsFiles.Mode.OFF, Optional.empty(), Optional.empty(), Optional.empty(), List.of()),
                Optional.empty(),
                new ServerConfig.Deltas(
                        true,
                        folder.resolve(".ota-server").resolve("deltas"),
                        4L << 30,
                        2L << 30,
                        Duration.ofSeconds(30),
                        5,
                        Duration.ofDays(7)),
                folder.resolve("keys.d"),
                folder.resolve(".ota-server"),
                LogLevel.INFO);
    }

    @Test
    void fileInTheFieldIsReadUnchanged() throws IOException {
        assertThat(read(FIELD))
                .isEqualTo(expected("Kj8%2x:=#9", Map.of(Product.DEFAULT, new PackageName("gateway-1.4.0.tar.gz")), 5));
    }

    @Test
    void fileInTheFieldHasNoUnknownKeys() throws IOException {
        Path file = Files.writeString(folder.resolve("config.ini"), FIELD);

        assertThat(IniFile.read(file).unknownKeys(KnownKeys.bySection())).isEmpty();
    }

    @Test
    void pathIsAllThatMustBeThere() throws IOException {
        assertThat(read("[Server]\npath = packages\n")).isEqualTo(expected("", Map.of(), 100));
    }

    @Test
    void keysOfTheSectionCountMoreThanInheritedOnes() throws IOException {
        ServerConfig config =
                read("[DEFAULT]\nport = 1\nsecurity = a\n[Server]\nport = 2\nsecurity = b\npath = packages");

        assertThat(config.address()).isEqualTo(new InetSocketAddress(2));
        assertThat(config.access().secret()).isEqualTo(new Secret("b"));
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, /127.0.0.1:1234", "::1, /[0:0:0:0:0:0:0:1]:1234", "::, /[0:0:0:0:0:0:0:0]:1234"})
    void ipIsAnAddressOfEitherFamily(String ip, String address) throws IOException {
        assertThat(read("[Server]\npath = packages\nip = " + ip).address()).hasToString(address);
    }

    @Test
    void relativePathCountsFromTheFolderOfTheFile() throws IOException {
        assertThat(read("[Server]\npath = ./other/../packages").offers().folder())
                .isEqualTo(packages);
    }

    @Test
    void absolutePathStaysWhatItIs() throws IOException {
        assertThat(read("[Server]\npath = " + packages).offers().folder()).isEqualTo(packages);
    }

    @ParameterizedTest
    @CsvSource({
        "port, 65536, a whole number from 0 to 65535",
        "port, x, a whole number from 0 to 65535",
        "max_clients, 0, a whole number from 1 to 100000",
        "max_clients, 100001, a whole number from 1 to 100000",
        "latest, ../etc/passwd, a plain file name",
        "latest, a/b, a plain file name",
        "queue_timeout, 0, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "handshake_timeout, -1, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "message_timeout, soon, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "legacy_idle_timeout, 1w, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "stall_timeout, 1.5, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "shutdown_timeout, 99999999999, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "deltas, maybe, yes or no",
        "delta_cache, much, 'a size like 300000000, 300M or 4G'",
        "delta_keep, 101, a whole number from 0 to 100",
        "delta_wait, 0, 'a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days'",
        "log_level, loud, 'one of error, warning, info, debug'"
    })
    void wrongValueIsNamedWithItsPlaceAndWhatWasExpected(String key, String value, String expected) {
        String place = folder.resolve("config.ini") + ":3: [Server] " + key;

        assertThatThrownBy(() -> read("[Server]\npath = packages\n%s = %s\n".formatted(key, value)))
                .hasMessage("%s is '%s', expected %s".formatted(place, value, expected));
    }

    @ParameterizedTest
    @CsvSource({"delta_cache, 15M, less than 16M", "delta_memory, 511M, less than 512M", "plan_keep, 59m, less than 1h"
    })
    void whatCanNotWorkIsNamed(String key, String value, String fault) {
        assertThatThrownBy(() -> read("[Server]\npath = packages\n%s = %s\n".formatted(key, value)))
                .hasMessage("%s:3: [Server] %s is %s".formatted(folder.resolve("config.ini"), key, fault));
    }

    @Test
    void incrementsAreKeptWhereTheyAreSaidToBe() throws IOException {
        ServerConfig.Deltas deltas =
                read("[Server]\npath = packages\ndeltas = no\ndelta_dir = here\ndelta_cache = 16M\ndelta_memory = 1G\n"
                                + "delta_wait = 5\ndelta_keep = 0\nplan_keep = 1h")
                        .deltas();

        assertThat(deltas)
                .isEqualTo(new ServerConfig.Deltas(
                        false,
                        folder.resolve("here"),
                        16L << 20,
                        1L << 30,
                        Duration.ofSeconds(5),
                        0,
                        Duration.ofHours(1)));
    }

    @Test
    void pathThatIsNoFolderIsNamed() {
        assertThatThrownBy(() -> read("[Server]\npath = gone"))
                .hasMessage(folder.resolve("config.ini") + ":2: [Server] path is '" + folder.resolve("gone")
                        + "', which is not a folder; create it or name another");
    }

    @Test
    void pathThatIsMissingIsNamed() {
        assertThatThrownBy(() -> read("[Server]\nlatest = fw"))
                .hasMessage(folder.resolve("config.ini")
                        + ": [Server] path is missing, expected the folder of the packages");
    }

    @Test
    void everyFaultIsNamedAtOnce() {
        assertThatThrownBy(
                        () -> read("[DEFAULT]\nport = x\n[Server]\nlatest = a/b\nmax_clients = 0\nlog_level = loud\n"))
                .isInstanceOfSatisfying(OtaException.class, fault -> {
                    assertThat(fault.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
                    assertThat(fault.getMessage().lines())
                            .hasSize(5)
                            .anyMatch(line -> line.contains("config.ini:2: [Server] port "))
                            .anyMatch(line -> line.contains("[Server] path "))
                            .anyMatch(line -> line.contains("config.ini:4: [Server] latest "))
                            .anyMatch(line -> line.contains("config.ini:5: [Server] max_clients "))
                            .anyMatch(line -> line.contains("config.ini:6: [Server] log_level "));
                });
    }

    @Test
    void tokenIsNotPrinted() throws IOException {
        assertThat(read(FIELD).toString()).doesNotContain("Kj8");
    }

    @Test
    void exampleLoadsAndShowsTheDefaults() throws IOException {
        ServerConfig bare = read("[Server]\npath = packages\n");

        ServerConfig example = read(example());

        assertThat(example)
                .usingRecursiveComparison()
                .ignoringFields("access.secret", "access.allowLegacy", "address")
                .isEqualTo(bare);
        assertThat(example.address()).isEqualTo(bare.address());
    }

    @Test
    void exampleHasNoUnknownKeys() throws IOException {
        Path file = Files.writeString(folder.resolve("config.ini"), example());

        assertThat(IniFile.read(file).unknownKeys(KnownKeys.bySection())).isEmpty();
    }

    /** But for the second spelling of one. */
    @Test
    void exampleShowsEveryKeyInItsSection() throws IOException {
        Set<String> expected = KnownKeys.bySection().entrySet().stream()
                .flatMap(section -> section.getValue().stream().map(key -> section.getKey() + "." + key))
                .filter(key -> !key.equals("Client.after_proccess"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(keys(example())).isEqualTo(expected);
    }

    private static String example() throws IOException {
        return Files.readString(Path.of(System.getProperty("projectRoot"), "config.ini.example"));
    }

    private static Set<String> keys(String text) {
        Pattern line = Pattern.compile("\\[(\\w+)]|(\\w+) =.*");
        Set<String> keys = new TreeSet<>();
        String section = "";
        for (Matcher matcher :
                text.lines().map(line::matcher).filter(Matcher::matches).toList()) {
            section = matcher.group(1) == null ? section : matcher.group(1);
            if (matcher.group(2) != null) {
                keys.add(section + "." + matcher.group(2));
            }
        }
        return keys;
    }

    @Test
    void numberOfReleasesThatStayIsOptional() throws IOException {
        assertThat(read("[Server]\npath = packages\n").keepReleases()).isEmpty();
        assertThat(read("[Server]\npath = packages\nkeep_releases = 5\n").keepReleases())
                .hasValue(5);
        assertThatThrownBy(() -> read("[Server]\npath = packages\nkeep_releases = 0\n"))
                .hasMessageContaining("keep_releases is '0', expected a whole number from 1 to 100000");
    }
}
