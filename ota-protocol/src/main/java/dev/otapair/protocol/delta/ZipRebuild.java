package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.ZipLiterals.Content;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Makes a zip of its expanded form, which is written to it, and may be anything: no more is made than was announced, and memory is 2
 * MiB at most, with zlib's. Whether it is the right zip its digest says. To be finished, and to be closed; not thread-safe.
 *
 * @see "PROTOCOL.md, section 9.5: Zip files"
 */
public final class ZipRebuild extends OutputStream {
    private final OutputStream zip;
    private final long size;
    private final ZipLiterals literals = new ZipLiterals(false);
    private final ZipDeflater deflater = new ZipDeflater();
    private final CRC32 checksum = new CRC32();
    private final byte[] buffer = new byte[ZipInput.BYTES];

    /** The beginning of a content whose header has not been written, since it depends on all of the content. */
    private final byte[] kept = new byte[ZipLiterals.MAX_KEPT];

    private int start;
    private int end;
    private Part part = Part.HEADER;

    /** Of the segment, not yet taken. */
    private long left;

    /** Of the literals before, where a content may follow. */
    private long literalBytes;

    private Optional<ZipHeader> header = Optional.empty();
    private boolean isKeeping;
    private long plain;
    private long compressed;
    private long made;

    private enum Part {
        HEADER,
        LITERALS,
        CONTENT
    }

    /**
     * @param zip gets the zip in order, in portions of 128 KiB at most; not closed
     * @param size bytes that have to come of it, 0 or more
     */
    public ZipRebuild(OutputStream zip, long size) {
        this.zip = zip;
        this.size = size;
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    /**
     * Takes a part of the form.
     *
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if it is none, or makes more than it should
     * @throws IOException as {@code zip} does
     */
    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, bytes.length);
        int from = offset;
        int last = offset + count;
        while (from < last) {
            int taken;
            if (part == Part.CONTENT) {
                taken = (int) Math.min(last - from, left);
                takeContent(bytes, from, taken);
            } else {
                taken = Math.min(last - from, buffer.length - end);
                System.arraycopy(bytes, from, buffer, end, taken);
                end += taken;
                takeBuffer();
            }
            from += taken;
        }
    }

    /**
     * Says that the form has been written whole.
     *
     * @throws dev.otapair.protocol.error.OtaException DIGEST_MISMATCH if it is not, or has made too little
     * @throws IOException as {@code zip} does
     */
    public void finish() throws IOException {
        if (part != Part.HEADER || start < end) {
            throw ZipForm.refused("it ends within a segment");
        }
        if (isKeeping) {
            writeHeader();
        }
        if (made < size) {
            throw ZipForm.refused("it makes %d bytes, expected are %d".formatted(made, size));
        }
    }

    @Override
    public void close() {
        deflater.close();
    }

    /** Takes all that can be taken: of contents everything, of the rest what does not depend on what follows. */
    private void takeBuffer() throws IOException {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = switch (part) {
                case HEADER -> takeSegment();
                case LITERALS -> takeLiterals();
                case CONTENT -> takeBufferedContent();
            };
        }
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
    }

    private boolean takeSegment() throws IOException {
        if (end - start < ZipSegment.BYTES) {
            return false;
        }
        ZipSegment segment = ZipSegment.read(buffer, start);
        start += ZipSegment.BYTES;
        left = segment.length();
        if (segment.level() == ZipSegment.LITERAL) {
            beginLiterals();
        } else {
            beginContent(segment.level());
        }
        return true;
    }

    private void beginLiterals() {
        if (literalBytes > 0 || left == 0 || left > size - made) {
            throw ZipForm.refused("a segment of %d literal bytes, behind %d".formatted(left, literalBytes));
        }
        literalBytes = left;
        part = Part.LITERALS;
    }

    private void beginContent(int level) throws IOException {
        if (level > ZipSegment.MAX_LEVEL || literalBytes < ZipHeader.FIXED_BYTES) {
            throw ZipForm.refused("a content of level %d, behind %d literal bytes".formatted(level, literalBytes));
        }
        literalBytes = 0;
        plain = 0;
        compressed = 0;
        checksum.reset();
        deflater.begin(level);
        part = Part.CONTENT;
        if (left == 0) {
            endContent();
        }
    }

    private boolean takeLiterals() throws IOException {
        int count = (int) Math.min(end - start, left);
        boolean isLast = count == left;
        int turned = literals.turn(buffer, start, start + count, isLast);
        if (isLast) {
            header = literals.lastHeader().map(ZipHeader::copy);
            isKeeping = header.isPresent() && !header.get().hasDescriptor();
            part = Part.HEADER;
        }
        emit(buffer, start, turned - start - (isKeeping ? header.orElseThrow().length() : 0));
        boolean isMoved = turned > start;
        left -= turned - start;
        start = turned;
        return isMoved;
    }

    private boolean takeBufferedContent() throws IOException {
        int count = (int) Math.min(end - start, left);
        takeContent(buffer, start, count);
        start += count;
        return count > 0;
    }

    private void takeContent(byte[] bytes, int at, int count) throws IOException {
        checksum.update(bytes, at, count);
        plain += count;
        deflater.write(bytes, at, count, this::takeDeflated);
        left -= count;
        if (left == 0) {
            endContent();
        }
    }

    private void endContent() throws IOException {
        deflater.finish(this::takeDeflated);
        literals.follow(new Content((int) checksum.getValue(), compressed, plain), header);
        if (isKeeping) {
            writeHeader();
            emit(kept, 0, (int) compressed);
        }
        header = Optional.empty();
        part = Part.HEADER;
    }

    private void takeDeflated(byte[] bytes, int count) throws IOException {
        if (isKeeping && compressed + count > kept.length) {
            writeHeader();
            emit(kept, 0, (int) compressed);
        }
        if (isKeeping) {
            System.arraycopy(bytes, 0, kept, (int) compressed, count);
        } else {
            emit(bytes, 0, count);
        }
        compressed += count;
    }

    private void writeHeader() throws IOException {
        ZipHeader known = header.orElseThrow();
        isKeeping = false;
        emit(known.bytes(), known.at(), known.length());
    }

    private void emit(byte[] bytes, int at, int count) throws IOException {
        if (count > size - made) {
            throw ZipForm.refused("it makes more than %d bytes".formatted(size));
        }
        zip.write(bytes, at, count);
        made += count;
    }
}
