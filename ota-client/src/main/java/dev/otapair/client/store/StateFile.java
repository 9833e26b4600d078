package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The installed release on disk, in a small text file that checks itself:
 *
 * <pre>
 * ota-client-state/1
 * installed=fw-1.4.0.tar.gz
 * crc32c=0a1b2c3d
 * </pre>
 *
 * A file that is not exactly what was once written counts as "nothing is known": the board then installs what is on
 * offer, and that record replaces the file.
 */
public final class StateFile {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final String MAGIC = "ota-client-state/1";
    private static final String INSTALLED = "installed=";
    private static final String CHECKSUM = "crc32c=";
    private static final int MAX_BYTES = 64 * 1024;

    private final Path file;
    private final DurableFiles files;

    /** @param folder the state folder; must exist before {@link #write} */
    public StateFile(Path folder, DurableFiles files) {
        this.file = folder.resolve("state");
        this.files = files;
    }

    /**
     * Reads the state.
     *
     * @param seed what counts as installed when there never was a state
     * @throws OtaException IO_ERROR if the file cannot be read at all
     */
    public InstalledRelease read(Optional<PackageName> seed) {
        try {
            Optional<InstalledRelease> read = parse(readBounded());
            if (read.isEmpty()) {
                LOG.warn("{} is damaged: what is installed counts as unknown", file);
            }
            return read.orElse(InstalledRelease.NONE);
        } catch (NoSuchFileException e) {
            return new InstalledRelease(seed);
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "%s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Records the seed, or that there is none, if there never was a state: from then on an edit of the configuration changes nothing.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void adopt(Optional<PackageName> seed) {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            write(new InstalledRelease(seed));
        }
    }

    /**
     * Records what is installed; durable when this returns.
     *
     * @throws OtaException CANNOT_WRITE; the state before is kept
     */
    public void write(InstalledRelease installed) {
        try {
            files.replace(file, textOf(installed).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new OtaException(ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(file, e), e);
        }
    }

    private String readBounded() throws IOException {
        return Files.size(file) > MAX_BYTES ? "" : new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private static Optional<InstalledRelease> parse(String text) {
        try {
            return text.lines()
                    .filter(line -> line.startsWith(INSTALLED))
                    .map(line -> line.substring(INSTALLED.length()))
                    .map(name -> name.isEmpty() ? InstalledRelease.NONE : InstalledRelease.of(new PackageName(name)))
                    .filter(installed -> textOf(installed).equals(text))
                    .findFirst();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String textOf(InstalledRelease installed) {
        String body = MAGIC + "\n" + INSTALLED + installed + "\n";
        return body + CHECKSUM + checksum(body) + "\n";
    }

    private static String checksum(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(crc.getValue());
    }
}
