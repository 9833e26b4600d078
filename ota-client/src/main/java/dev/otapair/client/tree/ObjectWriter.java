package dev.otapair.client.tree;

import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Writes objects that come one after the other to files of their own, and verifies each as soon as it is whole. Files are made here, for
 * their owner alone; they are in the kernel's hands, not yet on the disk. Not thread-safe; closed by who made it.
 */
final class ObjectWriter implements NewContent, AutoCloseable {
    static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    static final Set<OpenOption> NEW_FILE = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);

    private final List<Integer> numbers;
    private final IntFunction<Content> contents;
    private final IntFunction<Path> places;
    private final Runnable goesOn;
    private int next;
    private FileChannel channel;
    private ContentDigester digester;

    /**
     * @param numbers of objects, none of them empty
     * @param contents what each of them should be
     * @param places where each of them goes; nothing is there yet
     * @param goesOn asked now and then; may throw
     */
    ObjectWriter(List<Integer> numbers, IntFunction<Content> contents, IntFunction<Path> places, Runnable goesOn) {
        this.numbers = numbers;
        this.contents = contents;
        this.places = places;
        this.goesOn = goesOn;
    }

    /** Returns how many bytes all of them have; what is beyond the bounds of a long is as good as endless. */
    long size() {
        long size = 0;
        for (int number : numbers) {
            size = Disk.sum(size, contents.apply(number).size());
        }
        return size;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IOException if an object is not as it should be, or more comes than all of them have
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE
     */
    @Override
    public void append(ByteBuffer bytes) throws IOException {
        goesOn.run();
        int end = bytes.limit();
        while (bytes.hasRemaining()) {
            if (next == numbers.size()) {
                throw new IOException("%d bytes come behind the last object".formatted(bytes.remaining()));
            }
            begin();
            long left = content().size() - digester.size();
            bytes.limit((int) Math.min(end, bytes.position() + left));
            digester.update(bytes);
            write(bytes);
            bytes.limit(end);
            if (digester.size() == content().size()) {
                end();
            }
        }
    }

    /** {@inheritDoc} Of a single object, until its last byte is there. */
    @Override
    public void read(long position, ByteBuffer into) throws IOException {
        if (numbers.size() != 1 || channel == null) {
            throw new IOException("what was made of several objects is not read again");
        }
        long from = position;
        while (into.hasRemaining()) {
            int count = channel.read(into, from);
            if (count < 0) {
                throw new EOFException("the object ends at " + from);
            }
            from += count;
        }
    }

    /**
     * Sees that all objects are whole.
     *
     * @throws IOException if not
     */
    void finish() throws IOException {
        if (next < numbers.size()) {
            throw new IOException("object %d is not whole".formatted(numbers.get(next)));
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }

    private Content content() {
        return contents.apply(numbers.get(next));
    }

    private void begin() {
        if (channel == null) {
            Path place = places.apply(numbers.get(next));
            try {
                channel = FileChannel.open(place, NEW_FILE, OWNERS_FILE);
                digester = new ContentDigester(Digest.Algorithm.SHA256);
            } catch (IOException e) {
                throw FileFault.unwritable(place, e);
            }
        }
    }

    private void write(ByteBuffer bytes) {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(places.apply(numbers.get(next)), e);
        }
    }

    private void end() throws IOException {
        Digest actual = digester.finish(Digest.Algorithm.SHA256);
        channel.close();
        channel = null;
        if (!actual.equals(content().sha256())) {
            throw new IOException("object %d comes out with %s, expected is %s"
                    .formatted(numbers.get(next), actual, content().sha256()));
        }
        next++;
    }
}
