package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.PatchHeader.Stream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Patches in memory, for tests. What stands for zstd is a coder that changes every byte, and is never the smaller one. */
public final class Patches {
    private static final int MASK = 0x5a;

    private Patches() {}

    static byte[] write(Path scratch, byte[] old, byte[] made) throws IOException {
        ByteArrayOutputStream patch = new ByteArrayOutputStream();
        new PatchWriter(scratch, Patches::mask).write(old, made, new int[0], patch);
        return patch.toByteArray();
    }

    /** Applies a patch; what it makes is kept up to {@code newSize} bytes, and it is an error to make more. */
    public static byte[] apply(byte[] patch, byte[] old, int newSize) throws IOException {
        Bounded made = new Bounded(newSize);
        new PatchReader(Patches::unmask).apply(bytes(patch), 0, patch.length, old(old), newSize, made);
        return made.toByteArray();
    }

    static PatchBytes bytes(byte[] bytes) {
        return (into, position) -> {
            if (position >= bytes.length) {
                return -1;
            }
            int count = (int) Math.min(into.remaining(), bytes.length - position);
            into.put(bytes, (int) position, count);
            return count;
        };
    }

    static OldContent old(byte[] bytes) {
        return new OldContent() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public void read(long position, ByteBuffer into) {
                into.put(bytes, Math.toIntExact(position), into.remaining());
            }
        };
    }

    /** Puts a patch together of streams as they are. */
    static byte[] raw(long newSize, byte[] control, byte[] diff, byte[] extra) throws IOException {
        return whole(
                new PatchHeader(
                        newSize,
                        Arithmetic.WORDS,
                        Stream.raw(control.length),
                        Stream.raw(diff.length),
                        Stream.raw(extra.length)),
                control,
                diff,
                extra);
    }

    static byte[] whole(PatchHeader header, byte[]... streams) throws IOException {
        ByteArrayOutputStream patch = new ByteArrayOutputStream();
        header.write(patch);
        for (byte[] stream : streams) {
            patch.write(stream);
        }
        return patch.toByteArray();
    }

    static byte[] control(long... numbers) throws IOException {
        ByteArrayOutputStream control = new ByteArrayOutputStream();
        for (long number : numbers) {
            Varint.write(control, number);
        }
        return control.toByteArray();
    }

    static void mask(InputStream plain, long length, int window, OutputStream coded) throws IOException {
        for (int read = plain.read(); read >= 0; read = plain.read()) {
            coded.write(read ^ MASK);
        }
    }

    static InputStream unmask(InputStream coded, int window) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                int read = coded.read();
                return read < 0 ? read : read ^ MASK;
            }
        };
    }

    private static final class Bounded extends ByteArrayOutputStream {
        private final int limit;

        Bounded(int limit) {
            this.limit = limit;
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            if (size() + length > limit) {
                throw new AssertionError("more than " + limit + " bytes are made");
            }
            super.write(bytes, offset, length);
        }
    }
}
