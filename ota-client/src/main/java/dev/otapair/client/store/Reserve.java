package dev.otapair.client.store;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Some room on the disk of the state folder, kept for the way back: a release that fills the disk must not be able to stay because the
 * journal of its end cannot be written.
 */
public final class Reserve {
    private static final Logger LOG = Loggers.of(Reserve.class);

    /** Some dozens of small files: each of them takes a block or two. */
    private static final int BYTES = 256 * 1024;

    private final Path file;
    private final DurableFiles files;

    /** @param folder the state folder; must exist before {@link #fill} */
    public Reserve(Path folder, DurableFiles files) {
        this.file = folder.resolve("reserve");
        this.files = files;
    }

    /**
     * Takes the room, if it is not taken.
     *
     * @throws OtaException CANNOT_WRITE if there is none
     */
    public void fill() {
        try {
            if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                byte[] incompressible = new byte[BYTES];
                new Random().nextBytes(incompressible);
                files.replace(file, incompressible);
            }
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    /**
     * Does something, once more with this room if there is none else.
     *
     * @param again what to do then; is told what it failed with
     * @throws OtaException what it failed with at last
     */
    public <T> T spend(Supplier<T> work, Function<OtaException, T> again) {
        try {
            return work.get();
        } catch (OtaException e) {
            if (e.code() != ErrorCode.CANNOT_WRITE || !giveUp()) {
                throw e;
            }
            LOG.warn("{}; going on with the room that was kept in state_dir", e.getMessage());
            return again.apply(e);
        }
    }

    /** As above, where the same is done again. */
    public <T> T spend(Supplier<T> work) {
        return spend(work, failure -> work.get());
    }

    /** As above. */
    public void spend(Runnable work) {
        spend(() -> {
            work.run();
            return true;
        });
    }

    private boolean giveUp() {
        try {
            return files.delete(file);
        } catch (IOException e) {
            return false;
        }
    }
}
