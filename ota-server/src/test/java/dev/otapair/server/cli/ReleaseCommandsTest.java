package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.VerifyingKey;
import dev.otapair.protocol.testing.TarForge;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands about releases, run as the program runs them, in an administrator's folder. */
class ReleaseCommandsTest {
    @TempDir
    private Path folder;

    private final PrintStream outBefore = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private CapturedLog log;
    private ConfigFile config;

    @BeforeEach
    void capture() throws IOException {
        config = new ConfigFile(folder).with("latest", "");
        Files.writeString(folder.resolve("fw-1"), "one");
        Files.writeString(folder.resolve("fw-2"), "two");
        log = new CapturedLog();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(run("keygen", folder.resolve("a"))).isZero();
        Files.createDirectory(folder.resolve("keys.d"));
        Files.copy(folder.resolve("a.pub"), folder.resolve("keys.d/a.pub"));
    }

    @AfterEach
    void giveBack() {
        System.setOut(outBefore);
        log.close();
    }

    @Test
    void keyIsForItsOwnerOnlyAndNeverWrittenOver() throws IOException {
        byte[] key = Files.readAllBytes(folder.resolve("a.key"));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a.key"))))
                .isEqualTo("rw-------");
        assertThat(run("keygen", folder.resolve("a"))).isEqualTo(73);
        assertThat(folder.resolve("a.key")).hasBinaryContent(key);
        assertThat(said())
                .doesNotContain(new String(key, StandardCharsets.US_ASCII)
                        .lines()
                        .toList()
                        .get(1));
    }

    @Test
    void publishSaysWhatIsOfferedToAPersonAndToAMachine() {
        assertThat(publish("fw-1", "--version", "1.0", "--notes", "first")).isZero();
        assertThat(said()).contains("fw-1 is offered to boards of product default as release 1, signed by " + id());

        out.reset();
        assertThat(publish("fw-2", "--json")).isZero();
        assertThat(said().strip())
                .hasLineCount(1)
                .startsWith("{\"name\": \"fw-2\"")
                .contains("\"release\": 2", "\"product\": \"default\"", "\"signatures\": [\"" + id() + "\"]")
                .contains("\"offered\": true", "\"hidden\": false");
    }

    @Test
    void notesComeFromAFile() throws IOException {
        Path notes = Files.writeString(folder.resolve("NEWS"), "a line\nand another\n");

        assertThat(publish("fw-1", "--notes", "@" + notes)).isZero();

        assertThat(Files.readString(config.packages().resolve("fw-1.ota.json")))
                .contains("\"notes\":\"a line\\nand another");
        assertThat(publish("fw-2", "--notes", "@" + folder.resolve("none"))).isIn(64, 74);
    }

    @Test
    void releasesAreListedWithStateSizeDateAndSigner() {
        publish("fw-1", "--version", "1.0");
        publish("fw-2");
        out.reset();

        assertThat(run("releases")).isZero();
        assertThat(said().lines().toList())
                .hasSize(2)
                .satisfiesExactly(
                        first -> assertThat(first)
                                .matches("offered +2  \\d{4}-\\d\\d-\\d\\d +3  default +fw-2  " + id()),
                        second -> assertThat(second)
                                .matches("published +1  \\d{4}-\\d\\d-\\d\\d +3  default +fw-1 \\(1\\.0\\)  " + id()));

        out.reset();
        assertThat(run("releases", "--json")).isZero();
        assertThat(said())
                .contains("\"state\": \"offered\", \"name\": \"fw-2\"")
                .contains("\"size\": 3");
    }

    @Test
    void olderReleaseIsRefusedWithThePointerToAgain() {
        publish("fw-1");
        publish("fw-2");

        assertThat(run("offer", "fw-1")).isEqualTo(77);
        assertThat(said()).contains("offer --again fw-1");
        assertThat(run("offer", "--again", "fw-1", "--key", folder.resolve("a.key")))
                .isZero();
        assertThat(said()).contains("fw-1 is offered to boards of product default as release 3");
    }

    @Test
    void stagedReleaseIsSignedByPlainOpenssl() throws Exception {
        assertThat(run("publish", "--stage-only", folder.resolve("fw-1"))).isZero();
        Path metadata = config.packages().resolve(".staged/fw-1.ota.json");
        assertThat(said()).contains("openssl pkeyutl -sign -rawin").contains(metadata.toString());
        int openssl = new ProcessBuilder(
                        "openssl",
                        "pkeyutl",
                        "-sign",
                        "-rawin",
                        "-inkey",
                        folder.resolve("a.key").toString(),
                        "-in",
                        metadata.toString(),
                        "-out",
                        folder.resolve("s").toString())
                .start()
                .waitFor();

        assertThat(openssl).isZero();
        assertThat(run("publish", "--signature", folder.resolve("s"), "fw-1")).isZero();
        assertThat(run("verify", "fw-1")).isZero();
        assertThat(said()).contains("release 1 of product default, good, signed by " + id());
    }

    @Test
    void everyCommandWarnsWhenLatestHidesTheOffer() {
        publish("fw-1");
        config.put("fw-0", new byte[1]);
        config.with("latest", "fw-0");

        for (List<Object> command : List.of(
                List.<Object>of("publish", folder.resolve("fw-2"), "--key", folder.resolve("a.key")),
                List.<Object>of("offer", "fw-2"),
                List.<Object>of("offer", "--again", "fw-1", "--key", folder.resolve("a.key")),
                List.<Object>of("sign", "fw-1", "--key", folder.resolve("a.key")),
                List.<Object>of("releases"),
                List.<Object>of("withdraw", "fw-1"))) {
            int before = log.lines().size();
            assertThat(run(command.toArray())).as(command.toString()).isZero();
            assertThat(log.lines().subList(before, log.lines().size()))
                    .as(command.toString())
                    .anyMatch(line -> line.startsWith("[WARNING]") && line.contains("latest"));
        }
    }

    @Test
    void withdrawSaysWhoIsOfferedNothingNow() {
        publish("fw-1");
        out.reset();

        assertThat(run("withdraw", "fw-1", "--json")).isZero();
        assertThat(said()).contains("default");
        assertThat(run("withdraw", "fw-1")).isEqualTo(74);
    }

    @Test
    void keyThatIsNoKeyIsNamed() throws IOException {
        Files.writeString(
                folder.resolve("broken.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        for (String key : List.of("broken.key", "a.pub", "none.key")) {
            assertThat(run("publish", folder.resolve("fw-1"), "--key", folder.resolve(key)))
                    .as(key)
                    .isIn(74, 78);
            assertThat(said()).contains(key);
        }
        assertThat(run("releases")).isZero();
        assertThat(said()).contains("nothing has been published yet");
    }

    @Test
    void unsignedReleaseIsSaidToBeOne() {
        assertThat(folder.resolve("keys.d/a.pub").toFile().delete()).isTrue();

        assertThat(run("publish", folder.resolve("fw-1"))).isZero();

        assertThat(log.lines()).anyMatch(line -> line.contains("fw-1 is unsigned: only boards without a key take it"));
    }

    @Test
    void failureIsToldToAMachineToo() {
        assertThat(run("offer", "fw-1", "--json")).isEqualTo(74);

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("{\"result\": \"failed\", \"error\": \"io_error\", \"message\": \"fw-1 has no metadata in ")
                .endsWith("\"retry\": true, \"status\": 74}\n");
    }

    @Test
    void withdrawSaysWhatItDidAndKeepsTheRest() {
        publish("fw-1");
        assertThat(run("offer", "--again", "--stage-only", "fw-1")).isZero();
        out.reset();

        assertThat(run("withdraw", "--staged", "fw-1", "--json")).isZero();
        assertThat(run("offer", "--again", "--stage-only", "fw-1")).isZero();
        assertThat(run("withdraw", "fw-1")).isZero();
        assertThat(run("withdraw", "fw-1")).isZero();

        assertThat(said())
                .contains("{\"name\": \"fw-1\", \"products\": [], \"dropped_staged\": true, \"staged\": false}")
                .contains("fw-1 is offered no more to boards of product default; one of that name is still staged")
                .contains("fw-1 is staged no more; what is on offer is what it was");
    }

    @Test
    void stagedReleaseThatWasSignedHereIsFinishedByOffer() {
        assertThat(run("publish", "--stage-only", folder.resolve("fw-1"))).isZero();
        assertThat(run("sign", "fw-1", "--key", folder.resolve("a.key"))).isZero();

        assertThat(run("offer", "fw-1")).isZero();

        assertThat(said()).contains("fw-1 is offered to boards of product default as release 1, signed by " + id());
    }

    /** Nothing is hidden where latest names what was published. */
    @Test
    void latestOfTheSameNameHidesNothing() {
        publish("fw-1");
        config.with("latest", "fw-1");
        int before = log.lines().size();

        assertThat(run("offer", "--again", "fw-1", "--key", folder.resolve("a.key")))
                .isZero();
        assertThat(run("releases")).isZero();

        assertThat(log.lines().subList(before, log.lines().size())).noneMatch(line -> line.contains("hides"));
        assertThat(config.read().offers().hidden()).isEmpty();
    }

    /** What a publisher does to the files one by one, the daemon sees in one piece. */
    @Test
    void latestOfTheSameNameIsOfferedAsThePublisherSaidLast() throws IOException {
        publish("fw-1");
        config.with("latest", "fw-1");
        Files.delete(config.packages().resolve("fw-1.ota.sig." + id()));

        assertThat(config.read().offers().of(Product.DEFAULT).orElseThrow().release())
                .hasValueSatisfying(
                        release -> assertThat(release.signed().signatures()).hasSize(1));
        Files.delete(config.packages().resolve("fw-1.ota.json"));
        assertThat(config.read().offers().of(Product.DEFAULT).orElseThrow().release())
                .isEmpty();
    }

    @Test
    void namesAreQuotedForTheShell() throws IOException {
        Path odd = Files.writeString(folder.resolve("it's new"), "new");

        assertThat(run("publish", "--stage-only", odd)).isZero();

        assertThat(said()).contains("ota-server publish --signature 'it'\\''s new.sig' 'it'\\''s new'");
        assertThat(ShellWord.of("-fw")).isEqualTo("./-fw");
        assertThat(ShellWord.of("fw-1.4.0+b~1.tar.gz")).isEqualTo("fw-1.4.0+b~1.tar.gz");
    }

    @Test
    void missingNameOfTheNotesIsSaid() {
        assertThat(publish("fw-1", "--notes", "@")).isEqualTo(74);
        assertThat(said()).contains("--notes @: the name of a file is missing");
    }

    @Test
    void keysThatAreNotReadAreNamed() throws IOException {
        Files.move(folder.resolve("keys.d/a.pub"), folder.resolve("keys.d/a.pem"));

        assertThat(run("releases")).isZero();

        assertThat(log.lines())
                .anyMatch(line -> line.contains("only files named *.pub are read, these are not: a.pem"));
    }

    @Test
    void keysFolderThatIsAFileIsNoFolderWithoutKeys() throws IOException {
        Files.delete(folder.resolve("keys.d/a.pub"));
        Files.delete(folder.resolve("keys.d"));
        Files.copy(folder.resolve("a.pub"), folder.resolve("keys.d"));

        assertThat(run("publish", folder.resolve("fw-1"))).isEqualTo(78);
        assertThat(said()).contains("trusted_keys is").contains("not a folder");
    }

    @Test
    void wordsThatDoNotGoTogetherAreRefused() {
        assertThat(run("publish")).isEqualTo(64);
        assertThat(run("publish", "--stage-only", "--key", folder.resolve("a.key"), folder.resolve("fw-1")))
                .isEqualTo(64);
        assertThat(run("publish", "--signature", "s", "--version", "1", "fw-1")).isEqualTo(64);
        assertThat(run("offer", "--key", folder.resolve("a.key"), "fw-1")).isEqualTo(64);
        assertThat(run("publish", "--expires", "soon", folder.resolve("fw-1"))).isEqualTo(64);
    }

    @Test
    void folderIsPublishedAsATreeAndShownAsOne() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("fw-3/d")).resolve("file"), "content");

        assertThat(publish("fw-3")).isZero();
        assertThat(said()).contains("fw-3.tar.gz is offered", "a tree of 1 file with 7 bytes");
        assertThat(run("pin", "fw-3.tar.gz")).isZero();
        out.reset();
        assertThat(run("releases")).isZero();
        assertThat(said()).contains("fw-3.tar.gz, tree of 1 file, pinned  " + id());

        out.reset();
        assertThat(run("verify", "fw-3.tar.gz", "--json")).isZero();
        assertThat(said()).contains("\"manifest\": \"", "\"files\": 1, \"bytes\": 7");
    }

    @Test
    void archiveIsPublishedInTheFormThatIsAskedFor() throws IOException {
        Files.write(
                folder.resolve("fw.tar"),
                TarForge.tar().file("a", "one").file("b", "three").end());

        assertThat(publish("fw.tar", "--json")).isZero();
        assertThat(said()).contains("\"manifest\": \"\"").doesNotContain("\"files\"");
        out.reset();
        assertThat(publish("fw.tar", "--as", "tree", "--name", "as-tree.tar", "--json"))
                .isZero();
        assertThat(said()).contains("\"name\": \"as-tree.tar\"", "\"files\": 2, \"bytes\": 8");
        assertThat(publish("fw-1", "--as", "tree")).isEqualTo(76);
    }

    @Test
    void stagedFolderIsFinishedByTheNameThatIsTold() throws IOException {
        Files.writeString(Files.createDirectories(folder.resolve("fw-3")).resolve("file"), "content");

        assertThat(run("publish", "--stage-only", folder.resolve("fw-3"))).isZero();

        assertThat(said())
                .contains("fw-3.tar.gz is staged as release 1, a tree of 1 file with 7 bytes. Sign ")
                .contains("ota-server publish --signature fw-3.tar.gz.sig fw-3.tar.gz");
    }

    @Test
    void optionsOfTreesThatMeanNothingAreRefused() throws IOException {
        Files.createDirectories(folder.resolve("fw-3/empty"));

        assertThat(publish("fw-3", "--as", "file")).isEqualTo(64);
        assertThat(publish("fw-3", "--as", "forest")).isEqualTo(64);
        assertThat(publish("fw-1", "--owners")).isEqualTo(64);
        assertThat(publish("fw-3", "--name", "../fw-3")).isEqualTo(64);
        assertThat(publish("fw-3", "--name", "fw-3.ota.json")).isEqualTo(77);
    }

    @Test
    void cleaningSaysWhatWouldGoAndThenLetsItGo() {
        publish("fw-1");
        publish("fw-2");
        config.with("keep_releases", "1");
        out.reset();

        assertThat(run("gc", "--dry-run")).isZero();
        assertThat(said()).contains("would be removed: fw-1; 0 contents of trees, 0 leftovers; 3 bytes in all");
        assertThat(config.packages().resolve("fw-1")).exists();
        out.reset();
        assertThat(run("gc", "--json")).isZero();
        assertThat(said())
                .contains(
                        "{\"releases\": [\"fw-1\"], \"objects\": 0, \"leftovers\": 0, \"bytes\": 3, \"dry_run\": false}");
        assertThat(config.packages().resolve("fw-1")).doesNotExist();
        assertThat(run("verify", "fw-2")).isZero();
    }

    @Test
    void cleaningKeepsWhatLatestNames() {
        publish("fw-1");
        publish("fw-2");
        config.with("keep_releases", "1").with("latest", "fw-1");

        assertThat(run("gc")).isZero();

        assertThat(said()).contains("removed: no release; ");
    }

    @Test
    void pinsArePutAndTaken() {
        publish("fw-1");

        assertThat(run("pin", "fw-2")).isEqualTo(74);
        assertThat(run("pin", "fw-1")).isZero();
        assertThat(run("pin", "fw-1", "--json")).isZero();
        assertThat(said()).contains("fw-1 is kept until it is unpinned", "{\"name\": \"fw-1\", \"pinned\": true}");
        assertThat(run("unpin", "fw-1")).isZero();
        assertThat(run("unpin", "fw-1")).isEqualTo(74);
    }

    private int publish(String name, String... more) {
        List<Object> words =
                new ArrayList<>(List.of("publish", folder.resolve(name), "--key", folder.resolve("a.key")));
        words.addAll(List.of(more));
        return run(words.toArray());
    }

    private int run(Object... arguments) {
        List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        words.addAll(List.of("--config", config.path().toString()));
        return Program.run(new OtaServerCommand(), words.toArray(String[]::new));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8) + String.join("\n", log.lines());
    }

    private String id() {
        try {
            return VerifyingKey.read(folder.resolve("a.pub")).id().value();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
