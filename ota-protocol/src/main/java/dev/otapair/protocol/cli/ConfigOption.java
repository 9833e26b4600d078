package dev.otapair.protocol.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where config.ini is; accepted before and after a subcommand. Mixed into each program's top command. */
public final class ConfigOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            defaultValue = "${env:OTA_CONFIG:-config.ini}",
            scope = ScopeType.INHERIT,
            description = "Configuration file (default: what OTA_CONFIG names, else config.ini in the current folder).")
    private Path file;

    /** Returns the file's absolute path; it may not exist. */
    public Path file() {
        return file.toAbsolutePath().normalize();
    }
}
