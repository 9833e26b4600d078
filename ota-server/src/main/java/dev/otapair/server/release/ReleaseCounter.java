package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.slf4j.Logger;

/**
 * The highest counter that was ever given to a release, in the file {@code release-counter} of the state folder: also of one
 * whose files are gone, since a board may have it. Used under a {@link PublishLock}.
 */
final class ReleaseCounter {
    private static final Logger LOG = Loggers.of(ReleaseCounter.class);
    private static final String KIND = "ota-release-counter/1";
    private static final String HIGHEST = "highest=";

    private final Path file;
    private final DurableFiles files;

    ReleaseCounter(Path stateFolder, DurableFiles files) {
        this.file = stateFolder.resolve("release-counter");
        this.files = files;
    }

    /**
     * Returns the highest one so far; 0 if none was given, or the file is damaged: the releases themselves are asked as well.
     *
     * @throws OtaException IO_ERROR if it cannot be read: what it says is not to be lost
     */
    long highest() {
        try {
            String lines = CheckedText.read(file, KIND).orElseThrow(() -> new NumberFormatException("none is sound"));
            return Math.min(
                    Standing.MAX_RELEASE,
                    Long.parseLong(lines.substring(HIGHEST.length()).strip()));
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            LOG.warn("{} is damaged; the next counter is one more than those of the releases that are here", file);
            return 0;
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Says which counter a release gets. All products share one row of counters, as long as no board has to take too large a step
     * for that; a product whose boards are far below goes on from its own.
     *
     * @param wished by the administrator; empty takes the next one
     * @param last what was offered last to the same product; 0 if nothing was
     * @param given all releases that are here
     * @throws OtaException RELEASE_REFUSED if boards would not take it, or another release has it
     */
    long next(OptionalLong wished, Product product, long last, List<ReleaseMetadata> given) {
        Set<Long> taken = given.stream().map(ReleaseMetadata::release).collect(Collectors.toSet());
        long own = Math.max(
                last,
                given.stream()
                        .filter(release -> release.product().equals(product))
                        .mapToLong(ReleaseMetadata::release)
                        .max()
                        .orElse(0));
        long highest = Math.max(
                Math.max(highest(), last),
                taken.stream().mapToLong(Long::longValue).max().orElse(0));
        long reach = last == 0 ? highest + ReleaseMetadata.MAX_STEP : last + ReleaseMetadata.MAX_STEP;
        long limit = Math.min(reach, Standing.MAX_RELEASE);
        long next = highest + 1;
        for (long from : List.of(own, last)) {
            next = next > limit ? free(from + 1, taken) : next;
        }
        if (wished.isEmpty() && next > limit) {
            throw refused("there is no counter left above %d for product %s".formatted(last, product)
                    + ": take its boards down by 'ota-client reset-floor'");
        }
        if (wished.isPresent()) {
            requireGood(wished.getAsLong(), last, limit, taken, next);
        }
        return wished.orElse(next);
    }

    private static void requireGood(long wished, long last, long limit, Set<Long> taken, long next) {
        String advice = "; leave --release away, or say --release %d".formatted(next);
        if (wished < 1 || wished > Standing.MAX_RELEASE) {
            throw refused(
                    "--release %d is no counter: those are 1 to %d".formatted(wished, Standing.MAX_RELEASE) + advice);
        }
        if (taken.contains(wished)) {
            throw refused("--release %d is taken by another release".formatted(wished) + advice);
        }
        if (wished <= last) {
            throw refused(
                    "--release %d is not above %d, which was offered last: boards only go up".formatted(wished, last)
                            + advice);
        }
        if (wished > limit) {
            throw refused("--release %d is too far: at most %d here, since boards refuse a step of more than %d"
                            .formatted(wished, limit, ReleaseMetadata.MAX_STEP)
                    + advice);
        }
    }

    private static long free(long from, Set<Long> taken) {
        return LongStream.iterate(from, counter -> counter + 1)
                .filter(counter -> !taken.contains(counter))
                .findFirst()
                .orElseThrow();
    }

    private static OtaException refused(String why) {
        return new OtaException(ErrorCode.RELEASE_REFUSED, why);
    }

    /**
     * Remembers that a counter is given, before anything has it.
     *
     * @throws OtaException CANNOT_WRITE, or IO_ERROR as {@link #highest} does
     */
    void give(long release) {
        try {
            byte[] text = CheckedText.seal(KIND, HIGHEST + Math.max(release, highest()) + "\n");
            files.replace(file, text, DurableFiles.Readers.EVERYBODY);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }
}
