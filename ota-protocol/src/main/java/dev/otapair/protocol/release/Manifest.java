package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a release consists of: its folders, files and links, in the order of their paths' bytes. Valid once constructed; immutable.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
public final class Manifest {
    /** Of the canonical text. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    private final List<ManifestEntry> entries;
    private final List<Content> objects;

    /**
     * @param entries ascending by the bytes of their paths, each folder before what lies in it
     * @throws IllegalArgumentException if they are none of a release
     */
    public Manifest(List<ManifestEntry> entries) {
        this.entries = List.copyOf(entries);
        Map<Digest, Content> distinct = new LinkedHashMap<>();
        for (ManifestEntry entry : entries) {
            if (entry instanceof ManifestEntry.File file) {
                distinct.putIfAbsent(file.content().sha256(), file.content());
            }
        }
        this.objects = List.copyOf(distinct.values());
    }

    /**
     * Reads a canonical text.
     *
     * @param text whose SHA-256 has been verified
     * @throws dev.otapair.protocol.error.OtaException METADATA_REJECTED, naming the line
     */
    public static Manifest parse(byte[] text) {
        throw new UnsupportedOperationException();
    }

    /** Returns the canonical text; the same bytes for the same release. */
    public byte[] toBytes() {
        throw new UnsupportedOperationException();
    }

    /** Returns all that it lists. */
    public List<ManifestEntry> entries() {
        return entries;
    }

    /** Returns the different contents of its files, in the order in which they are listed first: object numbers are places in this list. */
    public List<Content> objects() {
        return objects;
    }
}
