package dev.otapair.client.torture;

import dev.otapair.client.testing.ServerProcess;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The server's program is killed or ended while boards fetch from it, and started again at once: every board finishes its run. */
final class ServerRestarts implements Experiment {
    private static final int SIZE = 1_500_000;
    private static final long RATE = 500_000;

    /** Over all boards and messages, in percent of what they came for. */
    private static final long MAX_MORE_PERCENT = 5;

    private final int boards;
    private final List<FaultProxy> lines = new ArrayList<>();
    private final List<Scene> scenes = new ArrayList<>();
    private Path folder;
    private Scene scene;
    private Crowd crowd;
    private ServerProcess server;
    private InetSocketAddress address;

    /** @param boards that fetch at the same time */
    ServerRestarts(int boards) {
        this.boards = boards;
    }

    @Override
    public String name() {
        return "server-restarts";
    }

    @Override
    public String faults() {
        return "R8 R9";
    }

    @Override
    public long target() {
        return 100;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (scene == null) {
            open();
        }
        Random random = tally.random();
        boolean isKill = random.nextInt(4) > 0;
        long afterMillis = random.nextLong(SIZE * 1100L / RATE);
        String when = "%s after %d ms".formatted(isKill ? "kill -9" : "TERM", afterMillis);
        for (int i = 0; i < boards; i++) {
            scenes.get(i)
                    .copied(folder.resolve("board-" + i), lines.get(i).address())
                    .with("retries", "12");
            scenes.get(i).settle();
        }
        long passed = passed();

        CompletableFuture<Void> restart = CompletableFuture.runAsync(() -> restart(isKill, afterMillis));
        crowd.work(boards, index -> fetch(scenes.get(index), when, tally));
        restart.join();

        long percent = (passed() - passed) * 100 / ((long) boards * SIZE);
        tally.require(percent <= 100 + MAX_MORE_PERCENT, percent + " percent of the packages passed; " + when);
        tally.largest("largest ratio, percent", percent);
        for (Scene each : scenes) {
            each.recover(when, tally, address);
        }
        tally.count(isKill ? "killed" : "told to end");
        tally.attempted(1);
    }

    private void fetch(Scene own, String when, Tally tally) throws IOException {
        try {
            own.board().update();
            tally.count("transfers that finished in the same run");
        } catch (OtaException e) {
            tally.violation("gave up: " + e.getMessage() + "; " + when);
        }
        own.judge(when, tally);
    }

    private void restart(boolean isKill, long afterMillis) {
        try {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(afterMillis));
            if (isKill) {
                server.kill();
            } else {
                server.terminate();
            }
            server = ServerProcess.start(scene.server());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("the server did not come back", e);
        }
    }

    private long passed() {
        return lines.stream().mapToLong(FaultProxy::passedToClient).sum();
    }

    private void open() throws IOException {
        folder = Workplace.inMemory();
        scene = new Scene(Files.createDirectory(folder.resolve("scene")), SIZE);
        scene.prepareCopies();
        scene.server().close();
        address = ServerProcess.freeAddress();
        scene.server().with("port", Integer.toString(address.getPort())).with("log_level", "info");
        server = ServerProcess.start(scene.server());
        crowd = new Crowd(boards);
        for (int i = 0; i < boards; i++) {
            scenes.add(scene.beside());
            lines.add(new FaultProxy(address, FaultPlan.none(), FaultPlan.none().throttle(RATE)));
        }
    }

    @Override
    public void close() throws IOException {
        if (scene != null) {
            crowd.close();
            server.close();
            for (FaultProxy line : lines) {
                line.close();
            }
            scene.close();
            Scene.remove(folder);
        }
    }
}
