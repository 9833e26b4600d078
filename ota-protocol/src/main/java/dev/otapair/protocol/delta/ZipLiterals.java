package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.ZipEntries.Entry;
import java.util.Optional;

/**
 * Turns the bytes of a zip that are not contents of entries into those of its expanded form, or back. What can be told beforehand
 * (checksums, sizes, offsets, times that are said a second time) is taken from the fields that say it, which then are 0 in all versions
 * of a zip. Where the fields are is told by bytes that do not change, so that both ways find the same ones whatever there is: what is turned
 * comes back. Takes 1 MiB at most; time grows with the bytes alone. Not thread-safe.
 *
 * @see "PROTOCOL.md, section 9.5: Zip files"
 */
final class ZipLiterals {
    /** So many bytes are looked at together, where there are so many. */
    static final int LOOKAHEAD = ZipHeader.MAX_BYTES;

    /**
     * Local headers say what comes of their content where it is not longer than this, compressed: whoever makes it has to keep it
     * meanwhile.
     */
    static final int MAX_KEPT = 128 * 1024;

    private static final int DESCRIPTOR = 0x08074b50;
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int DESCRIPTOR_SIZES = 4;

    private static final int CENTRAL = 0x02014b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int CENTRAL_VERSION = 6;
    private static final int CENTRAL_TIME = 12;
    private static final int CENTRAL_SIZES = 16;
    private static final int CENTRAL_NAME_LENGTH = 28;
    private static final int CENTRAL_OFFSET = 42;

    private final boolean isExpanding;
    private final ZipEntries entries = new ZipEntries();

    /** Where the next byte is in the zip. */
    private long offset;

    /** By how much a central directory has other offsets than the file: what is before the zip. */
    private int bias;

    private Optional<Descriptor> descriptor = Optional.empty();
    private Optional<ZipHeader> lastHeader = Optional.empty();

    /**
     * A content that is a segment of its own.
     *
     * @param checksum CRC-32
     * @param compressed bytes as they are in the zip
     * @param plain bytes
     */
    record Content(int checksum, long compressed, long plain) {
        private static final long MAX_FIELD = 0xffff_ffffL;

        private int compressedField() {
            return (int) Math.min(compressed, MAX_FIELD);
        }

        private int plainField() {
            return (int) Math.min(plain, MAX_FIELD);
        }
    }

    private record Descriptor(Content content, boolean hasLongSizes) {}

    /** @param isExpanding true for bytes of a zip, false for those of an expanded form */
    ZipLiterals(boolean isExpanding) {
        this.isExpanding = isExpanding;
    }

    /**
     * Turns as many bytes as it can.
     *
     * @param bytes changed in place
     * @param start where the segment begins, or was left the last time
     * @param end of what is there; with less than {@link #LOOKAHEAD} bytes nothing is done unless {@code isLast}
     * @param isLast where the segment ends there
     * @return up to where it is done; {@code end} if {@code isLast}
     */
    int turn(byte[] bytes, int start, int end, boolean isLast) {
        lastHeader = Optional.empty();
        int last = isLast ? end : end - LOOKAHEAD + 1;
        int at = start;
        if (at < last && descriptor.isPresent()) {
            at += turnDescriptor(bytes, at, end, descriptor.get());
            descriptor = Optional.empty();
        }
        while (at < last) {
            if (bytes[at] == 'P' && end - at >= Integer.BYTES) {
                at += turnHeader(bytes, at, end, isLast, (int) (offset + at - start));
            } else {
                at++;
            }
        }
        offset += at - start;
        return at;
    }

    /** Returns the local header that the segment ended with when it was turned, if it did. */
    Optional<ZipHeader> lastHeader() {
        return lastHeader;
    }

    /**
     * Tells of the content that is the next segment.
     *
     * @param header that the segment before it ended with; turned here
     */
    void follow(Content content, Optional<ZipHeader> header) {
        header.ifPresent(known -> {
            entries.add(new Entry(
                    known.nameHash(),
                    known.time(),
                    content.checksum(),
                    content.compressedField(),
                    content.plainField(),
                    (int) (offset - known.length())));
            if (known.hasDescriptor()) {
                descriptor = Optional.of(new Descriptor(content, known.hasLongSizes()));
            } else if (content.compressed() <= MAX_KEPT) {
                turnSizes(
                        known.bytes(),
                        known.at() + ZipHeader.SIZES,
                        content.checksum(),
                        content.compressedField(),
                        content.plainField(),
                        known.hasLongSizes());
            }
        });
        offset += content.compressed();
    }

    private int turnDescriptor(byte[] bytes, int at, int end, Descriptor next) {
        if (end - at < DESCRIPTOR_BYTES || LittleEndian.getInt(bytes, at) != DESCRIPTOR) {
            return 0;
        }
        turnSizes(
                bytes,
                at + DESCRIPTOR_SIZES,
                next.content.checksum(),
                next.content.compressedField(),
                next.content.plainField(),
                next.hasLongSizes);
        return DESCRIPTOR_BYTES;
    }

    /** Returns how many bytes are done: all that were looked at, since what follows may change only what nobody has looked at. */
    private int turnHeader(byte[] bytes, int at, int end, boolean isLast, int position) {
        return switch (LittleEndian.getInt(bytes, at)) {
            case ZipHeader.SIGNATURE -> local(bytes, at, end, isLast, position);
            case CENTRAL -> turnCentral(bytes, at, end);
            default -> 1;
        };
    }

    private int local(byte[] bytes, int at, int end, boolean isLast, int position) {
        if (end - at < ZipHeader.FIXED_BYTES) {
            return 1;
        }
        Optional<ZipHeader> found = ZipHeader.find(bytes, at, end);
        if (found.isEmpty()) {
            return ZipHeader.FIXED_BYTES;
        }
        ZipHeader header = found.get();
        if (header.isDeflated() && isLast && at + header.length() == end) {
            lastHeader = found;
            return header.length();
        }
        if (!header.isStored()) {
            return ZipHeader.FIXED_BYTES;
        }
        entries.add(new Entry(
                header.nameHash(), header.time(), header.checksum(), header.compressed(), header.plain(), position));
        return header.length();
    }

    private int turnCentral(byte[] bytes, int at, int end) {
        if (end - at < CENTRAL_BYTES) {
            return 1;
        }
        int nameLength = LittleEndian.getShort(bytes, at + CENTRAL_NAME_LENGTH);
        int length = CENTRAL_BYTES + nameLength;
        if (nameLength > ZipHeader.MAX_NAME || end - at < length) {
            return CENTRAL_BYTES;
        }
        Optional<Entry> found = entries.take(ZipHeader.hash(bytes, at + CENTRAL_BYTES, nameLength));
        if (found.isPresent()) {
            Entry entry = found.get();
            boolean hasLongSizes = LittleEndian.getShort(bytes, at + CENTRAL_VERSION) >= ZipHeader.LONG_SIZES;
            turnField(bytes, at + CENTRAL_TIME, entry.time());
            turnSizes(bytes, at + CENTRAL_SIZES, entry.checksum(), entry.compressed(), entry.plain(), hasLongSizes);
            bias = turnField(bytes, at + CENTRAL_OFFSET, entry.offset() + bias) - entry.offset();
        }
        return length;
    }

    private void turnSizes(byte[] bytes, int at, int checksum, int compressed, int plain, boolean hasLongSizes) {
        turnField(bytes, at, checksum);
        if (!hasLongSizes) {
            turnField(bytes, at + Integer.BYTES, compressed);
            turnField(bytes, at + 2 * Integer.BYTES, plain);
        }
    }

    /** Returns what a field says in the zip. */
    private int turnField(byte[] bytes, int at, int expected) {
        int field = LittleEndian.getInt(bytes, at);
        int turned = isExpanding ? field - expected : field + expected;
        LittleEndian.putInt(bytes, at, turned);
        return isExpanding ? field : turned;
    }
}
