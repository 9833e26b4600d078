package dev.otapair.client;

import dev.otapair.client.control.Interruption;
import dev.otapair.client.progress.Progress;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;
import java.util.OptionalLong;

/** Brings the board to a package that somebody carried here; asks no server. One run; the caller holds the run lock. */
final class CarriedInstall {
    private final BoardStore store;
    private final BoardTrust trust;
    private final Trial trial;
    private final Installer installer;
    private final Interruption interruption;

    CarriedInstall(BoardStore store, BoardTrust trust, Trial trial, Installer installer, Interruption interruption) {
        this.store = store;
        this.trust = trust;
        this.trial = trial;
        this.installer = installer;
        this.interruption = interruption;
    }

    /**
     * Does it.
     *
     * @param before what is installed
     * @param allowDowngrade whether it may be older than that; never below the floor
     * @throws OtaException if it could not; then what was installed before is what is recorded
     */
    Outcome run(CarriedPackage carried, InstalledRelease before, boolean allowDowngrade, Progress.Factory progress) {
        Offer offer = trust.requiresSignatures() ? carried.offer() : carried.offerOfContent(interruption);
        Verdict verdict = trust.judgeByHand(offer, before, allowDowngrade);
        verdict.throwIfRefused();
        Content content = verdict.verified()
                .map(ReleaseMetadata::content)
                .or(offer::content)
                .orElseThrow();
        PackageResponse whole = PackageResponse.whole(carried.name(), content.size(), content.sha256());
        trial.judge(verdict, Optional.of(whole)).throwIfRefused();
        trust.remember(verdict, OptionalLong.empty());
        Outcome seen = new Outcome(
                Outcome.Result.UP_TO_DATE,
                before,
                Optional.of(new Offer(offer.name(), Optional.of(content), offer.signed())),
                Optional.of(verdict),
                Optional.empty());
        if (verdict.answer() == Verdict.Answer.SAME) {
            return putRight(carried, whole, before, progress)
                    ? seen.updatedTo(installer.adopt(verdict, before))
                    : seen.with(installer.adopt(verdict, before));
        }
        carried.copyTo(store.packages(), whole, progress, interruption);
        return seen.updatedTo(installer.install(whole, verdict));
    }

    /** Whoever brings the package of what is installed wants it to be as it was. */
    private boolean putRight(
            CarriedPackage carried, PackageResponse whole, InstalledRelease installed, Progress.Factory progress) {
        Runnable goesOn = interruption::throwIfInterrupted;
        if (new Inspector(store, goesOn).inspect(installed).inspection().isIntact()) {
            return false;
        }
        carried.copyTo(store.packages(), whole, progress, interruption);
        Inspection left = new Repair(store, false, aims -> Optional.of(whole), goesOn).run(installed);
        if (!left.isIntact()) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "%s is not as it was published in %s, which 'ota-client verify' lists: %s"
                            .formatted(
                                    installed,
                                    Count.of(left.count() - left.extras(), "place"),
                                    left.why().orElse("they could not be put right")));
        }
        return true;
    }
}
