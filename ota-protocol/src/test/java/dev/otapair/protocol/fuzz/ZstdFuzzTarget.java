package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.ZstdException;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.delta.ZstdPatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Whatever a frame says, it is decoded or refused by the one exception, in bounds; and a patch of nothing makes what the frame
 * makes.
 */
public final class ZstdFuzzTarget {
    private static final int MAX_WINDOW_BYTES = 1 << 20;
    private static final int MAX_CONTENT_BYTES = 1 << 18;
    private static final byte[] OLD = old();

    private ZstdFuzzTarget() {}

    /** @param data frames */
    public static void fuzzerTestOneInput(byte[] data) {
        byte[] content = decoded(data);
        if (content.length > 0 && content.length <= MAX_CONTENT_BYTES) {
            byte[] made = applied(data, new byte[0], content.length);
            // What is to be skipped may follow a frame, or another frame, but not a patch.
            if (made.length > 0 && !Arrays.equals(content, made)) {
                throw new AssertionError("a patch of nothing makes another content");
            }
        }
        applied(data, OLD, 1000);
    }

    private static byte[] decoded(byte[] data) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        byte[] piece = new byte[4096];
        try (ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(data), MAX_WINDOW_BYTES)) {
            int count = in.read(piece);
            while (count >= 0 && content.size() <= MAX_CONTENT_BYTES) {
                content.write(piece, 0, count);
                count = in.read(piece);
            }
            return content.toByteArray();
        } catch (ZstdException e) {
            return new byte[0];
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] applied(byte[] patch, byte[] old, int size) {
        Made made = new Made(size);
        try {
            ZstdPatch.apply(new ByteArrayInputStream(patch), new Old(old), made, size);
            return made.bytes.array();
        } catch (ZstdException e) {
            return new byte[0];
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] old() {
        byte[] old = new byte[300];
        for (int i = 0; i < old.length; i++) {
            old[i] = (byte) (i * i);
        }
        return old;
    }

    private record Old(byte[] bytes) implements OldContent {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long position, ByteBuffer into) {
            int count = into.remaining();
            into.put(bytes, Math.toIntExact(position), count);
        }
    }

    /** Breaks where more is appended than it was made for, or what was not appended is read. */
    private static final class Made implements NewContent {
        private final ByteBuffer bytes;

        Made(int size) {
            bytes = ByteBuffer.allocate(size);
        }

        @Override
        public void append(ByteBuffer piece) {
            bytes.put(piece);
        }

        @Override
        public void read(long position, ByteBuffer into) {
            into.put(bytes.duplicate()
                    .flip()
                    .position(Math.toIntExact(position))
                    .slice()
                    .limit(into.remaining()));
        }
    }
}
