package dev.otapair.protocol.delta;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * Patches from one zip to another by their expanded forms. One that is made is good while the files are open that it was made of, and do not
 * change.
 *
 * @see "PROTOCOL.md, section 9.5: Zip files"
 */
public final class ZipPatch {
    /** The lowest bit of the number that a piece begins with: behind its form, the old zip counts as old bytes as well. */
    private static final int WITH_ZIP = 1;

    private final OldContent old;
    private final OldContent made;
    private final boolean isWithZip;

    private ZipPatch(OldContent old, OldContent made, boolean isWithZip) {
        this.old = old;
        this.made = made;
        this.isWithZip = isWithZip;
    }

    /**
     * Expands both zips; blocks, and takes 2 MiB.
     *
     * @param old anything
     * @param oldForm an empty file open for reading and writing; left with anything
     * @param made anything
     * @param madeForm likewise
     * @param maxBytes of each form
     * @return empty if they are no zips, or such as cannot be made of their contents
     * @throws IOException if a file cannot be read or written
     */
    public static Optional<ZipPatch> prepare(
            OldContent old, FileChannel oldForm, OldContent made, FileChannel madeForm, long maxBytes)
            throws IOException {
        Optional<ZipExpansion> expanded = ZipForm.expandNew(made, madeForm, maxBytes);
        Optional<ZipExpansion> oldExpanded =
                expanded.isEmpty() ? Optional.empty() : ZipForm.expandOld(old, oldForm, maxBytes);
        if (oldExpanded.filter(expansion -> expansion.inflated() > 0).isEmpty()) {
            return Optional.empty();
        }
        boolean isWithZip = expanded.get().kept() > 0;
        OldContent form = OldContent.of(oldForm, oldExpanded.get().bytes());
        return Optional.of(new ZipPatch(
                isWithZip ? new Both(form, old) : form,
                OldContent.of(madeForm, expanded.get().bytes()),
                isWithZip));
    }

    /** Returns how many old bytes the patch has: what counts for {@link PatchWriter#heapBytes}. */
    public long oldBytes() {
        return old.size();
    }

    /** Returns how many new bytes the patch has. */
    public long newBytes() {
        return made.size();
    }

    /**
     * Writes the piece; takes what the writer takes, and both contents in memory.
     *
     * @param piece written to, not closed
     * @throws IOException if a file cannot be read, or {@code piece} not be written
     */
    public void write(PatchWriter writer, OutputStream piece) throws IOException {
        Varint.write(piece, made.size() << 1 | (isWithZip ? WITH_ZIP : 0));
        writer.write(bytes(old), bytes(made), new int[0], piece);
    }

    /**
     * Makes a zip of an old one and a piece, which may be anything; blocks. Takes what the reader takes, and 2 MiB.
     *
     * @param piece read from its beginning on
     * @param length of the piece in bytes
     * @param old the zip that the piece was made for
     * @param form an empty file open for reading and writing; left with the old zip's form
     * @param maxForm bytes that there is room for in it
     * @param newSize bytes that have to come of it, 0 or more
     * @param made gets them in order, in portions of 128 KiB at most; not closed. After a failure it has some of them
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if the piece is damaged, none for these zips, or too large for the room
     * @throws IOException as the files do
     */
    public static void apply(
            PatchReader reader,
            PatchBytes piece,
            long length,
            OldContent old,
            FileChannel form,
            long maxForm,
            long newSize,
            OutputStream made)
            throws IOException {
        PatchRange begin = new PatchRange(piece, 0, length);
        long word = Varint.read(begin);
        long formBytes = word >>> 1;
        if (formBytes > ZipForm.maxBytes(newSize)) {
            throw ZipForm.refused("%d bytes of it for a zip of %d".formatted(formBytes, newSize));
        }
        ZipExpansion expansion = ZipForm.expandOld(old, form, maxForm)
                .orElseThrow(() -> ZipForm.refused("the old one has none of at most %d bytes".formatted(maxForm)));
        OldContent expanded = OldContent.of(form, expansion.bytes());
        OldContent oldBytes = (word & WITH_ZIP) == 0 ? expanded : new Both(expanded, old);
        try (ZipRebuild rebuild = new ZipRebuild(made, newSize)) {
            reader.apply(piece, length - begin.left(), begin.left(), oldBytes, formBytes, rebuild);
            rebuild.finish();
        }
    }

    private static byte[] bytes(OldContent content) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(content.size())];
        ZipInput.read(content, 0, bytes, 0, bytes.length);
        return bytes;
    }

    /** Two contents, one after the other. */
    private record Both(OldContent first, OldContent second) implements OldContent {
        @Override
        public long size() {
            return first.size() + second.size();
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            int end = into.limit();
            long inFirst = Math.max(0, Math.min(first.size() - position, into.remaining()));
            if (inFirst > 0) {
                first.read(position, into.limit(into.position() + (int) inFirst));
                into.limit(end);
            }
            if (into.hasRemaining()) {
                second.read(position + inFirst - first.size(), into);
            }
        }
    }
}
