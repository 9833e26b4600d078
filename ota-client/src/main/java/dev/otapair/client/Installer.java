package dev.otapair.client;

import dev.otapair.client.install.AfterProcess;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.StateFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a verified package the board's software, and records it. One run; the caller holds the run lock. */
final class Installer {
    private static final Logger LOG = LoggerFactory.getLogger(Installer.class);

    private final PackageFolder packages;
    private final StateFile state;
    private final BoardTrust trust;
    private final Trial trial;
    private final Optional<AfterProcess> script;

    /** @param script run for each package; empty records only */
    Installer(PackageFolder packages, StateFile state, BoardTrust trust, Trial trial, Optional<AfterProcess> script) {
        this.packages = packages;
        this.state = state;
        this.trust = trust;
        this.trial = trial;
        this.script = script;
    }

    /**
     * Runs the script for a package that is in its place.
     *
     * @param verdict that said to install it
     * @return what is installed now
     * @throws OtaException what the script failed with, or CANNOT_WRITE; then {@code before} is what is recorded
     */
    InstalledRelease install(PackageResponse verified, Verdict verdict, InstalledRelease before) {
        Path file = packages.pathOf(verified.latest());
        InstalledRelease next = verdict.verified()
                .map(InstalledRelease::of)
                .orElseGet(() -> InstalledRelease.unsigned(verified.latest(), verified.digest()));
        try {
            script.ifPresent(afterProcess -> afterProcess.run(file, verified, next, before));
        } catch (OtaException e) {
            if (e.code() == ErrorCode.SCRIPT_FAILED) {
                trial.scriptFailed(verified.digest());
            }
            throw e;
        }
        record(next, verdict);
        trial.forget();
        LOG.info("Installed {}", next);
        return next;
    }

    /**
     * Takes over the counter of a release whose content is installed already.
     *
     * @return what is installed now: the same
     * @throws OtaException CANNOT_WRITE
     */
    InstalledRelease adopt(Verdict verdict, InstalledRelease installed) {
        Optional<InstalledRelease> signed = verdict.verified().map(InstalledRelease::of);
        if (verdict.answer() != Verdict.Answer.SAME || signed.isEmpty()) {
            return installed;
        }
        if (signed.get().release() > installed.release()) {
            record(signed.get(), verdict);
            LOG.info(
                    "{} is installed; it counts as release {} now",
                    installed,
                    signed.get().release());
            return signed.get();
        }
        return installed;
    }

    /** The floor first: after a cut between the two the release is installed again, never one below the floor. */
    private void record(InstalledRelease now, Verdict verdict) {
        verdict.verified().ifPresent(trust::raiseFloor);
        state.write(now);
    }
}
