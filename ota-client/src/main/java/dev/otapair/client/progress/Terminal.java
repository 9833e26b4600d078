package dev.otapair.client.progress;

import dev.otapair.protocol.cli.StandardError;

/** Tells how progress is shown. */
public final class Terminal {
    private Terminal() {}

    /** Returns what shows progress best: a bar to a person, lines to a log. */
    public static Progress.Factory progress() {
        return StandardError.isTerminal() ? ConsoleProgress::new : LogProgress::new;
    }
}
