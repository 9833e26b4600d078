package dev.otapair.client.store;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * The plan that is being followed, on disk. Needs no checksum: its SHA-256 is the name that the server is asked by, and one that nobody
 * knows is answered by another plan.
 */
public final class PlanFile {
    private static final Logger LOG = Loggers.of(PlanFile.class);

    private final Path file;
    private final DurableFiles files;

    /** @param folder the state folder; must exist before {@link #write} */
    public PlanFile(Path folder, DurableFiles files) {
        this.file = folder.resolve("plan");
        this.files = files;
    }

    /** Returns it; empty where there is none, or none that can be read. */
    public Optional<Plan> read() {
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(Plan.parse(in.readNBytes(Plan.MAX_BYTES)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | OtaException e) {
            LOG.warn("{} cannot be used: {}; another plan is asked for", file, FileFault.why(e));
            return Optional.empty();
        }
    }

    /** @throws OtaException CANNOT_WRITE */
    public void write(Plan plan) {
        try {
            files.replace(file, plan.toBytes());
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /** @throws OtaException CANNOT_WRITE */
    public void clear() {
        try {
            files.delete(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }
}
