package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttemptFileTest {
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "e3".repeat(32));
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "e3".repeat(16));
    private static final Attempts FULL = new Attempts(SHA256, 2, 10_485_760, Duration.ofSeconds(240), "boot-1", 4711);

    @TempDir
    private Path folder;

    private Path file;
    private AttemptFile attempts;

    @BeforeEach
    void open() {
        file = folder.resolve("attempts");
        attempts = new AttemptFile(folder, new DurableFiles());
    }

    @Test
    void whatIsWrittenIsRead() {
        attempts.write(FULL);

        assertThat(attempts.read(SHA256)).isEqualTo(FULL);
        assertThat(attempts.read()).contains(FULL);
    }

    /** The format is a promise to the next version. */
    @Test
    void fileIsAsDocumented() throws IOException {
        attempts.write(FULL);

        assertThat(Files.readString(file)).startsWith("""
                ota-client-attempts/1
                digest=sha256 %s
                failed=2
                received=10485760
                lost=240
                boot=boot-1
                not_before=4711
                crc32c=""".formatted("e3".repeat(32)));
    }

    @Test
    void packageOfV1IsKnownByItsMd5() {
        attempts.write(Attempts.none(MD5).failedOnce());

        assertThat(attempts.read(MD5).failed()).isEqualTo(1);
        assertThat(attempts.read(SHA256)).isEqualTo(Attempts.none(SHA256));
    }

    @Test
    void nothingIsLeftAfterItWasCleared() {
        attempts.write(FULL);

        assertThat(attempts.clear()).isTrue();

        assertThat(folder).isEmptyDirectory();
        assertThat(attempts.clear()).isFalse();
    }

    /** R25: a damaged count is no count; it must not end a board's updates. */
    @Test
    void damagedFileKnowsOfNothing() throws IOException {
        attempts.write(FULL);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(attempts.read(SHA256)).isEqualTo(Attempts.none(SHA256));
        }
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            Files.write(file, flipped);
            assertThat(attempts.read(SHA256)).isEqualTo(Attempts.none(SHA256));
        }
    }
}
