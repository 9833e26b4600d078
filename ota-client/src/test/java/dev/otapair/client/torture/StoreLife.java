package dev.otapair.client.torture;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/**
 * A process that waits for a byte on its standard input and then updates a board until it is killed; once only if none comes. Writes a line to its standard output before each step, and after it; the
 * last one may lack its end.
 */
public final class StoreLife {
    static final String BEGINS = "begins ";
    static final String HOLDS = "holds ";

    private StoreLife() {}

    /** @param arguments the board's folder, the least size of a package, a seed */
    public static void main(String... arguments) throws IOException {
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            StoredUpdates updates =
                    new StoredUpdates(Path.of(arguments[0]), new Contents(Integer.parseInt(arguments[1])));
            Random random = new Random(Long.parseLong(arguments[2]));
            StoredUpdates.Ledger ledger = new StoredUpdates.Ledger() {
                @Override
                public void begins(Kept next) {
                    say(out, BEGINS + next.toLine());
                }

                @Override
                public void holds(Kept now) {
                    say(out, HOLDS + now.toLine());
                }
            };
            ledger.holds(updates.look());
            boolean isEndless = System.in.read() >= 0;
            do {
                updates.updateInTrouble(updates.installed() + 1, random, ledger);
            } while (isEndless);
        }
    }

    private static void say(FileOutputStream out, String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
