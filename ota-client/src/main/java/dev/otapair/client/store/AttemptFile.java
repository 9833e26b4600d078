package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    private static final Pattern LINES = Pattern.compile(
            "digest=(sha256|md5) ([0-9a-f]+)\nfailed=(\\d{1,9})\nreceived=(\\d{1,18})\nlost=(\\d{1,9})\nboot=(\\S{0,64})\nnot_before=(\\d{1,18})\n");

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

    private static Attempts parse(String text) {
        Matcher lines = LINES.matcher(text);
        if (!lines.matches()) {
            throw new IllegalArgumentException("not the lines that are written");
        }
        Digest.Algorithm algorithm = Digest.Algorithm.valueOf(lines.group(1).toUpperCase(Locale.ROOT));
        Attempts attempts = new Attempts(
                new Digest(algorithm, lines.group(2)),
                Integer.parseInt(lines.group(3)),
                Long.parseLong(lines.group(4)),
                Duration.ofSeconds(Long.parseLong(lines.group(5))),
                lines.group(6),
                Long.parseLong(lines.group(7)));
        if (!textOf(attempts).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return attempts;
    }

    private static String textOf(Attempts attempts) {
        return "digest=%s %s\nfailed=%d\nreceived=%d\nlost=%d\nboot=%s\nnot_before=%d\n"
                .formatted(
                        attempts.digest().algorithm().name().toLowerCase(Locale.ROOT),
                        attempts.digest().hex(),
                        attempts.failed(),
                        attempts.received(),
                        attempts.lost().toSeconds(),
                        attempts.boot(),
                        attempts.notBefore());
    }
}
