package dev.otapair.client.cli;

import picocli.CommandLine.Option;

/** How an update is made. */
final class UpdateOptions {
    @Option(names = "--interactive", description = "Show both versions and ask before anything is fetched.")
    private boolean interactive;

    boolean interactive() {
        return interactive;
    }
}
