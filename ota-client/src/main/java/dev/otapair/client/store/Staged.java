package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The package that has come and waits for its time, on disk, with all that is needed to check it once more without a network.
 *
 * <pre>
 * ota-client-staged/1
 * name=fw-1.4.0.tar.gz
 * size=10485760
 * digest=sha256 e3b0…
 * meta=eyJf…
 * sigs=0123456789abcdef:AAEC… fedcba9876543210:DDEE…
 * waited=7200
 * boot=5f0e1c0a-0b1c-4c52-8f2a-93b7c5a9d3f1
 * seen=4711
 * crc32c=0a1b2c3d
 * </pre>
 */
public final class Staged {
    private static final String KIND = "ota-client-staged/1";
    private static final int LINES = 8;

    private final CheckedFile file;

    /**
     * What waits.
     *
     * @param whole the package
     * @param signed what its publisher said of it
     * @param waited how long it has, while the board was up
     * @param boot the start of the board in which that was last counted
     * @param seen seconds of its uptime then
     */
    public record Entry(
            PackageResponse whole, Optional<SignedMetadata> signed, Duration waited, String boot, long seen) {
        /** Returns a package that begins to wait. */
        public static Entry begin(PackageResponse whole, Optional<SignedMetadata> signed, Uptime now) {
            return new Entry(whole, signed, Duration.ZERO, now.boot(), now.seconds());
        }

        /** Returns this with the time counted until now; in another start of the board all of its uptime. */
        public Entry until(Uptime now) {
            long more = boot.equals(now.boot()) ? Math.max(0, now.seconds() - seen) : now.seconds();
            return new Entry(whole, signed, waited.plusSeconds(more), now.boot(), now.seconds());
        }

        /** Says whether this is the same package. */
        public boolean isOf(PackageResponse other) {
            return whole.digest().equals(other.digest()) && whole.latest().equals(other.latest());
        }
    }

    /** @param folder the state folder; must exist before {@link #write} */
    public Staged(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("staged"), KIND, files);
    }

    /** Returns what waits; empty if nothing does. */
    public Optional<Entry> read() {
        return file.read(Staged::parse, "no package waits");
    }

    /**
     * Remembers it for good.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void write(Entry entry) {
        file.write(textOf(entry));
    }

    /** @throws OtaException CANNOT_WRITE */
    public void clear() {
        file.clear();
    }

    private static Entry parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.size() != LINES) {
            throw new IllegalArgumentException("not " + LINES + " lines");
        }
        String[] digest = value(lines.get(2), "digest=").split(" ", 2);
        PackageResponse whole = PackageResponse.whole(
                new PackageName(value(lines.get(0), "name=")),
                Long.parseLong(value(lines.get(1), "size=")),
                new Digest(Digest.Algorithm.valueOf(digest[0].toUpperCase(Locale.ROOT)), digest[1]));
        Entry entry = new Entry(
                whole,
                signed(value(lines.get(3), "meta="), value(lines.get(4), "sigs=")),
                Duration.ofSeconds(Long.parseLong(value(lines.get(5), "waited="))),
                value(lines.get(6), "boot="),
                Long.parseLong(value(lines.get(7), "seen=")));
        if (!textOf(entry).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return entry;
    }

    private static Optional<SignedMetadata> signed(String metadata, String signatures) {
        if (metadata.isEmpty()) {
            return Optional.empty();
        }
        List<Signature> each = signatures
                .lines()
                .flatMap(line -> List.of(line.split(" ")).stream())
                .map(Signature::ofText)
                .toList();
        return Optional.of(new SignedMetadata(Octets.ofBase64(metadata), each));
    }

    private static String value(String line, String start) {
        if (!line.startsWith(start)) {
            throw new IllegalArgumentException("no " + start);
        }
        return line.substring(start.length());
    }

    private static String textOf(Entry entry) {
        return "name=%s\nsize=%d\ndigest=%s %s\nmeta=%s\nsigs=%s\nwaited=%d\nboot=%s\nseen=%d\n"
                .formatted(
                        entry.whole().latest(),
                        entry.whole().size(),
                        entry.whole().digest().algorithm().name().toLowerCase(Locale.ROOT),
                        entry.whole().digest().hex(),
                        entry.signed().map(signed -> signed.bytes().toBase64()).orElse(""),
                        entry.signed().map(Staged::signaturesOf).orElse(""),
                        entry.waited().toSeconds(),
                        entry.boot(),
                        entry.seen());
    }

    private static String signaturesOf(SignedMetadata signed) {
        return signed.signatures().stream().map(Signature::toText).collect(Collectors.joining(" "));
    }
}
