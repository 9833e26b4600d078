package dev.otapair.protocol.archive;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * Reads a tar archive: ustar, GNU and pax, with files, folders and both kinds of links. The library reads, and is lenient;
 * what it skips, repairs or reads without bound is refused here.
 */
final class TarReader {
    private static final int RECORD_BYTES = 512;
    private static final int TYPE_OFFSET = 156;
    private static final int USER_OFFSET = 108;
    private static final int GROUP_OFFSET = 116;
    private static final int ID_LENGTH = 8;
    private static final int SIZE_OFFSET = 124;
    private static final int SIZE_LENGTH = 12;

    /** What takes the place of bytes that are not UTF-8. */
    private static final char NO_CHARACTER = '\uFFFD';

    private static final List<String> EXTENSIONS = List.of("SCHILY.xattr.", "LIBARCHIVE.xattr.", "SCHILY.acl.");

    /** Each system labels its files itself. */
    private static final String LABEL = "security.selinux";

    private static final String NOT_UTF_8 = "has a name or target that is not UTF-8";

    /** The library would cut the slash off. */
    private static final Pattern ABSOLUTE_PAX_PATH = Pattern.compile("(?:^|\n)[0-9]+ path=(?<path>/[^\n]*)");

    /** What is text in a header. */
    private enum Field {
        NAME(0, 100),
        TARGET(157, 100),
        PREFIX(345, 155);

        private final int offset;
        private final int length;

        Field(int offset, int length) {
            this.offset = offset;
            this.length = length;
        }

        private String in(byte[] headers, int position) {
            String all = new String(headers, position + offset, length, StandardCharsets.UTF_8);
            int end = all.indexOf(0);
            return end < 0 ? all : all.substring(0, end);
        }
    }

    private final TarContent content;
    private final TarArchiveInputStream archive;

    /**
     * @param content not compressed; not closed
     * @param maxBytes how much of it may come
     */
    TarReader(InputStream content, long maxBytes) {
        this.content = new TarContent(content, maxBytes);
        this.archive = new TarArchiveInputStream(this.content, StandardCharsets.UTF_8.name());
    }

    /** Reads all of it. */
    void readInto(Destination destination) throws IOException {
        content.beginHeaders();
        TarArchiveEntry entry = Library.call(archive::getNextEntry);
        int padding = 0;
        while (entry != null) {
            byte[] headers = content.endHeaders();
            requireSound(headers, padding);
            requireUtf8(entry, headers, headers.length - RECORD_BYTES);
            add(destination, entry, Arrays.copyOfRange(headers, headers.length - RECORD_BYTES, headers.length));
            padding = (int) (-entry.getSize() & RECORD_BYTES - 1);
            content.beginHeaders();
            entry = Library.call(archive::getNextEntry);
        }
        requireEnd(content.endHeaders(), padding);
    }

    private void add(Destination destination, TarArchiveEntry entry, byte[] header) throws IOException {
        String name = entry.getName();
        EntryPath path = EntryPath.of(name);
        if (entry.isSparse()) {
            throw Refusal.of(name, "is a sparse file; pack it without --sparse");
        }
        EntryAttributes attributes = new EntryAttributes(
                entry.getMode(),
                Optional.of(entry.getLastModifiedTime()),
                Optional.of(EntryAttributes.Owner.of(
                        name,
                        number(entry.getLongUserId(), header, USER_OFFSET),
                        number(entry.getLongGroupId(), header, GROUP_OFFSET))),
                extensionOf(entry));
        switch (entry.getLinkFlag()) {
            case TarConstants.LF_NORMAL, TarConstants.LF_OLDNORM, TarConstants.LF_CONTIG -> {
                if (name.endsWith("/")) {
                    throw Refusal.of(name, "is a file with the name of a folder");
                }
                destination.addFile(path, attributes, entry.getSize(), Library.stream(archive));
            }
            case TarConstants.LF_DIR -> {
                requireNoContent(entry);
                destination.addFolder(path, attributes);
            }
            case TarConstants.LF_SYMLINK -> {
                requireNoContent(entry);
                destination.addLink(path, attributes, entry.getLinkName());
            }
            case TarConstants.LF_LINK -> {
                requireNoContent(entry);
                destination.addHardLink(path, EntryPath.of(entry.getLinkName()));
            }
            case TarConstants.LF_CHR, TarConstants.LF_BLK -> throw Refusal.of(name, "is a device");
            case TarConstants.LF_FIFO -> throw Refusal.of(name, "is a FIFO");
            default ->
                throw Refusal.of(
                        name, "is of type 0x%02x; expected a file, folder or link".formatted(entry.getLinkFlag()));
        }
    }

    /** The library cuts a number of the header, not one of an attribute, to 31 bits and a sign. */
    private static long number(long read, byte[] header, int offset) throws IOException {
        long said = read < 0 ? numberIn(header, offset, ID_LENGTH) : read;
        return (int) said == read ? said : read;
    }

    private static long numberIn(byte[] header, int offset, int length) throws IOException {
        return Library.call(() -> TarUtils.parseOctalOrBinary(header, offset, length));
    }

    /** What GNU tar, bsdtar and star keep under these names is no part of any manifest, and other readers leave it out. */
    private static Optional<String> extensionOf(TarArchiveEntry entry) {
        return entry.getExtraPaxHeaders().keySet().stream()
                .filter(key -> EXTENSIONS.stream().anyMatch(key::startsWith) && !key.endsWith(LABEL))
                .sorted()
                .findFirst();
    }

    private static void requireNoContent(TarArchiveEntry entry) {
        if (entry.getSize() != 0) {
            throw Refusal.of(entry.getName(), "has content, and is no file");
        }
    }

    /** Looks at all headers of one entry, those that carry its long name and attributes included. */
    private static void requireSound(byte[] headers, int padding) throws IOException {
        long position = padding;
        while (position <= headers.length - RECORD_BYTES) {
            byte[] header = Arrays.copyOfRange(headers, (int) position, (int) position + RECORD_BYTES);
            if (!TarUtils.verifyCheckSum(header)) {
                throw Refusal.of("a header's checksum is wrong; expected tar, tar.gz, tar.zst, tar.xz or zip");
            }
            position += RECORD_BYTES;
            if (!isExtension(header)) {
                break;
            }
            long size = numberIn(header, SIZE_OFFSET, SIZE_LENGTH);
            if (size < 0 || size > headers.length - position) {
                throw Refusal.of("an entry's headers end early");
            }
            requireReadable(header, new String(headers, (int) position, (int) size, StandardCharsets.UTF_8));
            position += size + (-size & RECORD_BYTES - 1);
        }
        if (position != headers.length) {
            throw Refusal.of("an entry's headers do not fit to each other");
        }
    }

    /** The library puts question marks in place of what is not UTF-8. */
    private static void requireUtf8(TarArchiveEntry entry, byte[] headers, int position) {
        for (Field field : Field.values()) {
            String text = field.in(headers, position);
            if (text.indexOf(NO_CHARACTER) >= 0
                    && (entry.getName() + '\n' + entry.getLinkName()).contains(text.replace(NO_CHARACTER, '?'))) {
                throw Refusal.of(text, NOT_UTF_8);
            }
        }
    }

    private static boolean isExtension(byte[] header) {
        return switch (header[TYPE_OFFSET]) {
            case TarConstants.LF_GNUTYPE_LONGNAME,
                    TarConstants.LF_GNUTYPE_LONGLINK,
                    TarConstants.LF_PAX_EXTENDED_HEADER_LC,
                    TarConstants.LF_PAX_EXTENDED_HEADER_UC,
                    TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER -> true;
            default -> false;
        };
    }

    private static void requireReadable(byte[] header, String said) {
        if (header[TYPE_OFFSET] != TarConstants.LF_PAX_EXTENDED_HEADER_LC && said.indexOf(NO_CHARACTER) >= 0) {
            throw Refusal.of(said, NOT_UTF_8);
        }
        switch (header[TYPE_OFFSET]) {
            case TarConstants.LF_GNUTYPE_LONGNAME -> {
                if (said.startsWith("/")) {
                    throw Refusal.of(said.replaceFirst("\0+$", ""), "has an absolute name");
                }
            }
            case TarConstants.LF_GNUTYPE_LONGLINK -> {
                // A link's target is looked at as it is.
            }
            default ->
                ABSOLUTE_PAX_PATH.matcher(said).results().findFirst().ifPresent(found -> {
                    throw Refusal.of(found.group(1), "has an absolute name");
                });
        }
    }

    /** Reads on to the end, where a decoder finds out whether all of it was right. */
    private void requireEnd(byte[] end, int padding) throws IOException {
        if (end.length < padding + RECORD_BYTES) {
            throw Refusal.of("the archive ends early");
        }
        requireZeros(end, end.length);
        byte[] rest = new byte[8192];
        for (int count = content.read(rest); count >= 0; count = content.read(rest)) {
            requireZeros(rest, count);
        }
    }

    private static void requireZeros(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            if (bytes[i] != 0) {
                throw Refusal.of("something stands behind the archive's end");
            }
        }
    }
}
