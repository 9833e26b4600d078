package dev.otapair.client.cli;

import dev.otapair.client.Confirmation;
import dev.otapair.client.progress.Terminal;
import java.util.concurrent.Callable;

/** One update, whichever command line asks for it. */
record UpdateRun(Job job, boolean isInteractive) implements Callable<Integer> {
    @Override
    public Integer call() {
        Confirmation confirmation = isInteractive ? new Prompt(job.interruption()) : Confirmation.ALWAYS;
        return job.run(updater -> Report.of(updater.update(confirmation, Terminal.progress())));
    }
}
