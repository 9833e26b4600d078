package dev.otapair.protocol.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The expanded form of a zip: its contents inflated, so that a patch finds what they have in common with others, and what it takes to deflate
 * them again. All of it blocks, and takes 2 MiB at most.
 *
 * @see "PROTOCOL.md, section 9.5: Zip files"
 */
public final class ZipForm {
    /** Of a form in bytes: larger ones are not made. */
    public static final long MAX_BYTES = 4L << 30;

    /** Bytes of a form per byte of its zip, at most. */
    public static final int MAX_RATIO = 200;

    private ZipForm() {}

    /**
     * Says whether zips can be made again on this machine: zlib is not the only library of its kind, and the others deflate in other
     * ways. Takes some 20 ms of work, the first time.
     */
    public static boolean isUsable() {
        return ZlibCheck.isExact();
    }

    /**
     * Expands a zip that a board has: the same bytes come of the same ones everywhere.
     *
     * @param zip anything; does not change meanwhile
     * @param form an empty file open for writing, which is not closed; left with anything where nothing is returned or on a failure
     * @param maxBytes of the form; it has not more than {@link #maxBytes} either
     * @return empty if it would be larger, or costs too much for what it is
     * @throws IOException if a file cannot be read or written
     */
    public static Optional<ZipExpansion> expandOld(OldContent zip, FileChannel form, long maxBytes) throws IOException {
        OptionalInt usual = OptionalInt.of(ZipSegment.USUAL_LEVEL);
        try (ZipExpander expander = new ZipExpander(
                zip, form, Math.min(maxBytes, maxBytes(zip.size())), (plainAt, plain, at, compressed) -> usual)) {
            return expander.write();
        }
    }

    /**
     * Expands a zip that a board is to make. {@link ZipRebuild} has made it of the form by then, as boards do it, byte for byte.
     *
     * @param zip anything; does not change meanwhile
     * @param form an empty file open for reading and writing, which is not closed; left with anything where nothing is returned
     * @param maxBytes of the form; it has not more than {@link #maxBytes} either
     * @return empty if there is nothing to inflate that could be deflated again, or not {@link #isUsable}, or it is as with {@link #expandOld}
     * @throws IOException if a file cannot be read or written
     */
    public static Optional<ZipExpansion> expandNew(OldContent zip, FileChannel form, long maxBytes) throws IOException {
        if (!isUsable()) {
            return Optional.empty();
        }
        long bound = Math.min(maxBytes, maxBytes(zip.size()));
        try (ZipLevels levels = new ZipLevels(zip, OldContent.of(form, bound));
                ZipExpander expander = new ZipExpander(zip, form, bound, levels)) {
            Optional<ZipExpansion> made = expander.write().filter(expansion -> expansion.inflated() > 0);
            return made.isPresent() && gives(OldContent.of(form, made.get().bytes()), zip) ? made : Optional.empty();
        }
    }

    /** Returns how many bytes the form of a zip has at most. */
    public static long maxBytes(long zipBytes) {
        return zipBytes > MAX_BYTES / MAX_RATIO ? MAX_BYTES : zipBytes * MAX_RATIO;
    }

    private static boolean gives(OldContent form, OldContent zip) throws IOException {
        Comparison comparison = new Comparison(zip);
        byte[] portion = new byte[ZipInput.BYTES];
        try (ZipRebuild rebuild = new ZipRebuild(comparison, zip.size())) {
            for (long at = 0; at < form.size(); ) {
                int count = (int) Math.min(portion.length, form.size() - at);
                ZipInput.read(form, at, portion, 0, count);
                rebuild.write(portion, 0, count);
                at += count;
            }
            rebuild.finish();
        } catch (OtaException e) {
            return false;
        }
        return comparison.isSame;
    }

    static OtaException refused(String why) {
        return new OtaException(ErrorCode.DIGEST_MISMATCH, "not a form of this zip: " + why);
    }

    /** Compares what is written with a content. */
    private static final class Comparison extends OutputStream {
        private final ZipInput content;
        private long at;
        private boolean isSame = true;

        Comparison(OldContent content) {
            this.content = new ZipInput(content);
        }

        @Override
        public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            for (int done = 0; done < count && isSame; ) {
                int portion = Math.min(count - done, ZipInput.BYTES);
                int start = content.at(at, portion);
                int from = offset + done;
                isSame = Arrays.equals(bytes, from, from + portion, content.bytes(), start, start + portion);
                at += portion;
                done += portion;
            }
        }
    }
}
