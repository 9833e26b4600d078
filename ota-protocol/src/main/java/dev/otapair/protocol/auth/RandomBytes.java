package dev.otapair.protocol.auth;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Bytes that nobody can guess: from the kernel, as {@link SecureRandom} takes them, which takes longer to find than a check takes to
 * connect. Thread-safe.
 */
public final class RandomBytes {
    private static final Path KERNEL = Path.of("/dev/urandom");

    private RandomBytes() {}

    /** Returns some, this many. */
    public static byte[] of(int count) {
        byte[] bytes = new byte[count];
        try (InputStream kernel = Files.newInputStream(KERNEL)) {
            if (kernel.readNBytes(bytes, 0, count) == count) {
                return bytes;
            }
        } catch (IOException e) {
            // A root folder that lacks the device: Java has other ways.
        }
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }
}
