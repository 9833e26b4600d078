package dev.otapair.protocol.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where config.ini is; accepted before and after a subcommand. Mixed into each program's top command. */
public final class ConfigOption {
    private static final String ENVIRONMENT = "OTA_CONFIG";
    private static final String NAME = "config.ini";

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:" + ENVIRONMENT + ":-" + NAME + "}",
            scope = ScopeType.INHERIT,
            description = "Configuration file (default: what OTA_CONFIG names, else config.ini in the current folder).")
    private Path file;

    /** Returns the file's absolute path; it may not exist. */
    public Path file() {
        return file.toAbsolutePath().normalize();
    }

    /** Returns what counts where nobody names one. */
    public static Path absent() {
        String named = System.getenv(ENVIRONMENT);
        return Path.of(named == null ? NAME : named);
    }
}
