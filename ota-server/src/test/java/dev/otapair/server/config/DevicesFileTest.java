package dev.otapair.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** T23; and T1: whatever is wrong, no message has a word of the file in it, as any of them may be a token. */
class DevicesFileTest {
    private static final String TOKEN = "uVHbOpQ1S3sUqPm8wq9vGm0b3rj4xq0tq0b4mX0xYzA";

    @TempDir
    private Path folder;

    private Path file;
    private ConfigFile config;

    @BeforeEach
    void write() {
        file = folder.resolve("devices");
        config = new ConfigFile(folder).with("devices", "devices");
    }

    private void assertFault(String content, String expected) throws IOException {
        Files.writeString(file, content);
        assertThatThrownBy(config::read)
                .hasMessageContaining(expected)
                .hasMessageNotContaining(TOKEN)
                .hasMessageNotContaining("board-17");
    }

    @Test
    void boardsHaveTheirTokens() throws IOException {
        Files.writeString(
                file, "\ufeff".substring(1) + "# a comment\n\n  board-17\t " + TOKEN + " \r\n; another\nb x\n");

        assertThat(config.read().access().devices().orElseThrow())
                .containsOnlyKeys(new DeviceId("board-17"), new DeviceId("b"))
                .containsEntry(new DeviceId("board-17"), new Secret(TOKEN));
    }

    @Test
    void emptyFileListsNobody() throws IOException {
        Files.writeString(file, "");

        assertThat(config.read().access().devices().orElseThrow()).isEmpty();
    }

    @Test
    void noFileIsNoList() {
        assertThat(new ConfigFile(folder).read().access().devices()).isEmpty();
    }

    @Test
    void lineWithOneWordIsNamed() throws IOException {
        assertFault("# x\n" + TOKEN + "\n", file + ":2: expected two words");
    }

    @Test
    void lineWithThreeWordsIsNamed() throws IOException {
        assertFault("board-17 " + TOKEN + " x\n", file + ":1: expected two words");
    }

    @Test
    void idThatIsNoneIsNamedByItsLine() throws IOException {
        assertFault("/" + TOKEN + " board-17\n", file + ":1: the id is no board's id");
    }

    @Test
    void boardThatIsThereTwiceIsNamedByItsLine() throws IOException {
        assertFault("board-17 a\nboard-18 b\nboard-17 c\n", file + ":3: ");
    }

    /** Who writes the token first sees the line, not the token. */
    @Test
    void tokenThatStandsWhereTheIdShouldIsNotTold() throws IOException {
        assertFault(TOKEN + " board-17\n" + TOKEN + " board-18\n", file + ":2: ");
    }

    @Test
    void fileThatIsMissingIsNamed() {
        assertThatThrownBy(config::read)
                .hasMessageContaining("[Server] devices is '" + file + "', which cannot be read");
    }

    @Test
    void fileThatIsNotUtf8IsNamed() throws IOException {
        Files.write(file, new byte[] {'a', ' ', (byte) 0xff, '\n'});

        assertThatThrownBy(config::read)
                .hasMessageContaining("[Server] devices is '" + file + "', which cannot be read");
    }

    @Test
    void editOfTheListIsInForceAtTheNextRefresh() throws IOException {
        Files.writeString(file, "board-17 " + TOKEN + "\nboard-18 x\n");
        ConfigSource source = config.open();

        Files.writeString(file, "board-18 x\n");
        source.refresh(edited -> () -> {});

        assertThat(source.current().access().devices().orElseThrow()).containsOnlyKeys(new DeviceId("board-18"));
    }

    @Test
    void listThatIsNamedLaterIsFollowed() throws IOException {
        Files.writeString(file, "board-17 a\n");
        ConfigFile later = new ConfigFile(folder);
        ConfigSource source = later.open();
        later.with("devices", "devices");
        source.refresh(edited -> () -> {});

        Files.writeString(file, "board-18 x\n");
        source.refresh(edited -> () -> {});

        assertThat(source.current().access().devices().orElseThrow()).containsOnlyKeys(new DeviceId("board-18"));
    }

    @Test
    void brokenListKeepsWhatIsInForceAndIsToldOnce() throws IOException {
        Files.writeString(file, "board-17 a\n");
        ConfigSource source = config.open();
        try (CapturedLog log = new CapturedLog()) {
            Files.writeString(file, "board-17 " + TOKEN + " more\n");

            source.refresh(edited -> () -> {});
            source.refresh(edited -> () -> {});

            assertThat(source.current().access().devices().orElseThrow())
                    .containsEntry(new DeviceId("board-17"), new Secret("a"));
            assertThat(log.lines())
                    .filteredOn(line -> line.contains(file + ":1: expected two words"))
                    .hasSize(1);
            assertThat(log.lines()).noneMatch(line -> line.contains(TOKEN));
        }
    }

    /** The edit of config.ini itself names the file: there is no earlier look at it to compare with. */
    @Test
    void brokenListThatIsNamedByTheEditIsToldOnce() throws IOException {
        Files.writeString(file, "board-17\n");
        ConfigFile later = new ConfigFile(folder);
        ConfigSource source = later.open();
        try (CapturedLog log = new CapturedLog()) {
            later.with("devices", "devices");

            source.refresh(edited -> () -> {});
            source.refresh(edited -> () -> {});
            source.refresh(edited -> () -> {});

            assertThat(log.lines())
                    .filteredOn(line -> line.contains("expected two words"))
                    .hasSize(1);
        }
    }

    @Test
    void configurationIsPrintedWithoutTokens() throws IOException {
        Files.writeString(file, "board-17 " + TOKEN + "\n");

        assertThat(config.read().toString()).doesNotContain(TOKEN).doesNotContain(ConfigFile.TOKEN);
    }
}
