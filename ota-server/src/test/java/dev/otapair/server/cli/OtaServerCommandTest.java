package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.cli.Program;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that end by themselves, run as the program runs them. */
class OtaServerCommandTest {
    @TempDir
    private Path folder;

    private final PrintStream outBefore = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private CapturedLog log;

    @BeforeEach
    void capture() {
        log = new CapturedLog();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveBack() {
        System.setOut(outBefore);
        log.close();
    }

    private static int run(Object... arguments) {
        String[] words =
                java.util.Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        return Program.run(new OtaServerCommand(), words);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void digestPrintsTheLinesOfMd5sumAndSha256sum() throws IOException {
        Path file = Files.writeString(folder.resolve("fw"), "abc");

        int status = run("digest", file);

        assertThat(status).isZero();
        assertThat(out()).isEqualTo("""
                        900150983cd24fb0d6963f7d28e17f72  %1$s
                        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  %1$s
                        """.formatted(file));
    }

    @Test
    void digestGoesOnAfterAFileThatIsMissing() throws IOException {
        Path file = Files.writeString(folder.resolve("fw"), "abc");

        int status = run("digest", folder.resolve("missing"), file);

        assertThat(status).isEqualTo(74);
        assertThat(out()).contains("900150983cd24fb0d6963f7d28e17f72  " + file);
        assertThat(log.lines()).singleElement().asString().contains(folder.resolve("missing") + ": does not exist");
    }

    @Test
    void outputThatDoesNotFitOnTheDiskEndsWith74() throws IOException {
        Path file = Files.writeString(folder.resolve("fw"), "abc");
        System.setOut(new PrintStream(new FileOutputStream("/dev/full"), true, StandardCharsets.UTF_8));

        int status = run("digest", file);

        assertThat(status).isEqualTo(74);
        assertThat(log.lines()).singleElement().asString().contains("standard output cannot be written");
    }

    @Test
    void digestWithoutAFileIsAUsageError() {
        assertThat(run("digest")).isEqualTo(64);
    }

    @Test
    void checkConfigSaysThatAFileIsUsable() {
        ConfigFile config = new ConfigFile(folder).with("security", "correct horse battery staple");
        config.put(ConfigFile.LATEST, new byte[1]);

        int status = run("check-config", "--config", config.path());

        assertThat(status).isZero();
        assertThat(out()).isEqualTo(config.path() + ": usable\n");
    }

    @Test
    void checkConfigNamesEveryFault() {
        ConfigFile config = new ConfigFile(folder);
        config.write("[Server]\npath = gone\nmax_clients = 0\nport = x\n");

        int status = run("check-config", "--config", config.path());

        assertThat(status).isEqualTo(78);
        assertThat(out().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("error: " + config.path()))
                .anyMatch(line -> line.contains("[Server] path is"))
                .anyMatch(line -> line.contains("[Server] max_clients is '0'"))
                .anyMatch(line -> line.contains("[Server] port is 'x'"));
    }

    @Test
    void checkConfigNamesFaultsOfLinesAndOfValuesTogether() {
        ConfigFile config = new ConfigFile(folder);
        config.write("port = 1\n[Server]\npath = packages\nsecurity\uff1dhunter2-secret-token\nport = x\n[Server]\n");

        int status = run("check-config", "--config", config.path());

        assertThat(status).isEqualTo(78);
        assertThat(out()).isEqualTo("""
                        error: %1$s:1: a key before any [section]; begin the file with [DEFAULT]
                        error: %1$s:4: the line is no [section] and no key = value (with an ASCII = or :)
                        error: %1$s:5: [Server] port is 'x', expected a whole number from 0 to 65535
                        error: %1$s:6: section [Server] is there twice, first in line 2; merge them into one
                        """.formatted(config.path()));
    }

    @Test
    void checkConfigLeavesTheValuesOfTheClientToTheClient() {
        ConfigFile config = new ConfigFile(folder);
        config.write(config.text() + "[Client]\nmin_rate = x\nmin_rat = 1\n");

        int status = run("check-config", "--config", config.path());

        assertThat(status).isZero();
        assertThat(out()).doesNotContain("is 'x'").contains("[Client] min_rat is not a known key");
    }

    @Test
    void checkConfigWarnsOfAnEmptyToken() {
        ConfigFile config = new ConfigFile(folder).with("security", "");

        run("check-config", "--config", config.path());

        assertThat(out()).contains("warning: security is empty");
    }

    @Test
    void checkConfigWarnsOfTheTokenOfTheExample() throws IOException {
        String example = Files.readString(Path.of(System.getProperty("projectRoot"), "config.ini.example"));
        String token = example.lines()
                .filter(line -> line.startsWith("security = "))
                .map(line -> line.substring("security = ".length()))
                .findFirst()
                .orElseThrow();
        ConfigFile config = new ConfigFile(folder).with("security", token);

        run("check-config", "--config", config.path());

        assertThat(out()).contains("warning: security is still the one of config.ini.example");
    }

    @Test
    void checkConfigWarnsOfAnUnknownKey() {
        ConfigFile config = new ConfigFile(folder).with("max_client", "5");

        int status = run("check-config", "--config", config.path());

        assertThat(status).isZero();
        assertThat(out()).contains("warning: " + config.path()).contains("did you mean 'max_clients'?");
    }

    @Test
    void checkConfigWarnsOfAPackageThatIsMissing() {
        ConfigFile config = new ConfigFile(folder);

        run("check-config", "--config", config.path());

        assertThat(out())
                .contains("warning: " + config.packages().resolve(ConfigFile.LATEST)
                        + " is on offer, but is missing or unreadable");
    }

    @Test
    void checkConfigWarnsWhenNothingIsOnOffer() {
        ConfigFile config = new ConfigFile(folder).with("latest", "");

        run("check-config", "--config", config.path());

        assertThat(out()).contains("warning: nothing is on offer: 'ota-server publish' a package");
    }

    @Test
    void checkConfigNamesAFileThatIsMissing() {
        Path missing = folder.resolve("missing.ini");

        int status = run("check-config", "--config", missing);

        assertThat(status).isEqualTo(78);
        assertThat(log.lines()).anyMatch(line -> line.contains(missing.toString()));
    }

    @Test
    void configIsAcceptedBeforeASubcommand() {
        ConfigFile config = new ConfigFile(folder);

        assertThat(run("--config", config.path(), "check-config")).isZero();
    }

    @Test
    void configIsAcceptedInOneWordAndShort() {
        ConfigFile config = new ConfigFile(folder);

        assertThat(run("check-config", "--config=" + config.path())).isZero();
        assertThat(run("-c", config.path(), "check-config")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serve ", "check-config ", "token ", "tls-init ", "digest "})
    void helpIsPrinted(String subcommand) {
        int status = run((Object[]) (subcommand + "--help").split(" "));

        assertThat(status).isZero();
        assertThat(out()).startsWith("Usage: ota-server " + subcommand);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "serve ", "check-config ", "token ", "tls-init ", "digest "})
    void versionIsPrinted(String subcommand) {
        int status = run((Object[]) (subcommand + "--version").split(" "));

        assertThat(status).isZero();
        assertThat(out()).startsWith("ota-server ");
    }

    @Test
    void unknownOptionIsAUsageErrorWithAHint() {
        int status = run("--confg", "x");

        assertThat(status).isEqualTo(64);
        assertThat(String.join("\n", log.lines())).contains("Unknown option").contains("--config");
    }

    @Test
    void serveRefusesABrokenConfig() {
        ConfigFile config = new ConfigFile(folder).with("max_clients", "many");

        int status = run("serve", "--config", config.path());

        assertThat(status).isEqualTo(78);
        assertThat(log.lines()).singleElement().asString().startsWith("[ERROR]").contains("max_clients is 'many'");
    }

    @Test
    void tokenPrintsFortyThreeCharactersThatDiffer() {
        assertThat(run("token")).isZero();
        assertThat(run("token")).isZero();

        assertThat(out().lines())
                .hasSize(2)
                .allMatch(line -> line.matches("[A-Za-z0-9_-]{43}"))
                .doesNotHaveDuplicates();
    }

    @Test
    void tlsInitMakesWhatTheServerTakes() throws IOException {
        ConfigFile config = new ConfigFile(folder).with("security", "correct horse battery staple");
        config.put(ConfigFile.LATEST, new byte[1]);

        assertThat(run("tls-init", "--config", config.path())).isZero();

        java.util.Map<String, String> keys = out().lines()
                .filter(line -> line.contains(" = "))
                .collect(java.util.stream.Collectors.toMap(
                        line -> line.split(" = ")[0], line -> line.split(" = ")[1], (first, second) -> first));
        assertThat(keys).containsEntry("tls", "optional");
        assertThat(keys.get("tls_pin")).matches("sha256/[A-Za-z0-9+/]{43}=");
        config.with("tls", "optional").with("tls_cert", keys.get("tls_cert")).with("tls_key", keys.get("tls_key"));
        dev.otapair.server.session.TlsContext.of(config.read().tls());
    }

    /** The service runs as a user of its own, and the administrator as root: who reads config.ini has to read the key. */
    @ParameterizedTest
    @CsvSource({"rw-------, rw-------", "rw-r-----, rw-r-----", "rw-r--r--, rw-r-----"})
    void keyCanBeReadByWhoReadsTheConfiguration(String ofConfig, String ofKey) throws IOException {
        ConfigFile config = new ConfigFile(folder);
        Path file = config.path();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(ofConfig));
        boolean isRoot = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        if (isRoot) {
            Files.setAttribute(file, "unix:gid", 65534);
        }

        assertThat(run("tls-init", "--config", config.path())).isZero();

        Path key = folder.resolve("ota-tls-key.pem");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
                .isEqualTo(ofKey);
        assertThat(Files.getAttribute(key, "unix:gid")).isEqualTo(Files.getAttribute(file, "unix:gid"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("ota-tls-cert.pem"))))
                .isEqualTo("rw-r--r--");
    }

    @Test
    void checkConfigRefusesTheTlsFilesThatServeRefuses() throws IOException {
        ConfigFile config = new ConfigFile(folder);
        Files.writeString(folder.resolve("cert.pem"), "no certificate");
        Files.writeString(folder.resolve("key.pem"), "no key");
        config.with("tls", "required").with("tls_cert", "cert.pem").with("tls_key", "key.pem");

        assertThat(run("check-config", "--config", config.path())).isEqualTo(78);

        assertThat(out()).contains("error: ").doesNotContain("usable");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ota-tls-cert.pem", "ota-tls-key.pem"})
    void tlsInitTouchesNothingThatIsThere(String name) throws IOException {
        ConfigFile config = new ConfigFile(folder);
        Path there = Files.writeString(folder.resolve(name), "mine");

        int status = run("tls-init", "--config", config.path());

        assertThat(status).isEqualTo(73);
        assertThat(there).hasContent("mine");
        assertThat(Files.exists(folder.resolve("ota-tls-cert.pem")) && Files.exists(folder.resolve("ota-tls-key.pem")))
                .isFalse();
        assertThat(log.lines()).anyMatch(line -> line.contains(there + " is there already"));
    }
}
