package dev.otapair.protocol.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where progress is shown and logs are written. Java 22 and newer say of every console that it is there, so the kernel is asked. */
public final class StandardError {
    private static final Path DESCRIPTOR = Path.of("/proc/self/fd/2");

    private StandardError() {}

    /** Says whether it is a terminal: whether a person watches. */
    public static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(DESCRIPTOR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
