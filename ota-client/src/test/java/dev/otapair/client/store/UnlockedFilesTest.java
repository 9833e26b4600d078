package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run holds the lock, tidies and writes, while somebody at the console says something. */
class UnlockedFilesTest {
    private static final byte[] OLD = "old".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NEW = "new".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private UnlockedFiles files;

    @BeforeEach
    void open() {
        files = new UnlockedFiles(new DurableFiles());
    }

    @Test
    void writingReplacesAndLeavesNothingElse() throws IOException {
        Path file = Files.write(folder.resolve("answer"), OLD);

        files.replace(file, NEW);

        assertThat(file).hasBinaryContent(NEW);
        assertThat(folder).isDirectoryNotContaining(each -> !each.equals(file));
    }

    @Test
    void writingThatFailsLeavesNothing() throws IOException {
        Path taken = Files.createDirectories(folder.resolve("answer").resolve("full"))
                .getParent();

        assertThatIOException().isThrownBy(() -> files.replace(taken, NEW));

        assertThat(folder).isDirectoryNotContaining(each -> !each.equals(taken));
    }

    @Test
    void tidyingLeavesWhatAProcessIsWriting() throws IOException {
        long other = ProcessHandle.current().parent().orElseThrow().pid();
        Path written = Files.write(folder.resolve(".tmp-answer." + other + ".1"), NEW);

        files.tidy(folder);

        assertThat(written).exists();
    }

    @Test
    void tidyingRemovesWhatACutHasLeft() throws IOException, InterruptedException {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Files.write(folder.resolve(".tmp-answer." + ended.pid() + ".1"), NEW);
        String ours = OwnProcess.pid() + "." + Thread.currentThread().getId();
        Files.write(folder.resolve(".tmp-answer." + ours), NEW);
        Files.write(folder.resolve(".tmp-state"), NEW);
        Path state = Files.write(folder.resolve("state"), OLD);

        files.tidy(folder);

        assertThat(folder).isDirectoryNotContaining(each -> !each.equals(state));
    }

    @Test
    void runsThatStartTakeNoFileFromWhoAnswers() throws Exception {
        Path file = folder.resolve("answer");
        CompletableFuture<Void> runs = CompletableFuture.runAsync(() -> {
            try {
                while (!Files.exists(folder.resolve("over"))) {
                    files.tidy(folder);
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });

        for (int i = 0; i < 100; i++) {
            files.replace(file, NEW);
        }

        Files.createFile(folder.resolve("over"));
        runs.get();
        assertThat(file).hasBinaryContent(NEW);
    }

    /** The run writes {@code .tmp-attempts} when somebody says {@code retry}: it must find it when it gives it its name. */
    @Test
    void forgettingLeavesWhatTheRunIsWriting() throws IOException {
        for (String name : new String[] {"attempts", "quarantine", "server-pin"}) {
            Files.write(folder.resolve(name), OLD);
            Files.write(folder.resolve(".tmp-" + name), NEW);
        }
        DurableFiles durable = new DurableFiles();

        boolean wereAttempts = new AttemptFile(folder, durable).clearUnlocked();
        boolean wasQuarantine = new Quarantine(folder, durable).clearUnlocked();
        boolean wasPin = new ServerPin(folder, new Secret("zebra"), durable).clear();

        assertThat(wereAttempts && wasQuarantine && wasPin).isTrue();
        assertThat(folder)
                .isDirectoryContaining("glob:**/.tmp-attempts")
                .isDirectoryContaining("glob:**/.tmp-quarantine")
                .isDirectoryContaining("glob:**/.tmp-server-pin")
                .isDirectoryNotContaining(each -> !each.getFileName().toString().startsWith(".tmp-"));
    }
}
