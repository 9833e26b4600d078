package dev.otapair.protocol.archive;

import java.io.IOException;
import java.io.InputStream;

/**
 * Where the entries of an archive go, one after the other, in the archive's order. Each method refuses by an
 * {@link dev.otapair.protocol.error.OtaException}, which ends the reading; what it throws as an {@link IOException} counts as damage
 * of the archive.
 */
public interface Destination {
    /** Takes a folder; what is in it may have come before. */
    void addFolder(EntryPath path, EntryAttributes said);

    /**
     * Takes a file.
     *
     * @param content to be read to its end, not closed
     * @param size bytes of the content as the archive says; one that is longer or shorter has to be refused
     * @throws IOException if the archive cannot be read
     */
    void addFile(EntryPath path, EntryAttributes said, long size, InputStream content) throws IOException;

    /**
     * Takes a symbolic link.
     *
     * @param target as the archive says; may lead anywhere
     */
    void addLink(EntryPath path, EntryAttributes said, String target);

    /**
     * Takes another name of a file.
     *
     * @param target which has to have come before
     */
    void addHardLink(EntryPath path, EntryPath target);
}
