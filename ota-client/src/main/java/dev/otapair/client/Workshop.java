package dev.otapair.client;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.client.tree.TreeMender;
import dev.otapair.protocol.error.OtaException;
import java.nio.file.Path;

/**
 * Where a whole copy of a release is made, of which the installed one gets what it lacks. The caller holds the run lock.
 *
 * @param goesOn asked now and then; throws to end the work
 */
record Workshop(BoardStore store, Runnable goesOn) {
    /**
     * Puts a release right. Nothing but that is left afterwards.
     *
     * @param found what is wrong with it
     * @param maker makes the copy, on the disk for good
     * @throws OtaException CANNOT_WRITE, IO_ERROR
     * @throws E as {@code maker} does; then nothing has been done
     */
    <E extends Exception> void mend(Deployment installed, CheckedTree found, PackageFolder.Maker<E> maker) throws E {
        Path copy = store.releases().unpacking(installed);
        try {
            maker.make(copy, store.releases().scratch());
            if (store.releases().holds(installed)) {
                new TreeMender(found, copy, store.releases().makeAside(), goesOn).mend();
            } else {
                store.releases().unpacked(installed);
            }
        } finally {
            store.releases().tidy();
        }
    }
}
