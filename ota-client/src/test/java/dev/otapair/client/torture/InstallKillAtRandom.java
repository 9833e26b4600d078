package dev.otapair.client.torture;

import java.io.IOException;
import java.util.Optional;

/**
 * As {@link KillAtRandom}, while a release is unpacked, switched to, and proves itself; every other one does not, and is taken back.
 * The script is left behind by a client that is killed meanwhile.
 */
final class InstallKillAtRandom implements Experiment {
    private Optional<Stage> stage = Optional.empty();

    @Override
    public String name() {
        return "install-kill-at-random";
    }

    @Override
    public String faults() {
        return "R2 R18 R20";
    }

    @Override
    public long target() {
        return 1_000;
    }

    @Override
    public void attempt(Tally tally) throws IOException, InterruptedException {
        if (stage.isEmpty()) {
            stage = Optional.of(Stage.createUnpacking());
        }
        boolean isBad = tally.attempt() % 2 == 1;
        stage.get().copied();
        Installs installs = Installs.begin(stage.get().scene(), isBad);
        installs.takingItsTime("sleep 0.1");
        Moment moment = Moment.any(isBad, tally.random());

        Process client = stage.get().program().start(stage.get().scene().board());
        moment.await(installs.journal(), () -> !client.isAlive());
        boolean isOver = !client.isAlive();
        client.destroyForcibly().waitFor();

        String step = Moment.stepIn(installs.journal());
        String when = "%s release, killed %s, with the step '%s'".formatted(isBad ? "bad" : "good", moment, step);
        tally.count(isOver ? "came to the end before" : "killed, step '%s'".formatted(step));
        installs.judge(when, tally);
        installs.recover(true, when, tally);
        tally.attempted(1);
    }

    @Override
    public void close() throws IOException {
        if (stage.isPresent()) {
            stage.get().close();
        }
    }
}
