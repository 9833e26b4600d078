package dev.otapair.protocol.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.wire.Fields;
import dev.otapair.protocol.wire.JsonDocument;
import dev.otapair.protocol.wire.JsonReport;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a publisher says of a release. Valid once constructed; says nothing about who signed it.
 *
 * @param product which program it is
 * @param name of the package
 * @param release the counter, 1 to {@link Standing#MAX_RELEASE}: newer ones are higher
 * @param version for people; up to {@value #MAX_VERSION} characters, maybe none
 * @param content of the package; of a tree, of the archive that holds it
 * @param manifest of a tree, the size and SHA-256 of its manifest's text ({@link Manifest#content}), 1 to {@link Manifest#MAX_BYTES};
 *     empty for a package that is one file
 * @param created when it was published, in whole seconds
 * @param expires after which it may be a sign that something newer is held back; later than {@code created}
 * @param minFrom the release that must be installed at least, less than {@code release}
 * @param floor below which no board goes once this is installed, at most {@code release}
 * @param revoked keys that count no more, at most {@value #MAX_REVOKED}
 * @param isUrgent whether boards install it outside of their windows too
 * @param notes for people; up to {@value #MAX_NOTES_BYTES} bytes of UTF-8, maybe none
 * @see "PROTOCOL.md, section 8.1: Metadata"
 */
public record ReleaseMetadata(
        Product product,
        PackageName name,
        long release,
        String version,
        Content content,
        Optional<Content> manifest,
        Instant created,
        Optional<Instant> expires,
        long minFrom,
        long floor,
        List<KeyId> revoked,
        boolean isUrgent,
        String notes) {
    /** How far a release may be ahead of the one that a board has: nobody gets there by publishing. */
    public static final long MAX_STEP = 1_000_000;

    public static final int MAX_VERSION = 64;
    public static final int MAX_NOTES_BYTES = 1000;
    public static final int MAX_REVOKED = 8;

    private static final String TYPE = "ota-release/1";

    public ReleaseMetadata {
        require(release >= 1 && release <= Standing.MAX_RELEASE, "release", "1 to 2^53 - 1");
        require(minFrom >= 0 && minFrom < release, "min_from", "0 to one less than release");
        require(floor >= 0 && floor <= release, "floor", "0 to release");
        require(
                version.length() <= MAX_VERSION && !hasControl(version),
                "version",
                "up to " + MAX_VERSION + " characters, none of them a control character");
        require(
                notes.getBytes(StandardCharsets.UTF_8).length <= MAX_NOTES_BYTES,
                "notes",
                "up to " + MAX_NOTES_BYTES + " bytes of UTF-8");
        require(revoked.size() <= MAX_REVOKED, "revoked", "up to " + MAX_REVOKED + " keys");
        require(
                manifest.isEmpty()
                        || manifest.get().size() >= 1 && manifest.get().size() <= Manifest.MAX_BYTES,
                "manifest_size",
                "1 to " + Manifest.MAX_BYTES);
        created = created.truncatedTo(ChronoUnit.SECONDS);
        expires = expires.map(time -> time.truncatedTo(ChronoUnit.SECONDS));
        require(expires.isEmpty() || expires.get().isAfter(created), "expires", "later than created");
        revoked = List.copyOf(revoked);
    }

    /**
     * Reads metadata whose signatures have been verified.
     *
     * @param bytes exactly as they were signed
     * @throws OtaException METADATA_REJECTED
     */
    public static ReleaseMetadata parse(byte[] bytes) {
        try {
            return read(JsonDocument.read("metadata", bytes));
        } catch (OtaException | IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.METADATA_REJECTED, "the release's metadata is refused: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the bytes to sign; the same ones for the same metadata.
     *
     * @throws IllegalArgumentException if they are more than {@link SignedMetadata#MAX_BYTES}
     */
    public byte[] toBytes() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("_type", TYPE);
        members.put("product", product);
        members.put("name", name);
        members.put("release", release);
        members.put("version", version);
        members.put("size", content.size());
        members.put("sha256", content.sha256().hex());
        manifest.ifPresent(text -> {
            members.put("manifest", text.sha256().hex());
            members.put("manifest_size", text.size());
        });
        members.put("created", created);
        expires.ifPresent(time -> members.put("expires", time));
        members.put("min_from", minFrom);
        members.put("floor", floor);
        members.put("revoked", revoked);
        if (isUrgent) {
            members.put("urgent", 1);
        }
        members.put("notes", notes);
        byte[] bytes = JsonReport.compact(members);
        require(
                bytes.length <= SignedMetadata.MAX_BYTES,
                "metadata",
                "at most %d bytes in all, not %d; shorten the notes".formatted(SignedMetadata.MAX_BYTES, bytes.length));
        return bytes;
    }

    /** Says whether it has expired at that time. */
    public boolean isExpiredAt(Instant time) {
        return expires.isPresent() && !time.isBefore(expires.get());
    }

    private static ReleaseMetadata read(Fields fields) {
        if (!fields.text("_type").equals(TYPE)) {
            throw fields.wrong("_type", "is not " + TYPE);
        }
        return new ReleaseMetadata(
                fields.value("product", Product::new),
                fields.value("name", PackageName::new),
                fields.number("release", 1, Standing.MAX_RELEASE),
                fields.has("version") ? fields.text("version") : "",
                new Content(
                        fields.number("size", 0, PackageResponse.MAX_SIZE),
                        fields.value("sha256", hex -> new Digest(Digest.Algorithm.SHA256, hex))),
                fields.has("manifest") || fields.has("manifest_size")
                        ? Optional.of(manifest(fields))
                        : Optional.empty(),
                fields.value("created", UtcSeconds::parse),
                fields.has("expires") ? Optional.of(fields.value("expires", UtcSeconds::parse)) : Optional.empty(),
                counter(fields, "min_from"),
                counter(fields, "floor"),
                revoked(fields),
                fields.has("urgent") && fields.number("urgent", 0, 1) == 1,
                fields.has("notes") ? fields.text("notes") : "");
    }

    private static Content manifest(Fields fields) {
        return new Content(
                fields.number("manifest_size", 1, Manifest.MAX_BYTES),
                fields.value("manifest", hex -> new Digest(Digest.Algorithm.SHA256, hex)));
    }

    private static List<KeyId> revoked(Fields fields) {
        List<KeyId> revoked = new ArrayList<>();
        for (String id : fields.texts("revoked")) {
            revoked.add(new KeyId(id));
        }
        return revoked;
    }

    private static long counter(Fields fields, String name) {
        return fields.has(name) ? fields.number(name, 0, Standing.MAX_RELEASE) : 0;
    }

    private static boolean hasControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static void require(boolean holds, String member, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(member + " is out of bounds: expected " + expected);
        }
    }
}
