package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/**
 * A run finds a partial file that is not what it left: a byte is another one, it is longer, of another release, a symbolic or a hard
 * link, a folder, or can be written by others. Or nothing is wrong with it, and only its length is any.
 */
final class DamagedPartial implements Experiment {
    private static final int PACKAGE_BYTES = 20_000;
    private static final String UNTOUCHED = "what somebody else owns";

    private Optional<Place> place = Optional.empty();

    private record Place(Path folder, Scene scene) {
        static Place make() throws IOException {
            Path folder = Files.createTempDirectory("ota-torture-").toRealPath();
            return new Place(folder, new Scene(folder, PACKAGE_BYTES));
        }
    }

    private enum Damage {
        FLIPPED,
        SHORTER,
        LONGER,
        OF_ANOTHER_RELEASE,
        UNDER_ANOTHER_NAME,
        SYMBOLIC_LINK,
        HARD_LINK,
        FOLDER,
        FULL_FOLDER,
        WRITABLE_BY_OTHERS
    }

    @Override
    public String name() {
        return "damaged-partial";
    }

    @Override
    public String faults() {
        return "R26";
    }

    @Override
    public long target() {
        return 5_000;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (place.isEmpty()) {
            place = Optional.of(Place.make());
        }
        Scene scene = place.get().scene();
        Board board = scene.fresh(place.get().folder().resolve("board"), scene.address());
        Path elsewhere = Files.writeString(place.get().folder().resolve("elsewhere"), UNTOUCHED);
        Random random = tally.random();
        Damage damage = Damage.values()[(int) (tally.attempt() % Damage.values().length)];
        int length = random.nextInt(PACKAGE_BYTES + 1);

        damage(damage, board, length, elsewhere);

        String when = "the partial file is %s, %d bytes".formatted(damage, length);
        if (damage == Damage.FULL_FOLDER) {
            refuses(board, when, tally);
        }
        scene.recover(when, tally);
        tally.require(Files.readString(elsewhere).equals(UNTOUCHED), "what is none of ours was written; " + when);
        tally.require(
                scene.runs().size() == 1, "I4: the script ran " + scene.runs().size() + " times; " + when);
        Files.delete(elsewhere);
        tally.count(damage.toString());
        tally.attempted(1);
    }

    private void damage(Damage damage, Board board, int length, Path elsewhere) throws IOException {
        byte[] whole = place.get().scene().newContent();
        Path partial = partialOf(board);
        byte[] start = Arrays.copyOf(whole, length);
        switch (damage) {
            case FLIPPED -> {
                byte[] flipped = whole.clone();
                flipped[Math.min(length, whole.length - 1)] ^= (byte) (1 << length % 8);
                write(partial, flipped);
            }
            case SHORTER -> write(partial, start);
            case LONGER -> write(partial, Arrays.copyOf(whole, whole.length + 1 + length));
            case OF_ANOTHER_RELEASE -> write(partial, Scene.bytes(length, 1));
            case UNDER_ANOTHER_NAME -> write(partial.resolveSibling(".part-" + Scene.sha256(start)), start);
            case SYMBOLIC_LINK -> Files.createSymbolicLink(partial, elsewhere);
            case HARD_LINK -> Files.createLink(partial, elsewhere);
            case FOLDER -> Files.createDirectory(partial);
            case FULL_FOLDER -> Files.write(Files.createDirectory(partial).resolve("file"), start);
            case WRITABLE_BY_OTHERS -> {
                write(partial, start);
                Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rw-rw-rw-"));
            }
        }
    }

    /** What somebody keeps in a folder is not removed: the board says where it is in the way, and goes on when it is gone. */
    private void refuses(Board board, String when, Tally tally) throws IOException {
        Path partial = partialOf(board);
        try {
            tally.violation("it was not refused, but " + board.update().result() + "; " + when);
        } catch (OtaException e) {
            boolean isNamed = e.getMessage().contains(partial.toString());
            tally.require(e.code() == ErrorCode.CANNOT_WRITE && isNamed, "it does not say why: " + e + "; " + when);
        }
        tally.require(Files.exists(partial.resolve("file")), "what is none of ours was removed; " + when);
        Scene.remove(partial);
    }

    private Path partialOf(Board board) {
        return board.packages()
                .resolve(".part-" + Scene.sha256(place.get().scene().newContent()));
    }

    /** As the client leaves it. */
    private static void write(Path file, byte[] content) throws IOException {
        Files.write(file, content);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    @Override
    public void close() throws IOException {
        if (place.isPresent()) {
            place.get().scene().close();
            Scene.remove(place.get().folder());
        }
    }
}
