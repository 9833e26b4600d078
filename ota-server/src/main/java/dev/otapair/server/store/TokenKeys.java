package dev.otapair.server.store;

import dev.otapair.protocol.auth.RandomBytes;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;

/**
 * The keys of the tokens under this server's salt. Each costs tens of milliseconds to derive, so it is derived when it is
 * first needed, off the event loops, and kept in a file only the server can read:
 *
 * <pre>
 * ota-token-keys/1
 * salt=BASE64
 * FINGERPRINT=KEY
 * </pre>
 *
 * Losing the file costs deriving again, here and on the boards. Thread-safe.
 */
public final class TokenKeys {
    /** Of PBKDF2; what boards on small processors can bear once per token. */
    public static final int ITERATIONS = 20_000;

    private static final Logger LOG = Loggers.of(TokenKeys.class);
    private static final String MAGIC = "ota-token-keys/1";
    private static final String SALT = "salt";
    private static final long SAVE_DELAY_SECONDS = 2;
    private static final int MAX_KEYS = 200_000;

    private final Path file;
    private final DurableFiles files;
    private final Executor executor;
    private final Octets salt;
    private final Map<String, CompletableFuture<TokenKey>> keys = new ConcurrentHashMap<>();
    private final AtomicBoolean saveIsDue = new AtomicBoolean();

    /**
     * Opens the kept keys, or begins anew where there are none that can be read.
     *
     * @param folder the state folder; made if it is missing
     * @param executor derives and saves
     */
    public TokenKeys(Path folder, DurableFiles files, Executor executor) {
        this.file = folder.resolve("token-keys");
        this.files = files;
        this.executor = executor;
        List<String> kept = read();
        this.salt = kept.isEmpty() ? random(16) : saltOf(kept);
        kept.stream().skip(2).forEach(this::remember);
        if (kept.isEmpty()) {
            save();
        }
    }

    /** Returns this server's salt, 16 bytes, the same after a restart. */
    public Octets salt() {
        return salt;
    }

    /**
     * Returns a token's key.
     *
     * @return completes at once when the key is known
     */
    public CompletionStage<TokenKey> of(Secret secret) {
        String fingerprint = TokenKey.fingerprint(secret, salt, ITERATIONS);
        CompletableFuture<TokenKey> known = keys.get(fingerprint);
        if (known != null) {
            return known;
        }
        CompletableFuture<TokenKey> key = keys.computeIfAbsent(
                fingerprint, absent -> CompletableFuture.supplyAsync(() -> derive(secret), executor));
        // There was no memory, or no thread: the next board finds the way free.
        key.exceptionally(failure -> {
            keys.remove(fingerprint, key);
            return null;
        });
        return key;
    }

    /** Returns a key that nobody has: for boards that are not known, so that they learn nothing from the answer. */
    public TokenKey ofNobody() {
        return TokenKey.of(random(TokenKey.BYTES));
    }

    private TokenKey derive(Secret secret) {
        TokenKey key = TokenKey.derive(secret, salt, ITERATIONS);
        if (saveIsDue.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(SAVE_DELAY_SECONDS, TimeUnit.SECONDS, executor)
                    .execute(this::save);
        }
        return key;
    }

    private void save() {
        saveIsDue.set(false);
        StringBuilder text = new StringBuilder(MAGIC + "\n" + SALT + "=" + salt.toBase64() + "\n");
        keys.entrySet().stream()
                .filter(entry -> entry.getValue().isDone() && !entry.getValue().isCompletedExceptionally())
                .limit(MAX_KEYS)
                .forEach(entry -> text.append(entry.getKey())
                        .append('=')
                        .append(entry.getValue().join().toKeep())
                        .append('\n'));
        try {
            files.ensureWritableFolder(file.getParent());
            files.replace(file, text.toString().getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            LOG.warn("{} cannot be written ({}): keys are derived anew after each restart", file, FileFault.why(e));
        }
    }

    private List<String> read() {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
            if (lines.size() >= 2 && lines.get(0).equals(MAGIC) && lines.get(1).startsWith(SALT + "=")) {
                saltOf(lines);
                return lines;
            }
            LOG.warn("{} is damaged and is made anew", file);
        } catch (NoSuchFileException e) {
            LOG.debug("{} is made", file);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("{} cannot be read ({}) and is made anew", file, FileFault.why(e));
        }
        return List.of();
    }

    private void remember(String line) {
        String[] words = line.split("=", 2);
        try {
            keys.put(words[0], CompletableFuture.completedFuture(TokenKey.ofKept(words[1])));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            LOG.warn("{} has a damaged line, which is left out", file);
        }
    }

    private static Octets saltOf(List<String> lines) {
        Octets salt = Octets.ofBase64(lines.get(1).substring(SALT.length() + 1));
        if (salt.length() != 16) {
            throw new IllegalArgumentException("the salt has not 16 bytes");
        }
        return salt;
    }

    private static Octets random(int length) {
        return new Octets(RandomBytes.of(length));
    }
}
