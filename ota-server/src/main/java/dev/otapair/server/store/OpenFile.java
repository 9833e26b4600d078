package dev.otapair.server.store;

import dev.otapair.protocol.files.Folders;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * A file that stays the one that was opened, whatever happens to its name, and whose attributes can still be asked. Java
 * has no fstat: the descriptor is looked up in {@code /proc} by its inode. Thread-safe; blocks on the disk.
 */
final class OpenFile implements AutoCloseable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int ATTEMPTS = 5;

    private final FileChannel channel;
    private final FileIdentity identity;
    private volatile Path descriptor;

    private OpenFile(FileChannel channel, FileIdentity identity) throws IOException {
        this.channel = channel;
        this.identity = identity;
        findDescriptor();
    }

    /** @throws IOException if the file is missing or unreadable, or its name moves on faster than it can be opened */
    static OpenFile open(Path file) throws IOException {
        for (int i = 0; i < ATTEMPTS; i++) {
            FileIdentity before = FileIdentity.of(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                if (FileIdentity.of(file).equals(before)) {
                    return opened(channel, before);
                }
            } catch (IOException e) {
                channel.close();
                throw e;
            }
            channel.close();
        }
        throw new IOException("it is being written");
    }

    /** Returns the content; read it by position, since it is shared. */
    FileChannel channel() {
        return channel;
    }

    /** Returns what the file was when it was opened. */
    FileIdentity identity() {
        return identity;
    }

    /** @throws IOException if the content is no longer what was opened */
    void verifyUnchanged() throws IOException {
        FileIdentity now = descriptorIdentity();
        if (!now.equals(identity)) {
            throw new IOException("the file was overwritten: %d bytes of %s, opened as %d bytes of %s"
                    .formatted(now.size(), now.modified(), identity.size(), identity.modified()));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static OpenFile opened(FileChannel channel, FileIdentity identity) throws IOException {
        try {
            return new OpenFile(channel, identity);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private FileIdentity descriptorIdentity() throws IOException {
        Optional<FileIdentity> found = thisInode(descriptor);
        // Another opening of the same inode may have been found at first, and be closed by now.
        return found.isPresent() ? found.get() : findDescriptor();
    }

    private FileIdentity findDescriptor() throws IOException {
        return Folders.first(DESCRIPTORS, candidate -> {
                    Optional<FileIdentity> found = thisInode(candidate);
                    if (found.isPresent()) {
                        descriptor = candidate;
                    }
                    return found;
                })
                .orElseThrow(() -> new IOException("an open file is not in " + DESCRIPTORS));
    }

    private Optional<FileIdentity> thisInode(Path candidate) {
        try {
            return Optional.of(FileIdentity.of(candidate))
                    .filter(found -> found.key().equals(identity.key()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
