package dev.otapair.server.store;

import dev.otapair.protocol.files.DurableFiles;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A process that notes boards until it is killed, and prints the number of the last one that it noted. */
final class LedgerWriter {
    static final int BOARDS = 50;

    private LedgerWriter() {}

    public static void main(String... arguments) {
        LedgerFile ledger = new LedgerFile(Path.of(arguments[0]), new DurableFiles());
        for (long number = Long.parseLong(arguments[1]); ; number++) {
            ledger.note(LedgerFileTest.board((int) (number % BOARDS), number));
            System.out.println(number);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
