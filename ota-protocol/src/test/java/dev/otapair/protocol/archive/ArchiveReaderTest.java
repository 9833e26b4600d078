package dev.otapair.protocol.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.TarForge;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveReaderTest {
    private static final ArchiveReader READER = new ArchiveReader(new ArchiveReader.Bounds(1 << 20, 1 << 20));

    @TempDir
    private Path folder;

    @Test
    void damageIsSaidWithoutJavasWords() throws IOException {
        byte[] gzip = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, (byte) 0xff};

        assertThatThrownBy(() -> read(gzip, new Nothing()))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED))
                .hasMessageStartingWith("the archive is damaged: ")
                .hasMessageNotContaining("Exception");
    }

    @Test
    void defectOfOurOwnIsNoDamage() throws IOException {
        byte[] tar = TarForge.tar().folder("d").end();
        IllegalStateException defect = new IllegalStateException("by a mistake");

        assertThatThrownBy(() -> read(tar, new Nothing() {
                    @Override
                    public void addFolder(EntryPath path, EntryAttributes said) {
                        throw defect;
                    }
                }))
                .isSameAs(defect);
    }

    private void read(byte[] archive, Destination destination) throws IOException {
        try (ArchiveFile file = ArchiveFile.open(Files.write(folder.resolve("archive"), archive))) {
            READER.readInto(destination, file, 1 << 20);
        }
    }

    /** Takes nothing. */
    private static class Nothing implements Destination {
        @Override
        public void addFolder(EntryPath path, EntryAttributes said) {}

        @Override
        public void addFile(EntryPath path, EntryAttributes said, long size, InputStream content) {}

        @Override
        public void addLink(EntryPath path, EntryAttributes said, String target) {}

        @Override
        public void addHardLink(EntryPath path, EntryPath target) {}
    }
}
