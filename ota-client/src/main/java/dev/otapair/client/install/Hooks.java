package dev.otapair.client.install;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.InstallSettings;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that config.ini names, ready to be called. One run.
 *
 * @param afterProcess makes a release the board's software
 * @param preDownload says whether a package may be fetched
 * @param preInstall says whether a release may be installed
 * @param hold says whether it is a good moment to install
 * @param healthCheck says whether the installed release works
 * @param onEvent is told what happens
 */
public record Hooks(
        Optional<Hook> afterProcess,
        Optional<Hook> preDownload,
        Optional<Hook> preInstall,
        Optional<Hook> hold,
        Optional<Hook> healthCheck,
        Optional<Hook> onEvent) {
    private static final Duration GRACE = Duration.ofSeconds(10);

    /**
     * Prepares them.
     *
     * @param environment of this process
     * @param interruption ends them early
     * @throws OtaException CONFIG_INVALID if one could not be run at all
     */
    public static Hooks of(ClientConfig config, Map<String, String> environment, Interruption interruption) {
        return of(config, environment, interruption, GRACE);
    }

    /** As above, with another time between the request to end and the end by force. */
    static Hooks of(ClientConfig config, Map<String, String> environment, Interruption interruption, Duration grace) {
        InstallSettings settings = config.install();
        Maker maker = new Maker(config, environment, interruption, grace);
        return new Hooks(
                maker.make(settings.afterProcess(), settings.scriptTimeout(), "script_timeout"),
                maker.make(settings.preDownload()),
                maker.make(settings.preInstall()),
                maker.make(settings.hold()),
                maker.make(settings.healthCheck()),
                maker.make(settings.onEvent()));
    }

    private record Maker(
            ClientConfig config, Map<String, String> environment, Interruption interruption, Duration grace) {
        Optional<Hook> make(Optional<Path> program) {
            return make(program, config.install().hookTimeout(), "hook_timeout");
        }

        Optional<Hook> make(Optional<Path> program, Duration timeout, String timeoutKey) {
            return program.map(path -> new Hook(
                    path,
                    config.configFolder(),
                    timeout,
                    timeoutKey,
                    grace,
                    required("setsid"),
                    runAs(),
                    environment,
                    interruption));
        }

        private Optional<String> runAs() {
            config.install().runAs().ifPresent(this::requireUser);
            return config.install().runAs();
        }

        /** What could never run is no failure of a release. */
        private void requireUser(String user) {
            required("runuser");
            try {
                FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(user);
                if (!OwnProcess.isRoot()) {
                    throw new OtaException(
                            ErrorCode.CONFIG_INVALID, "run_as = %s takes a client that root started".formatted(user));
                }
            } catch (IOException e) {
                throw new OtaException(
                        ErrorCode.CONFIG_INVALID, "run_as is '%s', which is no user here".formatted(user), e);
            }
        }

        private Path required(String program) {
            return ProcessGroup.find(program, environment)
                    .orElseThrow(() -> new OtaException(
                            ErrorCode.CONFIG_INVALID,
                            "%s is not on PATH, the script needs it; install util-linux".formatted(program)));
        }
    }
}
