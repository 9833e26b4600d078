package dev.otapair.protocol.delta;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** Finds out how contents of a zip were deflated, by doing it again. To be closed; not thread-safe. */
final class ZipLevels implements ZipExpander.Levels, AutoCloseable {
    /** As often as they are met. */
    private static final List<Integer> ALL = List.of(6, 9, 1, 5, 8, 7, 4, 3, 2);

    private final List<Integer> order = new ArrayList<>(ALL);
    private final OldContent plain;
    private final ZipInput zip;
    private final ZipDeflater deflater = new ZipDeflater();
    private final byte[] buffer = new byte[ZipInput.BYTES];

    /** @param plain the file of the form, as far as it is written */
    ZipLevels(OldContent zip, OldContent plain) {
        this.plain = plain;
        this.zip = new ZipInput(zip);
    }

    /** What gave the last content is tried first. */
    @Override
    public OptionalInt of(long plainAt, long plainBytes, long compressedAt, long compressed) throws IOException {
        for (int i = 0; i < order.size(); i++) {
            int level = order.get(i);
            if (gives(level, plainAt, plainBytes, new Comparison(compressedAt, compressed))) {
                order.add(0, order.remove(i));
                return OptionalInt.of(level);
            }
        }
        return OptionalInt.empty();
    }

    private boolean gives(int level, long plainAt, long plainBytes, Comparison comparison) throws IOException {
        deflater.begin(level);
        for (long done = 0; done < plainBytes && comparison.isSame; ) {
            int count = (int) Math.min(buffer.length, plainBytes - done);
            ZipInput.read(plain, plainAt + done, buffer, 0, count);
            deflater.write(buffer, 0, count, comparison);
            done += count;
        }
        if (comparison.isSame) {
            deflater.finish(comparison);
        }
        return comparison.isSame && comparison.left == 0;
    }

    @Override
    public void close() {
        deflater.close();
    }

    /** Compares what is deflated with what the zip has. */
    private final class Comparison implements ZipDeflater.Sink {
        private long at;
        private long left;
        private boolean isSame = true;

        Comparison(long at, long left) {
            this.at = at;
            this.left = left;
        }

        @Override
        public void take(byte[] bytes, int count) throws IOException {
            isSame = isSame && count <= left;
            if (isSame && count > 0) {
                int start = zip.at(at, count);
                isSame = Arrays.equals(bytes, 0, count, zip.bytes(), start, start + count);
                at += count;
                left -= count;
            }
        }
    }
}
