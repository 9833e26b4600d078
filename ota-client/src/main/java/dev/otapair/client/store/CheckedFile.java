package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;

/** A small file of the state folder that tells damage, with its failures in our words. */
final class CheckedFile {
    private static final Logger LOG = Loggers.of(CheckedFile.class);

    private final Path file;
    private final String kind;
    private final DurableFiles files;

    /** @param kind its first line */
    CheckedFile(Path file, String kind, DurableFiles files) {
        this.file = file;
        this.kind = kind;
        this.files = files;
    }

    /** Says whether there is such a file, sound or not. */
    boolean exists() {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads it.
     *
     * @param parser of its lines; refuses by {@link IllegalArgumentException} or {@link DateTimeException}
     * @return empty if it is missing or damaged
     * @throws OtaException IO_ERROR if it cannot be read at all
     */
    <T> Optional<T> sound(Function<String, T> parser) {
        try {
            return CheckedText.read(file, kind).map(parser);
        } catch (IllegalArgumentException | DateTimeException | NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * As above, where another file counts in place of this one: what the disk cannot read is damage then, and the operator is told.
     *
     * @throws OtaException IO_ERROR if it must not be read, or if there is no other one
     */
    <T> Optional<T> soundBeside(CheckedFile other, Function<String, T> parser) {
        try {
            return sound(parser);
        } catch (OtaException e) {
            if (e.getCause() instanceof AccessDeniedException || !other.exists()) {
                throw e;
            }
            LOG.warn("{}: it counts as damaged", e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * As {@link #sound}; of damage the operator is told.
     *
     * @param whenDamaged what follows from it
     */
    <T> Optional<T> read(Function<String, T> parser, String whenDamaged) {
        Optional<T> read = sound(parser);
        if (read.isEmpty() && exists()) {
            LOG.warn("{} is damaged: {}", file, whenDamaged);
        }
        return read;
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
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * As {@link #write}, by who does not hold the run lock.
     *
     * @throws OtaException CANNOT_WRITE; what was there before is kept
     */
    void writeUnlocked(String lines) {
        try {
            new UnlockedFiles(files).replace(file, CheckedText.seal(kind, lines));
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * Moves it out of the way, in place of an earlier one.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void putAside(Path place) {
        try {
            files.rename(file, place);
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
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
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * As {@link #clear}, by who does not hold the run lock.
     *
     * @throws OtaException CANNOT_WRITE
     */
    boolean clearUnlocked() {
        try {
            return new UnlockedFiles(files).delete(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
