package dev.otapair.client.install;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Makes zip archives, in which the headers before the contents and those of the directory need not be the same. */
final class ZipForge {
    static final int STORED = 0;
    static final int DEFLATED = 8;
    static final int FILE = 0100644;
    static final int FOLDER = 0040755;
    static final int LINK = 0120777;

    private static final int UNIX = 3 << 8 | 20;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<Entry> directory = new ArrayList<>();

    /** What a header says. */
    record Entry(String name, int flags, int method, long crc, long packed, long size, int mode, long offset) {
        Entry named(String other) {
            return new Entry(other, flags, method, crc, packed, size, mode, offset);
        }

        Entry flagged(int other) {
            return new Entry(name, other, method, crc, packed, size, mode, offset);
        }

        Entry packedBy(int other) {
            return new Entry(name, flags, other, crc, packed, size, mode, offset);
        }

        Entry sized(long other) {
            return new Entry(name, flags, method, crc, packed, other, mode, offset);
        }

        Entry summed(long other) {
            return new Entry(name, flags, method, other, packed, size, mode, offset);
        }
    }

    static ZipForge zip() {
        return new ZipForge();
    }

    ZipForge file(String name, String content) {
        return entry(name, FILE, content.getBytes(StandardCharsets.UTF_8));
    }

    ZipForge link(String name, String target) {
        return entry(name, LINK, target.getBytes(StandardCharsets.UTF_8));
    }

    ZipForge entry(String name, int mode, byte[] content) {
        Entry entry = stored(name, mode, content);
        return local(entry, content).central(entry);
    }

    /** Returns the header of content that is put next, as it is. */
    Entry stored(String name, int mode, byte[] content) {
        return new Entry(name, 0, STORED, crc(content), content.length, content.length, mode, bytes.size());
    }

    /** Puts content that is deflated. */
    ZipForge deflated(String name, byte[] content) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(content);
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        while (!deflater.finished()) {
            packed.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        Entry entry = new Entry(name, 0, DEFLATED, crc(content), packed.size(), content.length, FILE, bytes.size());
        return local(entry, packed.toByteArray()).central(entry);
    }

    /** Puts a content and the header before it. */
    ZipForge local(Entry entry, byte[] content) {
        byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
        ByteBuffer header = little(30 + name.length);
        header.putInt(0x04034b50)
                .putShort((short) 20)
                .putShort((short) entry.flags())
                .putShort((short) entry.method());
        header.putInt(0x58000000)
                .putInt((int) entry.crc())
                .putInt((int) entry.packed())
                .putInt((int) entry.size());
        header.putShort((short) name.length).putShort((short) 0).put(name);
        bytes.writeBytes(header.array());
        bytes.writeBytes(content);
        return this;
    }

    /** Puts a header into the directory. */
    ZipForge central(Entry entry) {
        directory.add(entry);
        return this;
    }

    byte[] end() {
        int start = bytes.size();
        for (Entry entry : directory) {
            byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
            ByteBuffer header = little(46 + name.length);
            header.putInt(0x02014b50)
                    .putShort((short) UNIX)
                    .putShort((short) 20)
                    .putShort((short) entry.flags());
            header.putShort((short) entry.method()).putInt(0x58000000).putInt((int) entry.crc());
            header.putInt((int) entry.packed()).putInt((int) entry.size()).putShort((short) name.length);
            header.putShort((short) 0).putShort((short) 0).putShort((short) 0).putShort((short) 0);
            header.putInt(entry.mode() << 16).putInt((int) entry.offset()).put(name);
            bytes.writeBytes(header.array());
        }
        ByteBuffer end = little(22);
        end.putInt(0x06054b50).putInt(0).putShort((short) directory.size()).putShort((short) directory.size());
        end.putInt(bytes.size() - start).putInt(start).putShort((short) 0);
        bytes.writeBytes(end.array());
        return bytes.toByteArray();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long crc(byte[] content) {
        CRC32 crc = new CRC32();
        crc.update(content);
        return crc.getValue();
    }
}
