package dev.otapair.client.cli;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** How an update is made. Accepted before and after {@code update}; the other subcommands refuse it. */
final class UpdateOptions {
    @Option(
            names = "--interactive",
            scope = ScopeType.INHERIT,
            description = "For update: show both versions and ask before anything is fetched.")
    private boolean interactive;

    boolean interactive() {
        return interactive;
    }
}
