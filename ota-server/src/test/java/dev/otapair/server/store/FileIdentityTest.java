package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIdentityTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2021-03-23T14:05:22.152Z"));

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("fw"), "abc");
        Files.setLastModifiedTime(file, LONG_AGO);
    }

    @Test
    void sameContentHasTheSameIdentity() throws IOException {
        assertThat(FileIdentity.of(file)).isEqualTo(FileIdentity.of(file));
    }

    @Test
    void linkHasTheIdentityOfItsFile() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("latest"), file);

        assertThat(FileIdentity.of(link)).isEqualTo(FileIdentity.of(file));
    }

    @Test
    void anotherInodeIsAnotherIdentity() throws IOException {
        Path twin = Files.writeString(folder.resolve("twin"), "abc");
        Files.setLastModifiedTime(twin, LONG_AGO);

        assertThat(FileIdentity.of(twin)).isNotEqualTo(FileIdentity.of(file));
    }

    @Test
    void anotherTimeIsAnotherIdentity() throws IOException {
        FileIdentity before = FileIdentity.of(file);

        Files.setLastModifiedTime(file, FileTime.from(LONG_AGO.to(TimeUnit.MICROSECONDS) + 1, TimeUnit.MICROSECONDS));

        assertThat(FileIdentity.of(file)).isNotEqualTo(before);
    }

    @Test
    void anotherSizeIsAnotherIdentity() throws IOException {
        FileIdentity before = FileIdentity.of(file);

        Files.writeString(file, "abcd");
        Files.setLastModifiedTime(file, LONG_AGO);

        assertThat(FileIdentity.of(file)).isNotEqualTo(before);
    }

    @Test
    void folderHasNone() {
        assertThatThrownBy(() -> FileIdentity.of(folder)).hasMessage(folder + " is not a regular file");
    }
}
