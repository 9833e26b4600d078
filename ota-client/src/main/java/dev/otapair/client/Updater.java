package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.session.Connector;
import dev.otapair.client.session.Credentials;
import dev.otapair.client.store.BoardIdentity;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.RunLock;
import dev.otapair.client.store.ServerPin;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TokenKeyCache;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
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
    private final ServerPin pin;
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
        this.pin = new ServerPin(config.stateFolder(), config.secret(), files);
        this.packages = new PackageFolder(config.packages(), config.maxPackageSize(), files);
    }

    /** Returns what is installed, without asking anybody. */
    public InstalledRelease installed() {
        return state.read(config.seed());
    }

    /**
     * Asks the server what it offers. Fetches nothing and installs nothing.
     *
     * @throws OtaException if the server cannot be asked
     */
    public Outcome check() {
        CheckVisit visit = new CheckVisit(config.product(), installed());
        connector().hold(visit);
        return visit.outcome();
    }

    /**
     * Forgets that the server has proved itself.
     *
     * @return whether it was known to have
     */
    public boolean forgetServer() {
        return pin.clear();
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
        try (UpdateVisit visit = new UpdateVisit(config.product(), before, packages, confirmation, progress)) {
            holdToTheEnd(visit);
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
        return new Outcome(Outcome.Result.UPDATED, now, Optional.of(offerOf(fetched)));
    }

    /** Makes a connection that broke good by another, as long as that is worth it. */
    private void holdToTheEnd(UpdateVisit visit) {
        Connector connector = connector();
        Perseverance perseverance = new Perseverance(config.minRate());
        while (true) {
            long before = visit.received();
            visit.connecting();
            try {
                connector.hold(visit);
                return;
            } catch (OtaException e) {
                long brought = Math.max(0, visit.received() - before);
                if (!visit.canResume() || !perseverance.goesOn(e, brought, visit.receiving())) {
                    throw e;
                }
                LOG.warn("{}; {} bytes are here, going on", e.getMessage(), visit.received());
                interruption.pause(perseverance.pause(e));
            }
        }
    }

    private Connector connector() {
        DeviceId device = config.device().orElseGet(() -> BoardIdentity.of(config.stateFolder(), files));
        Credentials credentials = new Credentials(
                device,
                config.secret(),
                new TokenKeyCache(config.stateFolder(), files)::of,
                new PinnedTrust(config, pin));
        return new Connector(config, credentials, interruption);
    }

    private static Offer offerOf(PackageResponse fetched) {
        Optional<Content> content = Optional.of(fetched.digest())
                .filter(digest -> digest.algorithm() == Digest.Algorithm.SHA256)
                .map(digest -> new Content(fetched.size(), digest));
        return new Offer(fetched.latest(), content);
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
