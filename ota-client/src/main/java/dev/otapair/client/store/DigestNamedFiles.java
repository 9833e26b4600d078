package dev.otapair.client.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;

/** A folder of ours with a file for each of some digests, and nothing else. */
final class DigestNamedFiles {
    private final Path folder;
    private final DurableFiles files;

    /** @param folder made when something is written; its parent must exist then */
    DigestNamedFiles(Path folder, DurableFiles files) {
        this.folder = folder;
        this.files = files;
    }

    Path pathOf(Digest digest) {
        return folder.resolve(digest.hex());
    }

    /**
     * Writes one for good.
     *
     * @throws OtaException CANNOT_WRITE; what was there before is kept
     */
    void write(Digest digest, byte[] content) {
        try {
            files.ensureOwnFolder(folder);
            files.replace(pathOf(digest), content);
        } catch (IOException e) {
            throw FileFault.unwritable(pathOf(digest), e);
        }
    }

    /**
     * Removes all but those of these digests, and what cut writes have left.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void keep(Set<Digest> digests) {
        Set<String> names = digests.stream().map(Digest::hex).collect(Collectors.toSet());
        try {
            for (Path each : Folders.list(folder, name -> !names.contains(name))) {
                if (!Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS)) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (NoSuchFileException e) {
            // Nothing was ever written.
            return;
        } catch (IOException e) {
            throw FileFault.unwritable(folder, e);
        }
    }
}
