package dev.otapair.client.cli;

import dev.otapair.client.Confirmation;
import dev.otapair.client.progress.Terminal;
import java.util.concurrent.Callable;

/** One update, as both the top command and {@code update} make it. */
record UpdateRun(RunOptions options, UpdateOptions updateOptions) implements Callable<Integer> {
    @Override
    public Integer call() {
        Confirmation confirmation =
                updateOptions.interactive() ? new Prompt(options.interruption()) : Confirmation.ALWAYS;
        return options.run(updater -> Report.of(updater.update(confirmation, Terminal.progress())));
    }
}
