package dev.otapair.protocol.delta;

import java.io.IOException;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Finds out whether this machine's zlib is the one that everybody means, or one that deflates in another way: then zips cannot be made again here
 * of their contents. Stateless.
 */
final class ZlibCheck {
    /** One of each way to look for matches. */
    private static final List<Integer> LEVELS = List.of(1, 4, 6, 9);

    private static final int CONTENT_BYTES = 96 * 1024;
    private static final int WORDS = 512;
    private static final int MAX_WORD = 12;

    /** CRC-32 of what zlib 1.2.3 to 1.3.1 make. */
    private static final int EXPECTED = 0xcbd3_edd0;

    private ZlibCheck() {}

    /** Deflates some 400 KB, the first time. */
    static boolean isExact() {
        return Finding.IS_EXACT;
    }

    /** It stays what it is as long as the process runs. */
    private static final class Finding {
        static final boolean IS_EXACT = deflated() == EXPECTED;
    }

    private static int deflated() {
        byte[] content = content();
        CRC32 checksum = new CRC32();
        try (ZipDeflater deflater = new ZipDeflater()) {
            for (int level : LEVELS) {
                deflater.begin(level);
                deflater.write(content, 0, content.length, (bytes, count) -> checksum.update(bytes, 0, count));
                deflater.finish((bytes, count) -> checksum.update(bytes, 0, count));
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be written", e);
        }
        return (int) checksum.getValue();
    }

    /** Words of two dozen letters, many of them again and again, and more of it than the window that zlib moves in. */
    private static byte[] content() {
        byte[] content = new byte[CONTENT_BYTES];
        int random = 1;
        int filled = 0;
        while (filled < content.length) {
            random = next(random);
            int word = random >>> 16 & WORDS - 1;
            int letters = Math.min(2 + word % MAX_WORD, content.length - filled);
            for (int i = 0; i < letters; i++) {
                word = next(word);
                content[filled++] = (byte) ('a' + (word >>> 16) % 24);
            }
        }
        return content;
    }

    private static int next(int random) {
        return random * 1_103_515_245 + 12_345 & Integer.MAX_VALUE;
    }
}
