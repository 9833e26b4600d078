package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.server.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenFileTest {
    private static final FileTime LONG_AGO = FileTime.from(Instant.parse("2021-03-23T14:05:22.152Z"));

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("fw"), "old content");
        Files.setLastModifiedTime(file, LONG_AGO);
    }

    private static String content(OpenFile opened) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(100);
        opened.channel().read(bytes, 0);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    @Test
    void untouchedFileIsUnchanged() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            assertThatCode(opened::verifyUnchanged).doesNotThrowAnyException();
        }
    }

    @Test
    void fileThatWasReplacedStaysWhatWasOpened() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            Path other = Files.writeString(folder.resolve("other"), "new content");
            Files.move(other, file, StandardCopyOption.ATOMIC_MOVE);

            assertThat(content(opened)).isEqualTo("old content");
            assertThatCode(opened::verifyUnchanged).doesNotThrowAnyException();
        }
    }

    @Test
    void fileThatWasDeletedStaysWhatWasOpened() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            Files.delete(file);

            assertThat(content(opened)).isEqualTo("old content");
            assertThatCode(opened::verifyUnchanged).doesNotThrowAnyException();
        }
    }

    @Test
    void overwritingInPlaceIsSeen() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            Files.writeString(file, "NEW CONTENT", StandardOpenOption.WRITE);

            assertThatThrownBy(opened::verifyUnchanged)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("overwritten");
        }
    }

    @Test
    void truncationIsSeen() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            Files.newByteChannel(file, StandardOpenOption.WRITE).truncate(3).close();

            assertThatThrownBy(opened::verifyUnchanged)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("3 bytes");
        }
    }

    @Test
    void appendingIsSeen() throws IOException {
        try (OpenFile opened = OpenFile.open(file)) {
            Files.writeString(file, " and more", StandardOpenOption.APPEND);

            assertThatThrownBy(opened::verifyUnchanged).isInstanceOf(IOException.class);
        }
    }

    @Test
    void fileIsFoundAgainAfterAnEarlierOpeningOfItWasClosed() throws IOException {
        OpenFile earlier = OpenFile.open(file);
        try (OpenFile later = OpenFile.open(file)) {
            earlier.close();

            assertThatCode(later::verifyUnchanged).doesNotThrowAnyException();
        }
    }

    @Test
    void fileIsFoundAgainAfterAnotherFileTookTheDescriptorOfAnEarlierOpening() throws IOException {
        OpenFile earlier = OpenFile.open(file);
        Path other = Files.writeString(folder.resolve("other"), "other");
        try (OpenFile later = OpenFile.open(file)) {
            earlier.close();
            try (OpenFile taker = OpenFile.open(other)) {
                assertThat(taker.identity().size()).isEqualTo(5);
                assertThatCode(later::verifyUnchanged).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void fileIsFoundAgainAfterAFolderTookTheDescriptorOfAnEarlierOpening() throws IOException {
        OpenFile earlier = OpenFile.open(file);
        try (OpenFile later = OpenFile.open(file)) {
            earlier.close();
            try (var taker = Files.newDirectoryStream(folder)) {
                assertThat(taker).isNotNull();
                assertThatCode(later::verifyUnchanged).doesNotThrowAnyException();
            }
        }
    }

    @Test
    void missingFileIsNotOpened() {
        assertThatThrownBy(() -> OpenFile.open(folder.resolve("missing"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void folderIsNotOpened() {
        assertThatThrownBy(() -> OpenFile.open(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a regular file");
    }

    @Test
    void closedFileHoldsNoDescriptor() throws IOException {
        OpenFile.open(file).close();

        assertThat(Descriptors.countIn(folder)).isZero();
    }
}
