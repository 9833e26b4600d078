package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where config.ini is; accepted before and after a subcommand. Mixed into each program's top command. */
public final class ConfigOption {
    private static final String NAME = "config.ini";

    private final String variable;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "Configuration file (default: what OTA_SERVER_CONFIG or OTA_CLIENT_CONFIG names in the environment of this"
                            + " program, else config.ini in the current folder).")
    private Path file;

    /** @param variable of the environment, which names the file where no option does */
    public ConfigOption(String variable) {
        this.variable = variable;
    }

    /** Returns the file's absolute path; it may not exist. */
    public Path file() {
        return file == null ? absent(variable) : absolute(file);
    }

    /**
     * Returns the absolute path of what counts where no option names a file; a variable that is empty is as good as none.
     *
     * @throws OtaException CONFIG_INVALID if it names none that this locale could have
     */
    public static Path absent(String variable) {
        String named = System.getenv(variable);
        try {
            return absolute(Path.of(named == null || named.isEmpty() ? NAME : named));
        } catch (InvalidPathException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    variable + " names no file that this locale knows; LC_ALL=C.UTF-8 helps",
                    e);
        }
    }

    /** Returns a path as messages show it. */
    public static Path absolute(Path path) {
        return path.toAbsolutePath().normalize();
    }
}
