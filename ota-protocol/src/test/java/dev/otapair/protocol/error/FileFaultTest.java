package dev.otapair.protocol.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFaultTest {
    @TempDir
    private Path folder;

    @Test
    void missingFolderIsNamed() {
        Path file = folder.resolve("none/file");
        IOException cause = catchThrowableOfType(IOException.class, () -> Files.createFile(file));

        assertThat(FileFault.unwritable(file, cause))
                .hasMessage("%s cannot be written: the folder %s does not exist", file, file.getParent())
                .extracting(fault -> fault.code())
                .isEqualTo(ErrorCode.CANNOT_WRITE);
    }

    @Test
    void missingFileIsSaidToBe() {
        Path file = folder.resolve("none");
        IOException cause = catchThrowableOfType(IOException.class, () -> Files.readString(file));

        assertThat(FileFault.unreadable(file, cause))
                .hasMessage("%s cannot be read: it does not exist", file)
                .extracting(fault -> fault.code())
                .isEqualTo(ErrorCode.IO_ERROR);
    }

    @Test
    void nameOfAClassIsNotSaid() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        assertThat(why(() -> Files.newDirectoryStream(file).close())).isEqualTo("it is not a folder");
        assertThat(why(() -> Files.createFile(file))).isEqualTo("it is there already");
        assertThat(why(() -> Files.delete(folder))).isEqualTo("the folder is not empty");
        assertThat(why(() -> Files.readString(folder))).isEqualTo("is a directory");
        assertThat(FileFault.why(new AccessDeniedException("/f"))).isEqualTo("permission denied");
        assertThat(FileFault.why(new MalformedInputException(1))).isEqualTo("it is not text in UTF-8");
        assertThat(FileFault.why(new FileSystemException("/f", null, "No space left on device")))
                .isEqualTo("no space left on device");
        assertThat(FileFault.why(new IOException("ZIP bomb"))).isEqualTo("ZIP bomb");
        assertThat(FileFault.why(new EOFException())).isEqualTo("it ends too early");
        assertThat(FileFault.why(new ClosedChannelException())).isEqualTo("it was closed meanwhile");
    }

    @Test
    void faultWithoutAMessageIsNamedAllTheSame() {
        assertThat(FileFault.why(new IOException())).isEqualTo("IOException");
    }

    private static String why(org.assertj.core.api.ThrowableAssert.ThrowingCallable deed) {
        return FileFault.why(catchThrowableOfType(IOException.class, deed));
    }
}
