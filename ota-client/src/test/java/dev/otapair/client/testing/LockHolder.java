package dev.otapair.client.testing;

import dev.otapair.client.store.RunLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** A process that takes a folder's lock, says whether it got it, and keeps it until its standard input ends. */
public final class LockHolder {
    private LockHolder() {}

    /** @param arguments the folder */
    public static void main(String... arguments) throws IOException {
        Optional<RunLock> lock = RunLock.tryTake(Path.of(arguments[0]));
        System.out.println(lock.isPresent() ? "taken" : "refused");
        System.in.transferTo(System.out);
    }
}
