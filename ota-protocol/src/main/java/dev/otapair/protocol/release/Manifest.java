package dev.otapair.protocol.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.function.IntFunction;

/**
 * What a release consists of: its folders, files and links, in the order of their paths' bytes. Valid once constructed; immutable.
 *
 * <p>Holds its text and where the lines begin; an entry is read from it whenever it is asked for, so that a small board has room for a
 * long manifest. Who needs the same entries often keeps them.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
public final class Manifest {
    /** Of the canonical text. */
    public static final int MAX_BYTES = 16 * 1024 * 1024;

    /** What {@link #objectOf} says of a folder or link. */
    public static final int NO_OBJECT = ManifestIndex.NO_OBJECT;

    private static final String TYPE = "ota-manifest/1\n";

    private final byte[] text;
    private final int[] starts;
    private final int[] objectOfEntry;
    private final int[] entryOfObject;

    /**
     * @param entries ascending by the bytes of their paths, each folder before what lies in it; files of one SHA-256 have one size and
     *     one MD5
     * @throws IllegalArgumentException if they are none of a release, or their text has more than {@link #MAX_BYTES}
     */
    public Manifest(List<ManifestEntry> entries) {
        this(textOf(entries));
    }

    private Manifest(byte[] text) {
        ManifestIndex index = indexOf(text);
        this.text = text;
        this.starts = index.starts();
        this.objectOfEntry = index.objectOfEntry();
        this.entryOfObject = index.entryOfObject();
        requireOneContentPerObject();
    }

    /**
     * Reads a canonical text, in time that grows with its length and with nothing else.
     *
     * @param text whose SHA-256 has been verified; handed over, not to be changed any more
     * @throws OtaException METADATA_REJECTED, naming the line
     */
    public static Manifest parse(byte[] text) {
        try {
            return new Manifest(text);
        } catch (IllegalArgumentException e) {
            throw new OtaException(ErrorCode.METADATA_REJECTED, "the manifest is refused: " + e.getMessage(), e);
        }
    }

    /** Returns the canonical text, a copy; the same bytes for the same release. */
    public byte[] toBytes() {
        return text.clone();
    }

    /** Returns what its release's metadata says of it: size and SHA-256 of the text. Computed at each call. */
    public Content content() {
        return new Content(text.length, ContentDigester.sha256Of(text));
    }

    /** Returns the SHA-256 of the text, by which plans name it. Computed at each call. */
    public Digest sha256() {
        return content().sha256();
    }

    /** Returns all that it lists. */
    public List<ManifestEntry> entries() {
        return new View<>(starts.length, this::entry);
    }

    /**
     * Returns the different contents of its files, in the order in which they are listed first: object numbers are places in this list.
     * The empty content, which no piece makes, is one of them.
     */
    public List<Content> objects() {
        return new View<>(
                entryOfObject.length, number -> file(entryOfObject[number]).content());
    }

    /**
     * Returns which object a file is.
     *
     * @param entry its place in {@link #entries}
     * @return its place in {@link #objects}, or {@link #NO_OBJECT} for a folder or link
     */
    public int objectOf(int entry) {
        return objectOfEntry[entry];
    }

    /**
     * Says what an update does to a board's entries; folders and links count as files do.
     *
     * @param base what the board has; empty when it has nothing
     */
    public Change changeFrom(Optional<Manifest> base) {
        return base.map(this::changeFrom).orElseGet(() -> new Change(starts.length, 0, 0));
    }

    private Change changeFrom(Manifest base) {
        int both = 0;
        int changed = 0;
        int next = 0;
        for (int i = 0; i < starts.length && next < base.starts.length; i++) {
            ManifestEntry entry = entry(i);
            byte[] key = ManifestIndex.key(entry);
            int order = 1;
            while (next < base.starts.length && order > 0) {
                ManifestEntry old = base.entry(next);
                order = Arrays.compareUnsigned(key, ManifestIndex.key(old));
                both += order == 0 ? 1 : 0;
                changed += order == 0 && !old.equals(entry) ? 1 : 0;
                next += order >= 0 ? 1 : 0;
            }
        }
        return new Change(starts.length - both, changed, base.starts.length - both);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Manifest that && Arrays.equals(text, that.text);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(text);
    }

    @Override
    public String toString() {
        return "manifest of %d entries, %d objects".formatted(starts.length, entryOfObject.length);
    }

    private ManifestEntry entry(int index) {
        return ManifestLine.read(text, starts[index], lineEnd(text, starts[index]));
    }

    private ManifestEntry.File file(int index) {
        if (entry(index) instanceof ManifestEntry.File file) {
            return file;
        }
        throw new IllegalStateException("entry %d is no file".formatted(index));
    }

    private static byte[] textOf(List<ManifestEntry> entries) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(TYPE.getBytes(StandardCharsets.US_ASCII));
        for (ManifestEntry entry : entries) {
            text.writeBytes(ManifestLine.of(entry));
            requireLength(text.size());
        }
        return text.toByteArray();
    }

    private static ManifestIndex indexOf(byte[] text) {
        requireLength(text.length);
        int start = lineEnd(text, 0);
        require(new String(text, 0, start, StandardCharsets.ISO_8859_1).equals(TYPE), 1, "is not " + TYPE.strip());
        ManifestIndex index = new ManifestIndex();
        for (int line = 2; start < text.length; line++) {
            int end = lineEnd(text, start);
            try {
                ManifestEntry entry = ManifestLine.read(text, start, end);
                ManifestLine.requireWritten(entry, text, start, end);
                index.add(entry, start);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line %d: %s".formatted(line, e.getMessage()), e);
            }
            start = end;
        }
        return index;
    }

    private void requireOneContentPerObject() {
        for (int i = 0; i < starts.length; i++) {
            if (objectOfEntry[i] != NO_OBJECT && entryOfObject[objectOfEntry[i]] != i) {
                ManifestEntry.File one = file(entryOfObject[objectOfEntry[i]]);
                ManifestEntry.File other = file(i);
                require(
                        one.content().equals(other.content()) && one.md5().equals(other.md5()),
                        i + 2,
                        "has another size or MD5 than a line before it of the same SHA-256");
            }
        }
    }

    private static void requireLength(int length) {
        if (length > MAX_BYTES) {
            throw new IllegalArgumentException("it has more than %d bytes".formatted(MAX_BYTES));
        }
    }

    private static void require(boolean holds, int line, String fault) {
        if (!holds) {
            throw new IllegalArgumentException("line %d: %s".formatted(line, fault));
        }
    }

    /** Returns where the next line begins. */
    private static int lineEnd(byte[] text, int start) {
        int end = start;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        return Math.min(end + 1, text.length);
    }

    /** Makes its elements when they are asked for. */
    private static final class View<T> extends AbstractList<T> implements RandomAccess {
        private final int size;
        private final IntFunction<T> element;

        View(int size, IntFunction<T> element) {
            this.size = size;
            this.element = element;
        }

        @Override
        public T get(int index) {
            return element.apply(Objects.checkIndex(index, size));
        }

        @Override
        public int size() {
            return size;
        }
    }
}
