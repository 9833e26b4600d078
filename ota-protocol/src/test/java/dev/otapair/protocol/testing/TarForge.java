package dev.otapair.protocol.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes tar archives, record by record, as no archiver would. */
public final class TarForge {
    public static final int RECORD = 512;
    public static final int SECONDS = 1_700_000_000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public static TarForge tar() {
        return new TarForge();
    }

    public TarForge file(String name, String content) {
        return entry('0', name, "", 0644, content.getBytes(StandardCharsets.UTF_8));
    }

    public TarForge folder(String name) {
        return entry('5', name, "", 0755, new byte[0]);
    }

    public TarForge link(String name, String target) {
        return entry('2', name, target, 0777, new byte[0]);
    }

    public TarForge hardLink(String name, String target) {
        return entry('1', name, target, 0644, new byte[0]);
    }

    /** Puts attributes of the next entry before it. */
    public TarForge pax(String... keysAndValues) {
        return entry('x', "pax", "", 0644, paxRecords(keysAndValues));
    }

    /** Puts the long name of the next entry before it. */
    public TarForge longName(String name) {
        return entry('L', "././@LongLink", "", 0644, (name + "\0").getBytes(StandardCharsets.UTF_8));
    }

    public TarForge entry(char type, String name, String target, int mode, byte[] content) {
        return header(type, name, target, mode, content.length).content(content);
    }

    /** Puts a header alone. */
    public TarForge header(char type, String name, String target, int mode, long size) {
        byte[] header = new byte[RECORD];
        put(header, 0, 100, name);
        put(header, 100, 8, "%07o".formatted(mode));
        put(header, 108, 8, "%07o".formatted(0));
        put(header, 116, 8, "%07o".formatted(0));
        put(header, 124, 12, "%011o".formatted(size));
        put(header, 136, 12, "%011o".formatted(SECONDS));
        header[156] = (byte) type;
        put(header, 157, 100, target);
        put(header, 257, 8, "ustar\00000");
        return record(withChecksum(header));
    }

    public TarForge content(byte[] content) {
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[-content.length & RECORD - 1]);
        return this;
    }

    public TarForge record(byte[] record) {
        bytes.writeBytes(record);
        return this;
    }

    /** Returns the archive, with the two empty records at its end. */
    public byte[] end() {
        bytes.writeBytes(new byte[2 * RECORD]);
        return bytes.toByteArray();
    }

    /** Returns what there is so far. */
    public byte[] withoutEnd() {
        return bytes.toByteArray();
    }

    public static byte[] withChecksum(byte[] header) {
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, 148, 7, "%06o".formatted(sum));
        return header;
    }

    private static byte[] paxRecords(String... keysAndValues) {
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            byte[] record =
                    " %s=%s\n".formatted(keysAndValues[i], keysAndValues[i + 1]).getBytes(StandardCharsets.UTF_8);
            int length = record.length + 1;
            while (record.length + Integer.toString(length).length() != length) {
                length = record.length + Integer.toString(length).length();
            }
            records.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
            records.writeBytes(record);
        }
        return records.toByteArray();
    }

    private static void put(byte[] target, int offset, int length, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, target, offset, Math.min(bytes.length, length));
    }
}
