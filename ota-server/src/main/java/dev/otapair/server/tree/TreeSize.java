package dev.otapair.server.tree;

import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.nio.charset.StandardCharsets;

/**
 * How large a tree is.
 *
 * @param files in it, not counting folders and links
 * @param bytes in those, each content as often as there are files of it
 */
public record TreeSize(long files, long bytes) {
    /** Of a file's line: mode, owner, group and time come before the size. */
    private static final int FIELDS_BEFORE_SIZE = 5;

    /** Counts. */
    public static TreeSize of(Manifest manifest) {
        long files = 0;
        long bytes = 0;
        for (ManifestEntry entry : manifest.entries()) {
            if (entry instanceof ManifestEntry.File file) {
                files++;
                bytes += file.content().size();
            }
        }
        return new TreeSize(files, bytes);
    }

    /**
     * Counts in a manifest's text, many times as fast as it can be read.
     *
     * @param text of a manifest that was valid; of another one the result is of no use
     * @see "PROTOCOL.md, section 9.1: Manifests"
     */
    public static TreeSize ofText(byte[] text) {
        long files = 0;
        long bytes = 0;
        for (int start = 0; start < text.length; ) {
            int end = indexOf('\n', text, start);
            if (text[start] == 'f') {
                files++;
                bytes += size(new String(text, start, end - start, StandardCharsets.ISO_8859_1));
            }
            start = end + 1;
        }
        return new TreeSize(files, bytes);
    }

    private static long size(String line) {
        int start = 0;
        for (int field = 0; field < FIELDS_BEFORE_SIZE; field++) {
            start = line.indexOf(' ', start) + 1;
        }
        int end = line.indexOf(' ', start);
        return end < 0 ? 0 : Long.parseLong(line, start, end, 10);
    }

    private static int indexOf(char letter, byte[] text, int start) {
        int at = start;
        while (at < text.length && text[at] != letter) {
            at++;
        }
        return at;
    }
}
