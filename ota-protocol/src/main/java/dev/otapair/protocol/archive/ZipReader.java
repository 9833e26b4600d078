package dev.otapair.protocol.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Reads a zip archive, stored or deflated: files, folders and symbolic links, in the order in which they stand. What its
 * directory says has to be what stands before each content.
 */
final class ZipReader {
    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int LOCAL_HEADER_MAGIC = 0x04034b50;
    private static final int SIZES_FOLLOW = 8;
    private static final long IN_EXTRA_FIELD = 0xFFFF_FFFFL;

    private static final int OWNER_FIELD = 0x7875;

    private static final int TYPE_BITS = 0170000;
    private static final int FOLDER = 0040000;
    private static final int FILE = 0100000;
    private static final int LINK = 0120000;
    private static final int FOLDER_MODE = 0755;
    private static final int FILE_MODE = 0644;
    private static final int MAX_TARGET_BYTES = 4096;

    private final ArchiveFile file;
    private final long maxBytes;
    private final int directoryBytes;
    private long previousEnd;
    private long unpacked;

    /**
     * @param maxBytes to be unpacked
     * @param directoryBytes that the archive's directory may have: the library makes about 15 bytes of each, and holds them in memory
     */
    ZipReader(ArchiveFile file, long maxBytes, int directoryBytes) {
        this.file = file;
        this.maxBytes = maxBytes;
        this.directoryBytes = directoryBytes;
    }

    /** Reads all of it. */
    void readInto(Destination destination) throws IOException {
        file.allow(
                directoryBytes,
                "the zip archive's directory is larger than %d bytes; pack a tar archive".formatted(directoryBytes));
        try (ZipFile archive = Library.call(() -> ZipFile.builder()
                .setSeekableByteChannel(file)
                .setCharset(StandardCharsets.UTF_8)
                .setUseUnicodeExtraFields(false)
                .setIgnoreLocalFileHeader(true)
                .get())) {
            file.allowAll();
            Enumeration<ZipArchiveEntry> entries = Library.call(archive::getEntriesInPhysicalOrder);
            while (entries.hasMoreElements()) {
                add(destination, archive, entries.nextElement());
            }
        }
    }

    private void add(Destination destination, ZipFile archive, ZipArchiveEntry entry) throws IOException {
        String name = nameOf(entry);
        if (entry.getGeneralPurposeBit().usesEncryption()) {
            throw Refusal.of(name, "is encrypted");
        }
        if (entry.getMethod() != ZipArchiveEntry.STORED && entry.getMethod() != ZipArchiveEntry.DEFLATED) {
            throw Refusal.of(name, "is packed by method %d; expected 0 or 8".formatted(entry.getMethod()));
        }
        if (name.indexOf('\\') >= 0) {
            throw Refusal.of(name, "has a backslash in its name");
        }
        EntryPath path = EntryPath.of(name);
        ByteBuffer extra = requireSameHeader(name, entry);
        if (entry.getSize() > maxBytes - unpacked) {
            throw Refusal.of(
                    name,
                    "has %d bytes, too many for the archive's size: all of it may have %d"
                            .formatted(entry.getSize(), maxBytes));
        }
        unpacked += entry.getSize();
        boolean isFolder = name.endsWith("/");
        int type = entry.getUnixMode() & TYPE_BITS;
        EntryAttributes attributes = attributesOf(entry, ownerIn(name, extra), isFolder ? FOLDER_MODE : FILE_MODE);
        if (isFolder && (type == 0 || type == FOLDER)) {
            if (entry.getSize() != 0) {
                throw Refusal.of(name, "has content, and is no file");
            }
            destination.addFolder(path, attributes);
        } else if (!isFolder && (type == 0 || type == FILE)) {
            addFile(destination, archive, entry, path, attributes);
        } else if (!isFolder && type == LINK) {
            destination.addLink(path, attributes, targetOf(name, archive, entry));
        } else {
            throw Refusal.of(
                    name,
                    "is of type 0%o; expected a file, a symbolic link, or a folder with a / behind it".formatted(type));
        }
    }

    private static void addFile(
            Destination destination, ZipFile archive, ZipArchiveEntry entry, EntryPath path, EntryAttributes attributes)
            throws IOException {
        try (CheckedInputStream content = contentOf(archive, entry)) {
            destination.addFile(path, attributes, entry.getSize(), content);
            requireEnd(path.toString(), entry, content);
        }
    }

    private static String targetOf(String name, ZipFile archive, ZipArchiveEntry entry) throws IOException {
        if (entry.getSize() > MAX_TARGET_BYTES) {
            throw Refusal.of(name, "is a link to a name of %d bytes".formatted(entry.getSize()));
        }
        try (CheckedInputStream content = contentOf(archive, entry)) {
            byte[] target = content.readNBytes((int) entry.getSize());
            requireEnd(name, entry, content);
            return text(target);
        }
    }

    private static CheckedInputStream contentOf(ZipFile archive, ZipArchiveEntry entry) throws IOException {
        return new CheckedInputStream(Library.stream(Library.call(() -> archive.getInputStream(entry))), new CRC32());
    }

    private static void requireEnd(String name, ZipArchiveEntry entry, CheckedInputStream content) throws IOException {
        if (content.read() >= 0) {
            throw Refusal.of(name, "has more than the %d bytes it says".formatted(entry.getSize()));
        }
        if (content.getChecksum().getValue() != entry.getCrc()) {
            throw Refusal.of(name, "has a wrong checksum");
        }
    }

    /**
     * Readers that go by the one would see other files than those that go by the other.
     *
     * @return the extra fields before the content
     */
    private ByteBuffer requireSameHeader(String name, ZipArchiveEntry entry) throws IOException {
        ByteBuffer header = readAt(entry.getLocalHeaderOffset(), LOCAL_HEADER_BYTES);
        int nameBytes = header.getShort(26) & 0xffff;
        boolean isSame = header.getInt(0) == LOCAL_HEADER_MAGIC
                && (header.getShort(6) & 0xffff) == entry.getRawFlag()
                && (header.getShort(8) & 0xffff) == entry.getMethod()
                && isSame(header.getInt(14), entry.getCrc(), entry)
                && isSame(header.getInt(18), entry.getCompressedSize(), entry)
                && isSame(header.getInt(22), entry.getSize(), entry)
                && nameBytes == entry.getRawName().length
                && Arrays.equals(
                        readAt(entry.getLocalHeaderOffset() + LOCAL_HEADER_BYTES, nameBytes)
                                .array(),
                        entry.getRawName());
        if (!isSame) {
            throw Refusal.of(name, "is another one in the archive's directory");
        }
        if (entry.getLocalHeaderOffset() < previousEnd) {
            throw Refusal.of(name, "overlaps with the entry before it");
        }
        long extraStart = entry.getLocalHeaderOffset() + LOCAL_HEADER_BYTES + nameBytes;
        int extraBytes = header.getShort(28) & 0xffff;
        previousEnd = extraStart + extraBytes + entry.getCompressedSize();
        return readAt(extraStart, extraBytes);
    }

    private static boolean isSame(int local, long central, ZipArchiveEntry entry) {
        long value = local & 0xFFFF_FFFFL;
        boolean mayFollow = (entry.getRawFlag() & SIZES_FOLLOW) != 0 && value == 0;
        return value == central || value == IN_EXTRA_FIELD || mayFollow;
    }

    private ByteBuffer readAt(long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        file.position(position);
        while (bytes.hasRemaining()) {
            if (file.read(bytes) < 0) {
                throw Refusal.of("the archive ends early");
            }
        }
        return bytes.flip();
    }

    private static EntryAttributes attributesOf(
            ZipArchiveEntry entry, Optional<EntryAttributes.Owner> owner, int usualMode) throws IOException {
        int mode = entry.getUnixMode();
        return new EntryAttributes(
                mode == 0 ? usualMode : mode,
                Optional.ofNullable(Library.call(entry::getLastModifiedTime)),
                owner,
                Optional.empty());
    }

    /** Info-ZIP says whose a file is before its content only: a version, then user and group, each behind its length. */
    private static Optional<EntryAttributes.Owner> ownerIn(String name, ByteBuffer extra) {
        while (extra.remaining() >= 4) {
            int kind = extra.getShort() & 0xffff;
            int length = extra.getShort() & 0xffff;
            if (length > extra.remaining()) {
                throw Refusal.of(name, "has an extra field that ends early");
            }
            ByteBuffer field = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            if (kind == OWNER_FIELD && length >= 3 && field.get() == 1) {
                return Optional.of(EntryAttributes.Owner.of(name, number(field), number(field)));
            }
            extra.position(extra.position() + length);
        }
        return Optional.empty();
    }

    private static long number(ByteBuffer field) {
        int length = field.get();
        return switch (length) {
            case 2 -> field.getShort() & 0xffffL;
            case 4 -> field.getInt() & 0xFFFF_FFFFL;
            case 8 -> field.getLong();
            default -> -1;
        };
    }

    /** Not as the library has it, which changes backslashes and takes a charset by a guess. */
    private static String nameOf(ZipArchiveEntry entry) {
        return text(entry.getRawName());
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Refusal.of(new String(bytes, StandardCharsets.ISO_8859_1), "has a name or target that is not UTF-8");
        }
    }
}
