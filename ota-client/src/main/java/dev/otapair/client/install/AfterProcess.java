package dev.otapair.client.install;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's script that makes a package the board's software. Runs in the config file's folder, with the package's
 * path as {@code $1}, a small environment, and nothing on standard input.
 *
 * @see "README.md, The after-process script"
 */
public final class AfterProcess {
    private static final Logger LOG = LoggerFactory.getLogger(AfterProcess.class);

    /** EX_TEMPFAIL of sysexits: not now, ask me again. */
    private static final int LATER = 75;

    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Path script;
    private final Path folder;
    private final Duration timeout;
    private final Duration grace;
    private final Path setsid;
    private final Map<String, String> environment;
    private final Interruption interruption;

    private AfterProcess(
            Path script,
            ClientConfig config,
            Path setsid,
            Map<String, String> environment,
            Interruption interruption,
            Duration grace) {
        this.script = script;
        this.folder = config.configFolder();
        this.timeout = config.scriptTimeout();
        this.grace = grace;
        this.setsid = setsid;
        this.environment = environment;
        this.interruption = interruption;
    }

    /**
     * Prepares to run the configured script, if there is one.
     *
     * @param environment of this process; the script gets PATH and LANG of it
     * @throws OtaException CONFIG_INVALID if a script could not be run at all
     */
    public static Optional<AfterProcess> of(
            ClientConfig config, Map<String, String> environment, Interruption interruption) {
        return of(config, environment, interruption, GRACE);
    }

    /** As above, with another time between the request to end and the end by force. */
    static Optional<AfterProcess> of(
            ClientConfig config, Map<String, String> environment, Interruption interruption, Duration grace) {
        return config.script().map(script -> {
            Path setsid = ProcessGroup.setsid(environment)
                    .orElseThrow(() -> new OtaException(
                            ErrorCode.CONFIG_INVALID,
                            "setsid is not on PATH, the script needs it; install util-linux"));
            return new AfterProcess(script, config, setsid, environment, interruption, grace);
        });
    }

    /**
     * Runs the script to its end, once the one of an earlier run has ended.
     *
     * @param file the verified package, absolute
     * @param next what is installed once the script has ended well
     * @param before what is installed while it runs
     * @throws OtaException SCRIPT_DEFERRED on status 75, SCRIPT_FAILED on any other but 0 and when time ran out, or the
     *     signal's code; the script's group is ended then
     */
    public void run(Path file, PackageResponse announced, InstalledRelease next, InstalledRelease before) {
        interruption.throwIfInterrupted();
        try {
            awaitEarlier();
            LOG.info("Running {} {}", script, file);
            ProcessGroup group =
                    ProcessGroup.start(setsid, commandFor(file), folder, environmentFor(file, announced, next, before));
            judge(waitFor(group));
        } catch (NoSuchFileException e) {
            throw new OtaException(ErrorCode.SCRIPT_FAILED, script + " does not exist any more", e);
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.SCRIPT_FAILED, "%s cannot be run: %s".formatted(script, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OtaException(ErrorCode.SCRIPT_FAILED, script + ": the wait for it was interrupted", e);
        }
    }

    /** A run that was killed leaves its script behind: two of them at once would be in each other's way. */
    private void awaitEarlier() throws InterruptedException {
        Optional<ProcessGroup> earlier = ProcessGroup.leftBehind(script);
        if (earlier.isEmpty()) {
            return;
        }
        LOG.warn("{} is still at work for a run that was killed; waiting for its end", script);
        CompletableFuture<Void> told = new CompletableFuture<>();
        boolean hasEnded = interruption.during(
                () -> told.complete(null), () -> earlier.get().waitForEnd(timeout, told));
        interruption.throwIfInterrupted();
        if (!hasEnded) {
            earlier.get().terminate();
            earlier.get().killAfter(grace);
        }
    }

    private Optional<Integer> waitFor(ProcessGroup group) throws InterruptedException {
        ScriptOutput output = new ScriptOutput(script.getFileName().toString(), group.output());
        CompletableFuture<Void> told = new CompletableFuture<>();
        Runnable tell = () -> {
            group.terminate();
            told.complete(null);
        };
        Optional<Integer> status = interruption.during(tell, () -> group.waitFor(timeout, told));
        if (status.isEmpty() && !told.isDone()) {
            group.terminate();
        }
        if (status.isEmpty() || told.isDone()) {
            group.killAfter(grace);
        }
        output.finish();
        if (told.isDone()) {
            // What the script did until then, only its author knows.
            interruption.throwIfInterrupted("told to end; no release was recorded");
        }
        return status;
    }

    private void judge(Optional<Integer> status) {
        if (status.isEmpty()) {
            throw new OtaException(
                    ErrorCode.SCRIPT_FAILED,
                    "%s did not end within script_timeout = %d s and was killed"
                            .formatted(script, timeout.toSeconds()));
        }
        if (status.get() == LATER) {
            throw new OtaException(ErrorCode.SCRIPT_DEFERRED, script + " asks to be run later (status 75)");
        }
        if (status.get() != 0) {
            throw new OtaException(
                    ErrorCode.SCRIPT_FAILED,
                    "%s ended with status %d; the package stays, the release is not installed"
                            .formatted(script, status.get()));
        }
    }

    private List<String> commandFor(Path file) throws IOException {
        List<String> words = ScriptCommand.of(script);
        words.add(file.toString());
        return words;
    }

    private Map<String, String> environmentFor(
            Path file, PackageResponse announced, InstalledRelease next, InstalledRelease before) {
        Map<String, String> variables = new TreeMap<>();
        variables.put("PATH", ProcessGroup.path(environment));
        Optional.ofNullable(environment.get("LANG")).ifPresent(language -> variables.put("LANG", language));
        variables.put("OTA_NAME", announced.latest().value());
        variables.put("OTA_PACKAGE", file.toString());
        variables.put("OTA_SIZE", Long.toString(announced.size()));
        String digestName = announced.digest().algorithm() == Digest.Algorithm.MD5 ? "OTA_MD5" : "OTA_SHA256";
        variables.put(digestName, announced.digest().hex());
        variables.put("OTA_VERSION", next.version());
        variables.put("OTA_RELEASE", Long.toString(next.release()));
        variables.put("OTA_OLD_NAME", before.toString());
        variables.put("OTA_OLD_RELEASE", Long.toString(before.release()));
        return variables;
    }
}
