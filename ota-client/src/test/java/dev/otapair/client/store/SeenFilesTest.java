package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeenFilesTest {
    private static final Digest RELEASE = new Digest(Digest.Algorithm.SHA256, "0a".repeat(32));
    private static final FileStamp STAMP = new FileStamp(5, 1_700_000_000_000_000_001L, 1_700_000_000_000_000_002L, 77);

    @TempDir
    private Path state;

    @Test
    void stampsAreReadAsTheyWereWritten() {
        FileStamps stamps = stamps();

        seen().write(RELEASE, stamps);

        assertThat(seen().read(RELEASE, 3)).isEqualTo(stamps);
        assertThat(seen().read(RELEASE, 3).get(1)).hasValue(STAMP);
        assertThat(seen().read(RELEASE, 3).get(0)).isEmpty();
    }

    @Test
    void releaseWithAnotherNumberOfFilesIsNotKnown() {
        seen().write(RELEASE, stamps());

        assertThat(seen().read(RELEASE, 2)).isEqualTo(new FileStamps(2));
        assertThat(seen().read(RELEASE, 4)).isEqualTo(new FileStamps(4));
    }

    @Test
    void everyDamagedByteIsNoticed() throws IOException {
        seen().write(RELEASE, stamps());
        Path file = state.resolve("seen").resolve(RELEASE.hex());
        byte[] sound = Files.readAllBytes(file);

        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 1;
            Files.write(file, damaged);
            assertThat(seen().read(RELEASE, 3)).as("byte %d", i).isEqualTo(new FileStamps(3));
        }
    }

    @Test
    void otherReleasesAreForgotten() {
        seen().write(RELEASE, stamps());

        seen().keep(Set.of(RELEASE));
        assertThat(seen().read(RELEASE, 3)).isEqualTo(stamps());

        seen().keep(Set.of());
        assertThat(seen().read(RELEASE, 3)).isEqualTo(new FileStamps(3));
    }

    @Test
    void cacheThatCannotBeWrittenIsNoFailure() throws IOException {
        Files.createFile(state.resolve("file"));

        new SeenFiles(state.resolve("file"), new DurableFiles()).write(RELEASE, stamps());

        assertThat(seen().read(RELEASE, 3)).isEqualTo(new FileStamps(3));
    }

    @Test
    void fileThatWasChangedJustNowMayChangeAgainUnseen() {
        FileStamp fine = new FileStamp(0, 0, 10_000_000_001L, 1);
        FileStamp coarse = new FileStamp(0, 0, 10_000_000_000L, 1);

        assertThat(fine.isSettled(Instant.ofEpochSecond(10))).isFalse();
        assertThat(fine.isSettled(Instant.ofEpochMilli(10_049))).isFalse();
        assertThat(fine.isSettled(Instant.ofEpochMilli(10_060))).isTrue();
        assertThat(coarse.isSettled(Instant.ofEpochMilli(11_999))).isFalse();
        assertThat(coarse.isSettled(Instant.ofEpochMilli(12_001))).isTrue();
        assertThat(fine.isSettled(Instant.ofEpochSecond(5))).isFalse();
    }

    private static FileStamps stamps() {
        FileStamps stamps = new FileStamps(3);
        stamps.put(1, STAMP);
        stamps.put(2, STAMP);
        stamps.remove(2);
        return stamps;
    }

    private SeenFiles seen() {
        return new SeenFiles(state, new DurableFiles());
    }
}
