package dev.otapair.client.torture;

import dev.otapair.client.torture.DiskChange.Cut;
import dev.otapair.client.torture.DiskChange.Node;
import dev.otapair.client.torture.DiskChange.Written;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** An open file, or folder, of a {@link MemoryDisk}. */
final class MemoryChannel extends FileChannel {
    private final MemoryDisk disk;
    private final Node node;
    private final DiskChange synced;
    private int position;

    /** @param synced what {@link #force} comes to */
    MemoryChannel(MemoryDisk disk, Node node, DiskChange synced, int position) {
        this.disk = disk;
        this.node = node;
        this.synced = synced;
        this.position = position;
    }

    @Override
    public int read(ByteBuffer bytes) {
        int read = read(bytes, position);
        position += Math.max(0, read);
        return read;
    }

    @Override
    public int read(ByteBuffer bytes, long from) {
        byte[] content = disk.content(node);
        int length = Math.min(bytes.remaining(), content.length - (int) from);
        if (length <= 0) {
            return bytes.hasRemaining() ? -1 : 0;
        }
        bytes.put(content, (int) from, length);
        return length;
    }

    @Override
    public int write(ByteBuffer bytes) {
        int written = write(bytes, position);
        position += written;
        return written;
    }

    @Override
    public int write(ByteBuffer bytes, long to) {
        byte[] written = new byte[bytes.remaining()];
        bytes.get(written);
        if (written.length > 0) {
            disk.change(new Written(node, (int) to, written));
        }
        return written.length;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public FileChannel position(long next) {
        position = (int) next;
        return this;
    }

    @Override
    public long size() {
        return disk.content(node).length;
    }

    @Override
    public FileChannel truncate(long size) {
        if (size < size()) {
            disk.change(new Cut(node, (int) size));
        }
        position = (int) Math.min(position, size);
        return this;
    }

    @Override
    public void force(boolean metadata) {
        disk.change(synced);
    }

    @Override
    public long read(ByteBuffer[] all, int offset, int length) {
        throw unknown("scatter");
    }

    @Override
    public long write(ByteBuffer[] all, int offset, int length) {
        throw unknown("gather");
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) {
        throw unknown("transfer");
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long to, long count) {
        throw unknown("transfer");
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw unknown("map");
    }

    @Override
    public FileLock lock(long from, long size, boolean isShared) {
        throw unknown("lock");
    }

    @Override
    public FileLock tryLock(long from, long size, boolean isShared) {
        throw unknown("lock");
    }

    /** The store asks for nothing of the kind. */
    private static UnsupportedOperationException unknown(String what) {
        return new UnsupportedOperationException(what);
    }

    @Override
    protected void implCloseChannel() {
        // Nothing is held.
    }
}
