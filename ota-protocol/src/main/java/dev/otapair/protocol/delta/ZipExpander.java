package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.ZipLiterals.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Writes the expanded form of a zip. Goes by local headers alone, wherever they are: what is half a zip, or none, has a form as well. For
 * one use; takes 1.5 MiB at most, and time that is bounded by the size of the file and that of the form.
 *
 * @see "PROTOCOL.md, section 9.5: Zip files"
 */
final class ZipExpander implements AutoCloseable {
    private final OldContent zip;
    private final FileChannel form;
    private final long maxBytes;
    private final Levels levels;
    private final ZipInput headers;
    private final ZipInflater inflater;
    private final ZipLiterals literals = new ZipLiterals(true);
    private final byte[] buffer = new byte[ZipInput.BYTES + ZipSegment.BYTES];
    private long literalsFrom;
    private long written;
    private int inflated;
    private int kept;

    /** Says which level gives a content as it is in the zip. */
    @FunctionalInterface
    interface Levels {
        /**
         * Finds the level.
         *
         * @param plainAt where the content is in the file of the form
         * @param plain how many bytes it has
         * @param compressedAt where it is in the zip
         * @param compressed how many bytes it has there
         * @return 1 to 9; empty if it is none of them
         */
        OptionalInt of(long plainAt, long plain, long compressedAt, long compressed) throws IOException;
    }

    /**
     * @param form open for writing, and for what {@code levels} does; not closed
     * @param maxBytes of the form
     */
    ZipExpander(OldContent zip, FileChannel form, long maxBytes, Levels levels) {
        this.zip = zip;
        this.form = form;
        this.maxBytes = maxBytes;
        this.levels = levels;
        this.headers = new ZipInput(zip);
        this.inflater = new ZipInflater(zip, form, maxBytes);
    }

    /** Writes the form, from the start of its file; empty if it would be too large, or takes too much work. */
    Optional<ZipExpansion> write() throws IOException {
        long at = nextSignature(0);
        while (at < zip.size()) {
            at = nextSignature(take(at));
            if (inflater.isOutOfBounds()) {
                return Optional.empty();
            }
        }
        if (written + ZipSegment.BYTES + zip.size() - literalsFrom > maxBytes) {
            return Optional.empty();
        }
        if (literalsFrom < zip.size()) {
            writeLiterals(zip.size(), Optional.empty());
        }
        form.truncate(written);
        return Optional.of(new ZipExpansion(written, inflated, kept));
    }

    /** Returns where to go on. */
    private long take(long headerAt) throws IOException {
        int start = headers.at(headerAt, ZipHeader.MAX_BYTES);
        Optional<ZipHeader> header =
                ZipHeader.find(headers.bytes(), start, headers.end()).filter(ZipHeader::isDeflated);
        if (header.isEmpty()) {
            return headerAt + 1;
        }
        long compressedAt = headerAt + header.get().length();
        long plainAt = written + ZipSegment.BYTES + compressedAt - literalsFrom + ZipSegment.BYTES;
        Optional<Content> found = inflater.inflate(compressedAt, plainAt);
        if (found.isEmpty()) {
            return headerAt + 1;
        }
        Content content = found.get();
        long end = compressedAt + content.compressed();
        OptionalInt level = levels.of(plainAt, content.plain(), compressedAt, content.compressed());
        if (level.isEmpty()) {
            kept++;
            return end;
        }
        writeLiterals(compressedAt, Optional.of(new Segment(level.getAsInt(), content)));
        written = plainAt + content.plain();
        literalsFrom = end;
        inflated++;
        return end;
    }

    /** Writes the segment of what is before a content or the end, and what the content's segment begins with. */
    private void writeLiterals(long end, Optional<Segment> next) throws IOException {
        new ZipSegment(ZipSegment.LITERAL, end - literalsFrom).write(buffer, 0);
        int start = ZipSegment.BYTES;
        int count = ZipSegment.BYTES;
        long at = literalsFrom;
        boolean isLast = false;
        while (!isLast) {
            int read = (int) Math.min(ZipInput.BYTES - count, end - at);
            ZipInput.read(zip, at, buffer, count, read);
            at += read;
            count += read;
            isLast = at == end;
            int turned = literals.turn(buffer, start, count, isLast);
            if (isLast && next.isPresent()) {
                literals.follow(next.get().content, literals.lastHeader());
                next.get().header().write(buffer, turned);
                turned += ZipSegment.BYTES;
            }
            write(turned);
            start = 0;
            count = Math.max(0, count - turned);
            System.arraycopy(buffer, turned, buffer, 0, count);
        }
    }

    private void write(int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
        while (bytes.hasRemaining()) {
            written += form.write(bytes, written);
        }
    }

    /** Returns where the next local header may begin, or the end. */
    private long nextSignature(long from) throws IOException {
        long at = from;
        while (zip.size() - at >= ZipHeader.FIXED_BYTES) {
            int start = headers.at(at, ZipHeader.FIXED_BYTES);
            int last = headers.end() - ZipHeader.FIXED_BYTES;
            for (int i = start; i <= last; i++) {
                if (headers.bytes()[i] == 'P' && LittleEndian.getInt(headers.bytes(), i) == ZipHeader.SIGNATURE) {
                    return at + i - start;
                }
            }
            at += last + 1 - start;
        }
        return zip.size();
    }

    @Override
    public void close() {
        inflater.close();
    }

    private record Segment(int level, Content content) {
        ZipSegment header() {
            return new ZipSegment(level, content.plain());
        }
    }
}
