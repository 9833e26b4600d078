package dev.otapair.protocol.delta;

import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A local header of a zip: what an entry begins with.
 *
 * @param bytes array it is in
 * @param at where it begins there
 */
record ZipHeader(byte[] bytes, int at) {
    static final int SIGNATURE = 0x04034b50;
    static final int FIXED_BYTES = 30;

    /** Where checksum, compressed size and plain size are, one after the other. */
    static final int SIZES = 14;

    /** Others are not looked at. */
    static final int MAX_NAME = 4096;

    /** From this version of the format on sizes can have 8 bytes. */
    static final int LONG_SIZES = 45;

    private static final int MAX_EXTRA = 4096;

    /** Of those that are looked at. */
    static final int MAX_BYTES = FIXED_BYTES + MAX_NAME + MAX_EXTRA;

    private static final int VERSION = 4;
    private static final int FLAGS = 6;
    private static final int METHOD = 8;
    private static final int TIME = 10;
    private static final int NAME_LENGTH = 26;
    private static final int EXTRA_LENGTH = 28;
    private static final int ENCRYPTED = 1;
    private static final int DESCRIPTOR = 8;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;

    /** Returns the header that begins at a place and is there as a whole. */
    static Optional<ZipHeader> find(byte[] bytes, int at, int end) {
        if (end - at < FIXED_BYTES || LittleEndian.getInt(bytes, at) != SIGNATURE) {
            return Optional.empty();
        }
        ZipHeader header = new ZipHeader(bytes, at);
        boolean isBounded = header.nameLength() <= MAX_NAME && header.shortAt(EXTRA_LENGTH) <= MAX_EXTRA;
        return isBounded && header.length() <= end - at ? Optional.of(header) : Optional.empty();
    }

    /** Returns the same one in an array of its own. */
    ZipHeader copy() {
        return new ZipHeader(Arrays.copyOfRange(bytes, at, at + length()), 0);
    }

    int length() {
        return FIXED_BYTES + nameLength() + shortAt(EXTRA_LENGTH);
    }

    boolean isDeflated() {
        return shortAt(METHOD) == DEFLATED && (shortAt(FLAGS) & ENCRYPTED) == 0;
    }

    /** Says whether the content lies behind it as it is, and its sizes and checksum are in the header. */
    boolean isStored() {
        return shortAt(METHOD) == STORED && (shortAt(FLAGS) & (ENCRYPTED | DESCRIPTOR)) == 0;
    }

    /** Says whether checksum and sizes come behind the content. */
    boolean hasDescriptor() {
        return (shortAt(FLAGS) & DESCRIPTOR) != 0;
    }

    /** Says whether sizes may be where they are not expected. */
    boolean hasLongSizes() {
        return shortAt(VERSION) >= LONG_SIZES;
    }

    int nameHash() {
        return hash(bytes, at + FIXED_BYTES, nameLength());
    }

    int time() {
        return intAt(TIME);
    }

    int checksum() {
        return intAt(SIZES);
    }

    int compressed() {
        return intAt(SIZES + Integer.BYTES);
    }

    int plain() {
        return intAt(SIZES + 2 * Integer.BYTES);
    }

    /** Returns what a name is found by again. */
    static int hash(byte[] bytes, int at, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, at, length);
        return (int) crc.getValue();
    }

    private int nameLength() {
        return shortAt(NAME_LENGTH);
    }

    private int shortAt(int field) {
        return LittleEndian.getShort(bytes, at + field);
    }

    private int intAt(int field) {
        return LittleEndian.getInt(bytes, at + field);
    }
}
