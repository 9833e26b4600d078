package dev.otapair.client.torture;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * One cut at about four fifths of a package, as a customer would try it; the same run goes on, or the next one. What passed the line
 * in all is held against the size of the package.
 */
final class CutsAtEightyPercent implements Experiment {
    private static final int SIZE = 5_000_000;
    private static final long MAX_PERMILLE = 1100;

    private Path folder;
    private Scene scene;
    private FaultProxy line;

    @Override
    public String name() {
        return "cut-at-80-percent";
    }

    @Override
    public String faults() {
        return "R11";
    }

    @Override
    public long target() {
        return 100;
    }

    @Override
    public void attempt(Tally tally) throws IOException {
        if (scene == null) {
            open();
        }
        Random random = tally.random();
        long offset = Math.round(SIZE * (0.8 + 0.05 * (2 * random.nextDouble() - 1)));
        int how = random.nextInt(10);
        boolean isNextRun = random.nextBoolean();
        String when = "%s after %d bytes, goes on in the %s run"
                .formatted(how == 0 ? "silence" : how % 2 == 0 ? "FIN" : "RST", offset, isNextRun ? "next" : "same");
        FaultPlan clean = FaultPlan.none();
        scene.copied(folder.resolve("board"), line.address()).with("read_timeout", "1");
        scene.settle();
        line.planOnce(
                clean,
                how == 0
                        ? clean.silentAfter(offset)
                        : how % 2 == 0 ? clean.finAfter(offset) : clean.resetAfter(offset));
        if (isNextRun) {
            line.planOnce(clean, clean.finAfter(0));
        }
        long passed = line.passedToClient();

        try {
            scene.board().update();
            tally.require(!isNextRun, "went on without a line; " + when);
        } catch (OtaException e) {
            tally.require(isNextRun && e.code() == ErrorCode.CONNECTION_LOST, e.getMessage() + "; " + when);
            scene.judge(when, tally);
        }
        line.forgetPlansOnce();
        scene.recover(when, tally, line.address());

        long permille = (line.passedToClient() - passed) * 1000 / SIZE;
        tally.require(permille <= MAX_PERMILLE, permille + " permille of the package passed; " + when);
        tally.largest("largest ratio, permille", permille);
        tally.count(isNextRun ? "went on in the next run" : "went on in the same run");
        tally.attempted(1);
    }

    private void open() throws IOException {
        folder = Workplace.inMemory();
        scene = new Scene(Files.createDirectory(folder.resolve("scene")), SIZE);
        scene.prepareCopies();
        line = new FaultProxy(scene.address(), FaultPlan.none(), FaultPlan.none());
    }

    @Override
    public void close() throws IOException {
        if (scene != null) {
            line.close();
            scene.close();
            Scene.remove(folder);
        }
    }
}
