package dev.otapair.client.progress;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with speed and remaining time: for a person at a terminal. */
public final class ConsoleProgress implements Progress {
    private static final long MIB = 1024 * 1024;

    private final ProgressBar bar;

    /** @param total bytes in all, 0 or more */
    public ConsoleProgress(String name, long total) {
        bar = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(total)
                .setUnit(" MiB", MIB)
                .setStyle(ProgressBarStyle.ASCII)
                .showSpeed()
                .build();
    }

    @Override
    public void advance(long bytes) {
        bar.stepBy(bytes);
    }

    @Override
    public void close() {
        bar.close();
    }
}
