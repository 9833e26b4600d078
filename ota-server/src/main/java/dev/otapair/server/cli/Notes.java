package dev.otapair.server.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The text of {@code --notes}, or of the file that {@code @FILE} names. */
final class Notes {
    private static final String FILE = "@";

    private Notes() {}

    static String read(String text) {
        if (!text.startsWith(FILE)) {
            return text;
        }
        if (text.equals(FILE)) {
            throw new OtaException(ErrorCode.IO_ERROR, "--notes @: the name of a file is missing after the @");
        }
        Path file = Path.of(text.substring(FILE.length()));
        try {
            if (Files.size(file) > ReleaseMetadata.MAX_NOTES_BYTES) {
                throw new OtaException(
                        ErrorCode.METADATA_REJECTED,
                        "%s has more than the %d bytes that notes may have"
                                .formatted(file, ReleaseMetadata.MAX_NOTES_BYTES));
            }
            return Files.readString(file).stripTrailing();
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "%s cannot be read as UTF-8: %s".formatted(file, FileFault.why(e)), e);
        }
    }
}
