package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The {@link Attempts} at the present release, on disk; of another release nothing is kept.
 *
 * <pre>
 * ota-client-attempts/1
 * digest=sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
 * failed=2
 * received=10485760
 * lost=240
 * boot=5f0e1c0a-0b1c-4c52-8f2a-93b7c5a9d3f1
 * not_before=4711
 * crc32c=0a1b2c3d
 * </pre>
 */
public final class AttemptFile {
    private static final String KIND = "ota-client-attempts/1";
    /** Failures, and seconds; far more than a board sees, and little enough to be added to. */
    private static final long MAX_COUNT = 999_999_999;

    /** Bytes, and seconds of a clock. */
    private static final long MAX_TOTAL = 999_999_999_999_999_999L;

    private static final int MAX_BOOT = 64;
    private static final String DIGEST = "digest=";
    private static final String FAILED = "failed=";
    private static final String RECEIVED = "received=";
    private static final String LOST = "lost=";
    private static final String BOOT = "boot=";
    private static final String NOT_BEFORE = "not_before=";

    private final CheckedFile file;

    /** @param folder the state folder; must exist before {@link #write} */
    public AttemptFile(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("attempts"), KIND, files);
    }

    /** Returns what became of a release so far; a file that is damaged knows of nothing. */
    public Attempts read(Digest digest) {
        return read().filter(attempts -> attempts.digest().equals(digest)).orElseGet(() -> Attempts.none(digest));
    }

    /** Returns what is there, of whatever release. */
    public Optional<Attempts> read() {
        return file.read(AttemptFile::parse, "failures so far are not counted");
    }

    /**
     * Remembers it for good.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void write(Attempts attempts) {
        file.write(textOf(attempts));
    }

    /**
     * Forgets all of it.
     *
     * @return whether there was anything to forget
     * @throws OtaException CANNOT_WRITE
     */
    public boolean clear() {
        return file.clear();
    }

    /**
     * As above, by who does not hold the run lock.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public boolean clearUnlocked() {
        return file.clearUnlocked();
    }

    private static Attempts parse(String text) {
        List<String> lines = Lines.of(text);
        String digest = value(lines, DIGEST);
        int end = Math.max(0, digest.indexOf(' '));
        Attempts attempts = new Attempts(
                new Digest(
                        Digest.Algorithm.valueOf(digest.substring(0, end).toUpperCase(Locale.ROOT)),
                        digest.substring(end + 1)),
                Integer.parseInt(value(lines, FAILED)),
                Long.parseLong(value(lines, RECEIVED)),
                Duration.ofSeconds(Long.parseLong(value(lines, LOST))),
                value(lines, BOOT),
                Long.parseLong(value(lines, NOT_BEFORE)));
        boolean isWithinBounds = isUpTo(MAX_COUNT, attempts.failed())
                && isUpTo(MAX_TOTAL, attempts.received())
                && isUpTo(MAX_COUNT, attempts.lost().toSeconds())
                && attempts.boot().length() <= MAX_BOOT
                && isUpTo(MAX_TOTAL, attempts.notBefore());
        if (!isWithinBounds || !textOf(attempts).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return attempts;
    }

    private static boolean isUpTo(long most, long number) {
        return number >= 0 && number <= most;
    }

    private static String value(List<String> lines, String start) {
        return Lines.value(lines, start)
                .orElseThrow(() -> new IllegalArgumentException("not the lines that are written"));
    }

    private static String textOf(Attempts attempts) {
        Digest digest = attempts.digest();
        return String.join(
                "\n",
                DIGEST + digest.algorithm().name().toLowerCase(Locale.ROOT) + " " + digest.hex(),
                FAILED + attempts.failed(),
                RECEIVED + attempts.received(),
                LOST + attempts.lost().toSeconds(),
                BOOT + attempts.boot(),
                NOT_BEFORE + attempts.notBefore(),
                "");
    }
}
