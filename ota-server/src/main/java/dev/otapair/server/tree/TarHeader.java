package dev.otapair.server.tree;

import dev.otapair.protocol.release.ManifestEntry;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What stands before each content of a tar archive, in GNU's format: tar, busybox and libarchive read it, long names and large numbers
 * included. Holds what a manifest says and nothing else, so it is the same wherever it is made.
 *
 * @see "GNU tar manual, Basic Tar Format"
 */
final class TarHeader {
    static final int RECORD_BYTES = 512;

    private static final char FILE = '0';
    private static final char LINK = '2';
    private static final char FOLDER = '5';
    private static final char LONG_TARGET = 'K';
    private static final char LONG_NAME = 'L';
    private static final int LINK_MODE = 0777;
    private static final int TEXT_BYTES = 100;
    private static final String LONG = "././@LongLink";

    private final byte[] record = new byte[RECORD_BYTES];

    private TarHeader() {}

    /** Returns all that stands before the content of an entry: whole records. */
    static byte[] of(ManifestEntry entry) {
        if (entry instanceof ManifestEntry.Folder folder) {
            return header(entry, folder.path() + "/", "", FOLDER, folder.mode(), 0);
        }
        if (entry instanceof ManifestEntry.Link link) {
            return header(entry, link.path(), link.target(), LINK, LINK_MODE, 0);
        }
        if (entry instanceof ManifestEntry.File file) {
            return header(
                    entry, file.path(), "", FILE, file.mode(), file.content().size());
        }
        throw new IllegalStateException("unknown kind of entry: " + entry);
    }

    private static byte[] header(ManifestEntry entry, String name, String target, char kind, int mode, long size) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] targetBytes = target.getBytes(StandardCharsets.UTF_8);
        all.writeBytes(whereTooLong(targetBytes, LONG_TARGET));
        all.writeBytes(whereTooLong(nameBytes, LONG_NAME));
        TarHeader header = new TarHeader();
        header.put(nameBytes, 0);
        header.put(targetBytes, 157);
        header.number(entry.owner(), 108, 8);
        header.number(entry.group(), 116, 8);
        header.number(entry.modified(), 136, 12);
        all.writeBytes(header.finished(kind, mode, size));
        return all.toByteArray();
    }

    /** Returns the entry that carries a text for the next one; nothing where that has room for it. */
    private static byte[] whereTooLong(byte[] text, char kind) {
        if (text.length <= TEXT_BYTES) {
            return new byte[0];
        }
        TarHeader header = new TarHeader();
        header.put(LONG.getBytes(StandardCharsets.US_ASCII), 0);
        header.number(0, 108, 8);
        header.number(0, 116, 8);
        header.number(0, 136, 12);
        int size = text.length + 1;
        byte[] content = Arrays.copyOf(text, size + padding(size));
        return ByteBuffer.allocate(RECORD_BYTES + content.length)
                .put(header.finished(kind, 0, size))
                .put(content)
                .array();
    }

    /** Returns how many bytes fill up the last record of a content. */
    static int padding(long size) {
        return (int) (-size & RECORD_BYTES - 1);
    }

    private byte[] finished(char kind, int mode, long size) {
        number(mode, 100, 8);
        number(size, 124, 12);
        record[156] = (byte) kind;
        put("ustar  ".getBytes(StandardCharsets.US_ASCII), 257);
        Arrays.fill(record, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : record) {
            sum += each & 0xff;
        }
        put("%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII), 148);
        return record;
    }

    /** A text that is too long is cut: the entry before this one has all of it. */
    private void put(byte[] text, int offset) {
        System.arraycopy(text, 0, record, offset, Math.min(text.length, TEXT_BYTES));
    }

    /** Octal where there is room for it, else binary, marked by the highest bit. */
    private void number(long value, int offset, int length) {
        String octal = Long.toOctalString(value);
        if (octal.length() < length) {
            put(("0".repeat(length - 1 - octal.length()) + octal).getBytes(StandardCharsets.US_ASCII), offset);
        } else {
            Arrays.fill(record, offset, offset + length, (byte) (value < 0 ? 0xff : 0));
            ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).putLong(value);
            int count = Math.min(Long.BYTES, length);
            System.arraycopy(bytes.array(), Long.BYTES - count, record, offset + length - count, count);
            record[offset] |= (byte) 0x80;
        }
    }
}
