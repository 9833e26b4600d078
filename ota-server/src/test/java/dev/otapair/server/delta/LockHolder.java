package dev.otapair.server.delta;

import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;

/** Another process that is making a plan, and does not get on with it. */
public final class LockHolder {
    private LockHolder() {}

    /** Takes the lock, says so, and keeps it until its input ends. */
    public static void main(String... arguments) throws IOException {
        if (PairLock.tryTake(Path.of(arguments[0]), new DurableFiles(), new HashSet<>())
                .isPresent()) {
            System.out.println("held");
        }
        while (System.in.read() >= 0) {
            continue;
        }
    }

    /** Starts one, and returns when it has the lock. */
    public static Process start(Path lock) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx16m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        lock.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (process.getInputStream().read() != 'h') {
            throw new AssertionError("the lock could not be taken");
        }
        return process;
    }
}
