package dev.otapair.client.fuzz;

import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.ServerPin;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TokenKeyCache;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.TrustState;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** Whatever a power cut, a full disk or a curious person left in the state folder: it is read, and never believed too much. */
public final class StateFuzzTarget {
    private static final DurableFiles FILES = new DurableFiles();
    private static final Path FOLDER = folder();
    private static final Secret SECRET = new Secret("token");
    private static final Octets SALT = new Octets(new byte[16]);
    /** One: the cost of deriving is not what is tried here. */
    private static final int ITERATIONS = 1;

    private static final Octets KEY = TokenKey.derive(SECRET, SALT, ITERATIONS).reveal();
    private static final String PIN_START = "ota-client-pin/1\n";
    private static final int PIN_BYTES = PIN_START.length() + 65 + "crc32c=00000000\n".length();

    private StateFuzzTarget() {}

    /** @param data which file, then its content */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        LogLevel.ERROR.apply();
        byte[] content = Arrays.copyOfRange(data, 1, data.length);
        try {
            switch (data[0] & 3) {
                case 0 -> state(content);
                case 1 -> pin(content);
                case 3 -> trust(content);
                default -> keys(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void state(byte[] content) throws IOException {
        Path file = FOLDER.resolve("state");
        Files.deleteIfExists(FOLDER.resolve("state.old"));
        Files.write(file, content);
        StateFile state = new StateFile(FOLDER, FILES);
        InstalledRelease installed = state.read(Optional.empty());
        if (installed.name().isPresent()) {
            state.write(installed);
            if (!Arrays.equals(Files.readAllBytes(file), content)) {
                throw new AssertionError("a state that nobody wrote was believed: " + installed);
            }
        }
    }

    private static void trust(byte[] content) throws IOException {
        Path file = FOLDER.resolve("trust");
        Files.deleteIfExists(FOLDER.resolve("trust.copy"));
        Files.write(file, content);
        TrustFile trust = new TrustFile(FOLDER, FILES);
        TrustState read = trust.read();
        if (read.equals(TrustState.NONE.requiring())) {
            return;
        }
        trust.write(read);
        if (!Arrays.equals(Files.readAllBytes(file), content)) {
            throw new AssertionError("what nobody wrote was believed: " + read);
        }
    }

    private static void pin(byte[] content) throws IOException {
        Path file = FOLDER.resolve("server-pin");
        Files.write(file, content);
        String text = new String(content, StandardCharsets.ISO_8859_1);
        boolean isOfAnother = text.length() == PIN_BYTES && text.startsWith(PIN_START);
        ServerPin pin = new ServerPin(FOLDER, SECRET, FILES);
        if (!pin.isSet() && !isOfAnother) {
            throw new AssertionError("a pin that is damaged counts as none");
        }
        pin.set();
        if (!pin.isSet()) {
            throw new AssertionError("a pin that was set is not");
        }
    }

    private static void keys(byte[] content) throws IOException {
        Path file = FOLDER.resolve("token-keys");
        Files.write(file, content);
        TokenKeyCache keys = new TokenKeyCache(FOLDER, FILES);
        if (!keys.of(SECRET, SALT, ITERATIONS).reveal().equals(keptIn(file))) {
            throw new AssertionError("a damaged file gives a wrong key, now and for ever");
        }
        if (!keys.of(SECRET, SALT, ITERATIONS).reveal().equals(keptIn(file))) {
            throw new AssertionError("what was kept is not what is read");
        }
    }

    /** A fuzzer that sees comparisons finds a check that fits: that is no damage, and is believed. */
    private static Octets keptIn(Path file) throws IOException {
        String start = TokenKey.fingerprint(SECRET, SALT, ITERATIONS) + "=";
        return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.startsWith(start))
                .flatMap(line -> checked(line.substring(start.length())).stream())
                .findFirst()
                .orElse(KEY);
    }

    private static Optional<Octets> checked(String text) {
        try {
            return Optional.of(TokenKey.ofKept(text).reveal());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Path folder() {
        try {
            Path shared = Path.of("/dev/shm");
            return Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "fuzz-state")
                    : Files.createTempDirectory("fuzz-state");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
