package dev.otapair.client.store;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Keeps the keys that the token has under the salts of the servers, a line {@code FINGERPRINT=KEY} each: deriving one
 * takes a small board a second. Readable by its owner only. Losing it costs that second.
 */
public final class TokenKeyCache {
    private static final Logger LOG = Loggers.of(TokenKeyCache.class);
    private static final int MAX_KEYS = 8;

    private final Path file;
    private final DurableFiles files;

    /** @param folder the state folder */
    public TokenKeyCache(Path folder, DurableFiles files) {
        this.file = folder.resolve("token-keys");
        this.files = files;
    }

    /** Returns the key of a token, from the file or computed and kept. */
    public TokenKey of(Secret secret, Octets salt, int iterations) {
        String start = TokenKey.fingerprint(secret, salt, iterations) + "=";
        List<String> lines = read();
        for (String line : lines) {
            Optional<TokenKey> kept = line.startsWith(start) ? parse(line.substring(start.length())) : Optional.empty();
            if (kept.isPresent()) {
                return kept.get();
            }
        }
        TokenKey derived = TokenKey.derive(secret, salt, iterations);
        keep(start + derived.toKeep(), lines);
        return derived;
    }

    private void keep(String line, List<String> before) {
        List<String> lines = new ArrayList<>(List.of(line));
        lines.addAll(before.subList(0, Math.min(before.size(), MAX_KEYS - 1)));
        try {
            files.ensureWritableFolder(file.getParent());
            new UnlockedFiles(files)
                    .replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            LOG.debug("{} cannot be written: {}", file, FileFault.why(e));
        }
    }

    private List<String> read() {
        try {
            return Lines.of(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Optional<TokenKey> parse(String text) {
        try {
            return Optional.of(TokenKey.ofKept(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
