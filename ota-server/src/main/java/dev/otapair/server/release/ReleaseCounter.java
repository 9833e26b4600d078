package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The highest counter that was ever given to a release, in the file {@code release-counter} of the state folder: also of one
 * whose files are gone, since a board may have it. Used under a {@link PublishLock}.
 */
final class ReleaseCounter {
    private static final Logger LOG = LoggerFactory.getLogger(ReleaseCounter.class);
    private static final String KIND = "ota-release-counter/1";
    private static final String HIGHEST = "highest=";

    private final Path file;
    private final DurableFiles files;

    ReleaseCounter(Path stateFolder, DurableFiles files) {
        this.file = stateFolder.resolve("release-counter");
        this.files = files;
    }

    /** Returns the highest one so far; 0 if none was given, or the file is damaged: the releases themselves are asked as well. */
    long highest() {
        try {
            String lines = CheckedText.read(file, KIND).orElseThrow(() -> new IOException("it is damaged"));
            return Math.min(
                    Standing.MAX_RELEASE,
                    Long.parseLong(lines.substring(HIGHEST.length()).strip()));
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
            LOG.warn(
                    "{}: {}; the next counter is one more than those of the releases that are here",
                    file,
                    e.getMessage());
            return 0;
        }
    }

    /**
     * Says which counter a release gets.
     *
     * @param wished by the administrator; empty takes one more than the highest
     * @param last what was offered last to the same product; 0 if nothing was
     * @param given those of all releases that are here
     * @throws OtaException RELEASE_REFUSED if boards would not take it, or another release has it
     */
    long next(OptionalLong wished, long last, Collection<Long> given) {
        long highest = Math.max(
                Math.max(highest(), last),
                given.stream().mapToLong(Long::longValue).max().orElse(0));
        long release = wished.orElse(highest + 1);
        if (release <= last || given.contains(release)) {
            throw new OtaException(
                    ErrorCode.RELEASE_REFUSED,
                    "release %d is taken, or not above %d, which was offered last; %d is the next free one"
                            .formatted(release, last, highest + 1));
        }
        if (last > 0 && release - last > ReleaseMetadata.MAX_STEP || release > Standing.MAX_RELEASE) {
            throw new OtaException(
                    ErrorCode.RELEASE_REFUSED,
                    "release %d is more than %d above %d, which was offered last: boards refuse such a step"
                            .formatted(release, ReleaseMetadata.MAX_STEP, last));
        }
        return release;
    }

    /**
     * Remembers that a counter is given, before anything has it.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void give(long release) {
        try {
            byte[] text = CheckedText.seal(KIND, HIGHEST + Math.max(release, highest()) + "\n");
            files.replace(file, text, DurableFiles.Readers.EVERYBODY);
        } catch (IOException e) {
            throw new OtaException(ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(file, e), e);
        }
    }
}
