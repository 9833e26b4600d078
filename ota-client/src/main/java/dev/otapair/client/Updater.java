package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.session.Connector;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.RunLock;
import dev.otapair.client.store.StateFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of the client on a board: ask, fetch, verify, install, record. Used by one thread, once. */
public final class Updater {
    private static final Logger LOG = LoggerFactory.getLogger(Updater.class);

    private final ClientConfig config;
    private final Map<String, String> environment;
    private final Interruption interruption;
    private final DurableFiles files = new DurableFiles();
    private final StateFile state;
    private final PackageFolder packages;

    /**
     * @param environment of this process, for the script
     * @param interruption told when the run has to end early
     */
    public Updater(ClientConfig config, Map<String, String> environment, Interruption interruption) {
        this.config = config;
        this.environment = environment;
        this.interruption = interruption;
        this.state = new StateFile(config.stateFolder(), files);
        this.packages = new PackageFolder(config.packages(), config.maxPackageSize(), files);
    }

    /** Returns what is installed, without asking anybody. */
    public InstalledRelease installed() {
        return state.read(config.seed());
    }

    /**
     * Asks the server what it offers. Writes nothing.
     *
     * @throws OtaException if the server cannot be asked
     */
    public Outcome check() {
        CheckVisit visit = new CheckVisit(installed());
        new Connector(config, interruption).hold(visit);
        return visit.outcome();
    }

    /**
     * Brings the board to what the server offers.
     *
     * @param confirmation asked before anything is fetched
     * @param progress shows the download
     * @throws OtaException if it could not; then what was installed before is what is recorded
     */
    public Outcome update(Confirmation confirmation, Progress.Factory progress) {
        prepareState();
        Optional<RunLock> lock = RunLock.tryTake(config.stateFolder());
        if (lock.isEmpty()) {
            LOG.info("Another run is at work on this board; nothing to do here");
            return new Outcome(Outcome.Result.ALREADY_RUNNING, installed(), Optional.empty());
        }
        try {
            return updateLocked(confirmation, progress);
        } finally {
            lock.get().close();
        }
    }

    private Outcome updateLocked(Confirmation confirmation, Progress.Factory progress) {
        Optional<AfterProcess> script = AfterProcess.of(config, environment, interruption);
        packages.prepare();
        state.adopt(config.seed());
        InstalledRelease before = installed();
        try (UpdateVisit visit = new UpdateVisit(before, packages, confirmation, progress)) {
            new Connector(config, interruption).hold(visit);
            Optional<PackageResponse> fetched = visit.finish();
            if (fetched.isEmpty()) {
                return visit.outcome();
            }
            return install(fetched.get(), before, script);
        }
    }

    private Outcome install(PackageResponse fetched, InstalledRelease before, Optional<AfterProcess> script) {
        Path file = packages.pathOf(fetched.latest());
        script.ifPresent(afterProcess -> afterProcess.run(file, fetched, before));
        InstalledRelease now = InstalledRelease.of(fetched.latest());
        state.write(now);
        LOG.info("Installed {}", now);
        return new Outcome(Outcome.Result.UPDATED, now, Optional.of(fetched.latest()));
    }

    private void prepareState() {
        try {
            files.ensureWritableFolder(config.stateFolder());
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "state_dir: %s cannot be written: %s".formatted(config.stateFolder(), e),
                    e);
        }
    }
}
