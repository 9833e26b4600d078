package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A small file of the state folder that tells damage, with its failures in our words. */
final class CheckedFile {
    private static final Logger LOG = LoggerFactory.getLogger(CheckedFile.class);

    private final Path file;
    private final String kind;
    private final String whenDamaged;
    private final DurableFiles files;

    /**
     * @param kind its first line
     * @param whenDamaged what follows from damage, for the operator
     */
    CheckedFile(Path file, String kind, String whenDamaged, DurableFiles files) {
        this.file = file;
        this.kind = kind;
        this.whenDamaged = whenDamaged;
        this.files = files;
    }

    /**
     * Reads it.
     *
     * @param parser of its lines; refuses by {@link IllegalArgumentException}
     * @return empty if it is missing or damaged; of damage the operator is told
     * @throws OtaException IO_ERROR if it cannot be read at all
     */
    <T> Optional<T> read(Function<String, T> parser) {
        try {
            Optional<T> read = CheckedText.read(file, kind).map(parser);
            if (read.isEmpty()) {
                tellDamage();
            }
            return read;
        } catch (IllegalArgumentException e) {
            tellDamage();
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Writes it for good.
     *
     * @throws OtaException CANNOT_WRITE; what was there before is kept
     */
    void write(String lines) {
        try {
            files.replace(file, CheckedText.seal(kind, lines));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /**
     * Removes it for good.
     *
     * @return whether it was there
     * @throws OtaException CANNOT_WRITE
     */
    boolean clear() {
        try {
            return files.delete(file);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private void tellDamage() {
        LOG.warn("{} is damaged: {}", file, whenDamaged);
    }

    private OtaException unwritable(IOException cause) {
        return new OtaException(ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(file, cause), cause);
    }
}
