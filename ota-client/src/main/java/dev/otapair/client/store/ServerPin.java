package dev.otapair.client.store;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Remembers that the server of a token has proved itself once: from then on a server that cannot is an impostor. Belongs to
 * the token; another token begins anew. The file tells damage, lest a damaged pin be taken for that of another token.
 *
 * @see "PROTOCOL.md, section 7.6: Old servers"
 */
public final class ServerPin {
    private static final Logger LOG = Loggers.of(ServerPin.class);
    private static final String KIND = "ota-client-pin/1";
    private static final Octets NO_SALT = new Octets();

    private final Path file;
    private final String pinned;
    private final DurableFiles files;

    /** @param folder the state folder; must exist before {@link #set} */
    public ServerPin(Path folder, Secret secret, DurableFiles files) {
        this.file = folder.resolve("server-pin");
        this.pinned = TokenKey.fingerprint(secret, NO_SALT, 0) + "\n";
        this.files = files;
    }

    /** Says whether the server has proved itself. A file that is damaged says yes: {@link #clear} is the way out. */
    public boolean isSet() {
        try {
            Optional<String> kept = CheckedText.read(file, KIND);
            if (kept.isEmpty()) {
                LOG.warn("{} is damaged and counts as set; 'ota-client forget-server' clears it", file);
            }
            return kept.isEmpty() || kept.get().equals(pinned);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Remembers it for good. Where it cannot, says so: the next run will try again. */
    public void set() {
        try {
            if (!Files.exists(file) || !CheckedText.read(file, KIND).equals(Optional.of(pinned))) {
                files.ensureWritableFolder(file.getParent());
                new UnlockedFiles(files).replace(file, CheckedText.seal(KIND, pinned));
                LOG.info("The server has proved that it knows the token; from now on nothing less is accepted");
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be written: {}", file, FileFault.why(e));
        }
    }

    /**
     * Forgets it, whatever the token was.
     *
     * @return whether there was anything to forget
     */
    public boolean clear() {
        try {
            return new UnlockedFiles(files).delete(file);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be removed: %s".formatted(file, FileFault.why(e)), e);
        }
    }
}
