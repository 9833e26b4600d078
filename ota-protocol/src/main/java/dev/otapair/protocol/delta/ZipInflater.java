package dev.otapair.protocol.delta;

import dev.otapair.protocol.delta.ZipLiterals.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates what may be a content of a zip's entry, to the file of the expanded form. Takes about 200 KiB. To be closed; not thread-safe.
 */
final class ZipInflater implements AutoCloseable {
    /** What looks like a content and is none may take as much work as the zip has bytes, and this. */
    private static final long MAX_VAIN = 16L * 1024 * 1024;

    private final ZipInput zip;
    private final FileChannel form;
    private final long maxBytes;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private final byte[] plain = new byte[ZipInput.BYTES];
    private long vain;
    private boolean isOutOfBounds;

    /** @param maxBytes of the form */
    ZipInflater(OldContent zip, FileChannel form, long maxBytes) {
        this.zip = new ZipInput(zip);
        this.form = form;
        this.maxBytes = maxBytes;
    }

    /**
     * Inflates a content. What was written before a failure stays.
     *
     * @param from where it is in the zip
     * @param plainAt where to write it
     * @return empty if it is none, or {@link #isOutOfBounds}
     */
    Optional<Content> inflate(long from, long plainAt) throws IOException {
        inflater.reset();
        checksum.reset();
        if (run(from, plainAt)) {
            return Optional.of(
                    new Content((int) checksum.getValue(), inflater.getBytesRead(), inflater.getBytesWritten()));
        }
        vain += inflater.getBytesRead() + inflater.getBytesWritten();
        isOutOfBounds |= vain > MAX_VAIN + zip.size();
        return Optional.empty();
    }

    /** Says whether the form would be too large, or too much work was done in vain. */
    boolean isOutOfBounds() {
        return isOutOfBounds;
    }

    private boolean run(long from, long plainAt) throws IOException {
        long compressedAt = from;
        long at = plainAt;
        while (!inflater.finished()) {
            if (inflater.needsInput()) {
                if (compressedAt == zip.size()) {
                    return false;
                }
                int start = zip.at(compressedAt, 1);
                inflater.setInput(zip.bytes(), start, zip.end() - start);
                compressedAt += zip.end() - start;
            }
            int count;
            try {
                count = inflater.inflate(plain);
            } catch (DataFormatException e) {
                return false;
            }
            if (count > maxBytes - at) {
                isOutOfBounds = true;
                return false;
            }
            if (count == 0 && !inflater.needsInput() && !inflater.finished()) {
                return false;
            }
            checksum.update(plain, 0, count);
            write(count, at);
            at += count;
        }
        return true;
    }

    private void write(int count, long at) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(plain, 0, count);
        while (bytes.hasRemaining()) {
            form.write(bytes, at + bytes.position());
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
