package dev.otapair.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link DurableFiles#ensureWritableFolder} promises. */
class WritableFolderTest {
    private final DurableFiles files = new DurableFiles();

    @TempDir
    private Path folder;

    /** Two runs from cron in the same second look before one of them gets the lock. */
    @Test
    void folderIsWritableAlsoWhileOthersLook() throws Exception {
        ExecutorService others = Executors.newFixedThreadPool(4);
        Callable<Boolean> look = () -> {
            for (int i = 0; i < 500; i++) {
                files.ensureWritableFolder(folder);
            }
            return true;
        };

        List<Future<Boolean>> looks = others.invokeAll(Collections.nCopies(4, look));
        others.shutdown();

        for (Future<Boolean> each : looks) {
            assertThat(each.get()).isTrue();
        }
    }

    @Test
    void lookLeavesNothingBehind() throws IOException {
        Path missing = folder.resolve("a/b");

        files.ensureWritableFolder(missing);

        assertThat(missing).isEmptyDirectory();
    }

    @Test
    void linkInPlaceOfTheProbeIsNotFollowed() throws IOException {
        Path canary = folder.resolve("canary");
        Files.createSymbolicLink(folder.resolve(".tmp-probe"), canary);

        assertThatThrownBy(() -> files.ensureWritableFolder(folder)).isInstanceOf(IOException.class);

        assertThat(canary).doesNotExist();
    }
}
