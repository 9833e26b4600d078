package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;
import org.slf4j.Logger;

/**
 * How the files of installed releases looked when they were read last and were as they should be: one that still looks so is not read
 * again. A file for each release, 32 bytes for each of its files; losing one costs time and nothing else.
 */
public final class SeenFiles {
    private static final Logger LOG = Loggers.of(SeenFiles.class);
    private static final byte[] KIND = "ota-client-seen/1\n".getBytes(StandardCharsets.US_ASCII);
    private static final int STAMP_BYTES = 4 * Long.BYTES;

    private final DigestNamedFiles folder;

    /** @param stateFolder must exist before anything is written */
    public SeenFiles(Path stateFolder, DurableFiles files) {
        this.folder = new DigestNamedFiles(stateFolder.resolve("seen"), files);
    }

    /**
     * Returns what is remembered of a release; nothing where that is missing, damaged, or cannot be read.
     *
     * @param manifest SHA-256 of its manifest
     * @param files how many it has
     */
    public FileStamps read(Digest manifest, int files) {
        Path file = folder.pathOf(manifest);
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            int length = lengthOf(files);
            byte[] content = in.readNBytes(length + 1);
            Optional<FileStamps> stamps = content.length == length ? parse(content, files) : Optional.empty();
            if (stamps.isEmpty()) {
                LOG.warn("{} is damaged: the release's files are read again", file);
            }
            return stamps.orElseGet(() -> new FileStamps(files));
        } catch (NoSuchFileException e) {
            return new FileStamps(files);
        } catch (IOException e) {
            LOG.warn(
                    "{}: the release's files are read again",
                    FileFault.unreadable(file, e).getMessage());
            return new FileStamps(files);
        }
    }

    /**
     * Remembers this of a release, in place of what was remembered of it; writes nothing where that is the same. Where it cannot, says so:
     * it is no one's failure.
     */
    public void write(Digest manifest, FileStamps stamps) {
        byte[] content = toBytes(stamps);
        try {
            if (!isThere(manifest, content)) {
                folder.write(manifest, content);
            }
        } catch (OtaException e) {
            LOG.warn("{}: the release's files will be read again", e.getMessage());
        }
    }

    /**
     * Forgets other releases.
     *
     * @param manifests of those that stay
     * @throws OtaException CANNOT_WRITE
     */
    public void keep(Set<Digest> manifests) {
        folder.keep(manifests);
    }

    private boolean isThere(Digest manifest, byte[] content) {
        try (InputStream in = Files.newInputStream(folder.pathOf(manifest), LinkOption.NOFOLLOW_LINKS)) {
            return Arrays.equals(in.readNBytes(content.length + 1), content);
        } catch (IOException e) {
            return false;
        }
    }

    private static byte[] toBytes(FileStamps stamps) {
        ByteBuffer content = ByteBuffer.allocate(lengthOf(stamps.size()));
        content.put(KIND);
        for (int i = 0; i < stamps.size(); i++) {
            FileStamp stamp = stamps.get(i).orElse(new FileStamp(0, 0, 0, 0));
            content.putLong(stamp.size())
                    .putLong(stamp.modified())
                    .putLong(stamp.changed())
                    .putLong(stamp.inode());
        }
        return content.putInt(checksum(content)).array();
    }

    private static Optional<FileStamps> parse(byte[] bytes, int files) {
        ByteBuffer content = ByteBuffer.wrap(bytes);
        if (content.getInt(bytes.length - Integer.BYTES) != checksum(content.position(bytes.length - Integer.BYTES))
                || !content.rewind().slice(0, KIND.length).equals(ByteBuffer.wrap(KIND))) {
            return Optional.empty();
        }
        content.position(KIND.length);
        FileStamps stamps = new FileStamps(files);
        for (int i = 0; i < files; i++) {
            FileStamp stamp = new FileStamp(content.getLong(), content.getLong(), content.getLong(), content.getLong());
            stamps.put(i, stamp);
        }
        return Optional.of(stamps);
    }

    private static int lengthOf(int files) {
        return KIND.length + STAMP_BYTES * files + Integer.BYTES;
    }

    /** Of all that is before the buffer's position. */
    private static int checksum(ByteBuffer content) {
        CRC32C crc = new CRC32C();
        crc.update(content.duplicate().flip());
        return (int) crc.getValue();
    }
}
