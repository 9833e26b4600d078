package dev.otapair.client.tree;

import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.message.Response.Content;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * The contents of the base by their numbers, as far as the board has them: what the installed release holds, and what was made anew.
 * Files are opened when they are read, and few are open at the same time. Not thread-safe; closed by who made it.
 */
final class BaseObjects implements AutoCloseable {
    private static final int MAX_OPEN = 32;

    private final Held held;
    private final IntFunction<Content> contents;
    private final FileDigester digester;
    private final Map<Integer, Path> repaired = new HashMap<>();
    private final LinkedHashMap<Integer, FileChannel> open = new LinkedHashMap<>(MAX_OPEN, 0.75f, true);

    /** Opens what the board holds. */
    @FunctionalInterface
    interface Held {
        /** @throws IOException if it does not hold the object with this number, or it cannot be read */
        FileChannel open(int number) throws IOException;
    }

    /** @param contents what each object should be */
    BaseObjects(Held held, IntFunction<Content> contents, FileDigester digester) {
        this.held = held;
        this.contents = contents;
        this.digester = digester;
    }

    /** Returns what an object should be. */
    Content content(int number) {
        return contents.apply(number);
    }

    /** Takes a file for an object from now on, which holds it as it should be; before the object is read. */
    void repair(int number, Path file) {
        repaired.put(number, file);
    }

    boolean isRepaired(int number) {
        return repaired.containsKey(number);
    }

    /**
     * Opens an object.
     *
     * @return to be closed by the caller
     */
    FileChannel open(int number) throws IOException {
        Path file = repaired.get(number);
        return file == null
                ? held.open(number)
                : FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }

    /** Reads an object, and says whether it is as it should be. */
    boolean isSound(int number) {
        try (FileChannel content = open(number)) {
            return content.size() == content(number).size()
                    && digester.digest(content).equals(content(number).sha256());
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns objects one after the other, to be read while this is open. */
    OldContent inOrder(List<Integer> numbers) {
        return new InOrder(numbers);
    }

    @Override
    public void close() throws IOException {
        for (FileChannel channel : open.values()) {
            channel.close();
        }
        open.clear();
    }

    private FileChannel opened(int number) throws IOException {
        FileChannel channel = open.get(number);
        if (channel == null) {
            channel = open(number);
            open.put(number, channel);
            if (open.size() > MAX_OPEN) {
                int eldest = open.keySet().iterator().next();
                open.remove(eldest).close();
            }
        }
        return channel;
    }

    private final class InOrder implements OldContent {
        private final int[] numbers;

        /** Where each of them begins, and at last where they end. */
        private final long[] starts;

        private int last;

        InOrder(List<Integer> numbers) {
            this.numbers = numbers.stream().mapToInt(Integer::intValue).toArray();
            this.starts = new long[this.numbers.length + 1];
            for (int i = 0; i < this.numbers.length; i++) {
                starts[i + 1] =
                        Math.addExact(starts[i], content(this.numbers[i]).size());
            }
        }

        @Override
        public long size() {
            return starts[numbers.length];
        }

        @Override
        public void read(long position, ByteBuffer into) throws IOException {
            long from = position;
            int end = into.limit();
            while (into.hasRemaining()) {
                int object = at(from);
                long left = starts[object + 1] - from;
                into.limit((int) Math.min(end, into.position() + left));
                from += fill(numbers[object], from - starts[object], into);
                into.limit(end);
            }
        }

        /** Mostly it is the same one again, or the next. */
        private int at(long position) throws IOException {
            if (position < starts[last]) {
                last = 0;
            }
            int low = last;
            int high = numbers.length;
            while (high - low > 1) {
                int middle = low + high >>> 1;
                if (starts[middle] <= position) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            if (high == low || position >= starts[low + 1]) {
                throw new EOFException("nothing is at %d of %d".formatted(position, size()));
            }
            last = low;
            return low;
        }

        private int fill(int number, long position, ByteBuffer into) throws IOException {
            FileChannel channel = opened(number);
            int count = 0;
            while (into.hasRemaining()) {
                int read = channel.read(into, position + count);
                if (read < 0) {
                    throw new EOFException("object %d of the base ends at %d".formatted(number, position + count));
                }
                count += read;
            }
            return count;
        }
    }
}
