package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.Wish;
import dev.otapair.client.tree.ModelTree.FileNode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.server.release.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Releases at random, one after the other, published and brought to a board over a line that is cut at random, while files are damaged
 * there: what is installed is what was published, always. {@code -Dupdate.count=N} makes more of them.
 */
class RandomUpdateWireTest {
    private static final long SEED = Long.getLong("update.seed", System.nanoTime());
    private static final int COUNT = Integer.getInteger("update.count", 8);
    private static final int MAX_CUTS = 3;

    /** A session's handshake and its questions pass. */
    private static final int MIN_CUT = 3_000;

    private static final int MAX_CUT = 60_000;

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);
    private final SigningKey key = SigningKey.generate();
    private final boolean isRoot = OwnProcess.isRoot();
    private int increments;

    @Test
    void everyReleaseComesOutAsItWasPublished() throws IOException {
        try (RealServer server = new RealServer(folder.resolve("server"))
                        .with("deltas", "yes")
                        .start();
                FaultProxy line = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            Board board = new Board(Files.createDirectory(folder.resolve("board")))
                    .asking(line.address())
                    .trusting(key)
                    .with("unpack", "yes")
                    .with("response_timeout", "120");
            ModelTree release = padded(ModelTree.random(random));
            for (int number = 1; number <= COUNT; number++) {
                publish(server, release, number);

                update(board, line, number);

                assertThat(ModelTree.describe(current(board), isRoot))
                        .as("release %d, seed %d", number, SEED)
                        .isEqualTo(release.described(isRoot));
                damage(current(board), release);
                release = padded(random.nextInt(5) == 0 ? ModelTree.random(random) : release.edited(random));
            }
        }
        System.out.printf("%d releases, %d by increments, seed %d%n", COUNT, increments, SEED);
        assertThat(increments).as("seed %d", SEED).isPositive();
    }

    /** Enough that an increment is worth asking for. */
    private ModelTree padded(ModelTree tree) {
        byte[] noise = new byte[60_000];
        new Random(1).nextBytes(noise);
        noise[random.nextInt(noise.length)]++;
        return tree.put("noise", new FileNode(0644, 0, 1_600_000_000, noise));
    }

    private void publish(RealServer server, ModelTree release, int number) throws IOException {
        Path source = folder.resolve("fw-" + number);
        release.writeTo(source, isRoot);
        server.publisher()
                .publish(
                        new Source(source, Source.Form.TREE, Optional.empty(), true), new Wish().draft(), List.of(key));
        new DurableFiles().deleteTree(source);
    }

    /** As a board does that runs again and again: the line gets better in the end. */
    private void update(Board board, FaultProxy line, int number) throws IOException {
        for (int cuts = 0; cuts <= MAX_CUTS; cuts++) {
            FaultPlan cut = FaultPlan.none().resetAfter(MIN_CUT + random.nextInt(MAX_CUT - MIN_CUT));
            line.plan(FaultPlan.none(), cuts == MAX_CUTS ? FaultPlan.none() : cut);
            try {
                boolean isIncrement = board.update()
                        .travel()
                        .filter(travel -> travel.change().isPresent())
                        .isPresent();
                increments += isIncrement ? 1 : 0;
                return;
            } catch (OtaException e) {
                assertThat(cuts)
                        .as("release %d, seed %d: %s", number, SEED, e.getMessage())
                        .isLessThan(MAX_CUTS);
            }
        }
    }

    private void damage(Path installed, ModelTree release) throws IOException {
        List<String> files = new ArrayList<>(release.nodes().keySet());
        files.removeIf(path -> !(release.nodes().get(path) instanceof FileNode));
        for (int i = random.nextInt(3); i > 0; i--) {
            Path file = installed.resolve(files.get(random.nextInt(files.size())));
            if (random.nextBoolean()) {
                Files.deleteIfExists(file);
            } else if (isRoot && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                Files.write(file, new byte[random.nextInt(1000)]);
            }
        }
    }

    private static Path current(Board board) throws IOException {
        return board.packages().resolve("current").toRealPath();
    }
}
