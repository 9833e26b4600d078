package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.release.VerifyingKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A file that is said to be a key: it is one, the same one when it is written again, or it is refused without its content. */
public final class KeyFuzzTarget {
    private static final Path FILE = Scratch.folder("fuzz-key").resolve("k.pub");
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.US_ASCII);

    private KeyFuzzTarget() {}

    /** @param data public or private half, by the first bit; then the file */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] content = Arrays.copyOfRange(data, 1, data.length);
        try {
            if ((data[0] & 1) == 0) {
                publicHalf(content);
            } else {
                privateHalf(content);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void publicHalf(byte[] content) throws IOException {
        Files.write(FILE, content);
        KeyRing ring = KeyRing.read(FILE.getParent());
        if (ring.keys().size() + ring.faults().size() != 1) {
            throw new AssertionError("one file is %s".formatted(ring));
        }
        for (VerifyingKey key : ring.keys()) {
            if (!VerifyingKey.read(Files.write(FILE, key.toPem())).equals(key)) {
                throw new AssertionError(key + " is another key when it is written");
            }
            if (key.verifies(MESSAGE, new Octets(new byte[64])) || key.verifies(MESSAGE, identity())) {
                throw new AssertionError(key + " takes what nobody signed");
            }
        }
    }

    private static void privateHalf(byte[] content) throws IOException {
        Files.write(FILE, content);
        try {
            SigningKey key = SigningKey.read(FILE);
            if (!key.publicHalf().verifies(MESSAGE, key.sign(MESSAGE).bytes())) {
                throw new AssertionError("a key whose halves do not fit was read");
            }
        } catch (IllegalArgumentException e) {
            String text = new String(content, StandardCharsets.ISO_8859_1);
            // What is left is longer than all that a refusal says of its own, such as the label that it misses.
            if (text.length() > 100 && e.getMessage().contains(text.substring(30))) {
                throw new AssertionError("the refusal quotes the key", e);
            }
        }
    }

    /** R is the neutral point and S is 0: what a key of small order takes for anything. */
    private static Octets identity() {
        byte[] bytes = new byte[64];
        bytes[0] = 1;
        return new Octets(bytes);
    }
}
