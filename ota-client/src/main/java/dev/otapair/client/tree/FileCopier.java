package dev.otapair.client.tree;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies files, and can be told to stop meanwhile. What it makes is for its owner alone, and in the kernel's hands. Not thread-safe. */
final class FileCopier {
    private static final long KERNEL_BYTES = 64L * 1024 * 1024;
    private static final int BUFFER_BYTES = 256 * 1024;

    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final Runnable goesOn;

    FileCopier(Runnable goesOn) {
        this.goesOn = goesOn;
    }

    /**
     * Lets the kernel copy a file whose content is known, which shares its blocks where the file system and Java can do that.
     *
     * @param from at its start
     * @param to nothing is there yet, nor after a failure
     * @throws IOException if it cannot be read or written, or is shorter
     */
    void copy(FileChannel from, long size, Path to) throws IOException {
        try (FileChannel copy = FileChannel.open(to, ObjectWriter.NEW_FILE, ObjectWriter.OWNERS_FILE)) {
            long done = 0;
            while (done < size) {
                goesOn.run();
                long count = from.transferTo(done, Math.min(KERNEL_BYTES, size - done), copy);
                if (count <= 0) {
                    throw new IOException("it ends at %d of %d bytes".formatted(done, size));
                }
                done += count;
            }
        } catch (IOException e) {
            Files.deleteIfExists(to);
            throw e;
        }
    }

    /**
     * Copies a file, and sees whether it is the one that is meant.
     *
     * @param from at its start
     * @param to nothing is there yet; some of it may be if it is another one
     * @return whether it is
     * @throws IOException if it cannot be read
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE
     */
    boolean copyVerified(FileChannel from, Content content, Path to) throws IOException {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        try (FileChannel copy = open(to)) {
            goesOn.run();
            while (digester.size() <= content.size() && from.read(buffer.clear()) >= 0) {
                digester.update(buffer.flip());
                write(copy, to);
                goesOn.run();
            }
        }
        return digester.size() == content.size()
                && digester.finish(Digest.Algorithm.SHA256).equals(content.sha256());
    }

    /**
     * Makes an empty file.
     *
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE
     */
    static void makeEmpty(Path place) {
        try {
            open(place).close();
        } catch (IOException e) {
            throw FileFault.unwritable(place, e);
        }
    }

    private static FileChannel open(Path to) {
        try {
            return FileChannel.open(to, ObjectWriter.NEW_FILE, ObjectWriter.OWNERS_FILE);
        } catch (IOException e) {
            throw FileFault.unwritable(to, e);
        }
    }

    private void write(FileChannel copy, Path to) {
        try {
            while (buffer.hasRemaining()) {
                copy.write(buffer);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(to, e);
        }
    }
}
