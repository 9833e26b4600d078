package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.PatchHeader.Coder;
import dev.otapair.protocol.delta.PatchHeader.Stream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;

/**
 * Makes patches; for one thread at a time, which it keeps busy: about 0.2 seconds per million old bytes, and one per million
 * bytes that differ.
 *
 * <p>Heap besides the two contents, which the caller has: {@link #heapBytes}. Files: in a folder, at most four times the new bytes, gone afterwards.
 *
 * @see "PROTOCOL.md, section 9.4: Patches"
 */
public final class PatchWriter {
    /** Old bytes at most: they have to fit an array, and their numbers another one. */
    public static final int MAX_OLD = Integer.MAX_VALUE - 64;

    private static final int MAX_CONTROL_WINDOW = 1024 * 1024;
    private static final int MAX_LARGER_WINDOW = 12 * 1024 * 1024;
    private static final int NICE_LENGTH = 273;
    private static final int DEPTH = 512;
    private static final int MEBIBYTE = 1024 * 1024;

    /** Streams above are tried by a sample of that size. */
    private static final int SAMPLE = MEBIBYTE;

    private static final int SAMPLES = 16;

    /** lc, lp, pb: each was the best one at times, of text, of executables, of what they differ in. */
    private static final int[][] SETTINGS = {{3, 0, 2}, {3, 0, 0}, {0, 0, 0}, {0, 2, 2}};

    private final Path scratch;
    private final StreamCoder zstd;

    /**
     * @param scratch a folder for temporary files, on a disk rather than in memory
     * @param zstd codes what is smaller so
     */
    public PatchWriter(Path scratch, StreamCoder zstd) {
        this.scratch = scratch;
        this.zstd = zstd;
    }

    /**
     * Returns how much heap a patch takes at most, without the two contents: 4 bytes per old byte, 6 of such as never occur in
     * practice, whose bytes go up and down all the time, and 64 MiB besides; or 200 MiB for its coders, later on.
     */
    public static long heapBytes(long oldSize) {
        return Math.max(4 * oldSize + 64L * MEBIBYTE, 200L * MEBIBYTE);
    }

    /**
     * Writes a patch; the same bytes for the same contents, as long as the coders do so. Blocks.
     *
     * @param old at most {@link #MAX_OLD} bytes; not changed meanwhile
     * @param made what the patch is to make of it
     * @param objects where in {@code made} its objects begin, ascending: code is aligned to the beginning of its file, and patches
     *     are smaller for knowing it; may be empty
     * @param patch written to, not closed
     * @throws IOException if {@code patch} or the temporary files cannot be written
     */
    public void write(byte[] old, byte[] made, int[] objects, OutputStream patch) throws IOException {
        try (Spool control = new Spool(scratch);
                Spool bytes = new Spool(scratch);
                Spool words = new Spool(scratch);
                Spool extra = new Spool(scratch)) {
            Steps steps = new Steps(old, made, objects, align(old, made));
            steps.write(control, bytes, words, extra);
            int controlWindow = Window.atMost(MAX_CONTROL_WINDOW, control.length());
            boolean isDiffLarger = words.length() >= extra.length();
            int largerWindow = Window.atMost(MAX_LARGER_WINDOW, Math.max(words.length(), extra.length()));
            int smallerWindow = Window.atMost(
                    PatchHeader.MAX_WINDOWS - MAX_CONTROL_WINDOW - largerWindow,
                    Math.min(words.length(), extra.length()));
            int diffWindow = isDiffLarger ? largerWindow : smallerWindow;
            Best ofBytes = best(bytes, diffWindow);
            Best ofWords = best(words, diffWindow);
            boolean isByBytes = ofBytes.size < ofWords.size;
            try (Coded codedControl = code(control, best(control, controlWindow));
                    Coded codedDiff = isByBytes ? code(bytes, ofBytes) : code(words, ofWords);
                    Coded codedExtra = code(extra, best(extra, isDiffLarger ? smallerWindow : largerWindow))) {
                new PatchHeader(
                                made.length,
                                isByBytes ? Arithmetic.BYTES : steps.ofWords(),
                                codedControl.header,
                                codedDiff.header,
                                codedExtra.header)
                        .write(patch);
                codedControl.bytes.copyTo(patch);
                codedDiff.bytes.copyTo(patch);
                codedExtra.bytes.copyTo(patch);
            }
        }
    }

    /** The finder is garbage afterwards: the coders need its room. */
    private static Alignment align(byte[] old, byte[] made) {
        return Alignment.of(new MatchFinder(old), old, made);
    }

    private Coded code(Spool plain, Best best) throws IOException {
        Coded raw = codeRaw(plain);
        return plain.length() == 0 ? raw : raw.orSmaller(best.way.code(plain));
    }

    /** Tries all ways, with a sample of what is large. */
    private Best best(Spool plain, int window) throws IOException {
        if (plain.length() <= SAMPLE) {
            return bestOf(plain, window);
        }
        long step = plain.length() / SAMPLES;
        try (Spool sample = new Spool(scratch)) {
            for (int i = 0; i < SAMPLES; i++) {
                try (InputStream part = plain.read(i * step, SAMPLE / SAMPLES)) {
                    part.transferTo(sample);
                }
            }
            return bestOf(sample, window);
        }
    }

    private Best bestOf(Spool plain, int window) throws IOException {
        Best best = new Best(new Way(Coder.LZMA, window, SETTINGS[0]), Long.MAX_VALUE);
        List<Way> ways = new ArrayList<>(List.of(new Way(Coder.ZSTD, window, SETTINGS[0])));
        for (int[] setting : SETTINGS) {
            ways.add(new Way(Coder.LZMA, window, setting));
        }
        for (Way way : plain.length() == 0 ? List.<Way>of() : ways) {
            try (Coded coded = way.code(plain)) {
                long size = coded.header.codedLength();
                best = size < best.size ? new Best(way, size) : best;
            }
        }
        return best;
    }

    /** The way that was best, and how many bytes came of it. */
    private record Best(Way way, long size) {}

    private Coded codeRaw(Spool plain) throws IOException {
        Spool bytes = new Spool(scratch);
        plain.copyTo(bytes);
        return new Coded(Stream.raw(plain.length()), bytes);
    }

    /** A stream, coded; closed by whoever has it. */
    private record Coded(Stream header, Spool bytes) implements AutoCloseable {
        /** Closes the larger one. */
        Coded orSmaller(Coded other) throws IOException {
            boolean isSmaller = other.header.codedLength() < header.codedLength();
            (isSmaller ? this : other).close();
            return isSmaller ? other : this;
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }

    /** A coder with its settings. */
    private final class Way {
        private final Coder coder;
        private final int window;
        private final int[] setting;

        Way(Coder coder, int window, int[] setting) {
            this.coder = coder;
            this.window = window;
            this.setting = setting;
        }

        Coded code(Spool plain) throws IOException {
            long length = plain.length();
            Spool bytes = new Spool(scratch);
            try (InputStream in = plain.read(0, length)) {
                int properties = 0;
                if (coder == Coder.ZSTD) {
                    zstd.code(in, length, window, bytes);
                } else {
                    LZMA2Options options = new LZMA2Options(
                            window,
                            setting[0],
                            setting[1],
                            setting[2],
                            LZMA2Options.MODE_NORMAL,
                            NICE_LENGTH,
                            LZMA2Options.MF_BT4,
                            DEPTH);
                    LZMAOutputStream lzma = new LZMAOutputStream(bytes, options, false);
                    in.transferTo(lzma);
                    lzma.finish();
                    properties = lzma.getProps();
                }
                return new Coded(new Stream(coder, length, bytes.length(), window, properties), bytes);
            } catch (IOException | RuntimeException e) {
                bytes.close();
                throw e;
            }
        }
    }
}
