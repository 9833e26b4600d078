package dev.otapair.client;

import dev.otapair.client.store.UnlockedFiles;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Sees that the state folder can be written, before anything depends on it. What it throws names the key of config.ini.
 *
 * @param folder made when it is missing
 */
record StateAccess(Path folder, DurableFiles files) {
    /** More than a run writes to it at a time. */
    private static final int BYTES = 16 * 1024;

    private interface Deed {
        void run() throws IOException;
    }

    /** @throws OtaException CANNOT_WRITE */
    void prepare() {
        attempt(() -> files.ensureWritableFolder(folder));
    }

    /**
     * Removes what writes that were cut have left, not what is being written beside the run; the caller holds the lock.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void tidy() {
        attempt(() -> new UnlockedFiles(files).tidy(folder));
    }

    /**
     * Sees that something can be written: a full disk still makes empty files.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void requireRoom() {
        attempt(() -> files.requireRoom(folder, BYTES));
    }

    private void attempt(Deed deed) {
        try {
            deed.run();
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "state_dir: %s cannot be written: %s".formatted(folder, FileFault.why(e)),
                    e);
        }
    }
}
