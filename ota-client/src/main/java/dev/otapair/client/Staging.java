package dev.otapair.client;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Staged;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * What has come and is not installed yet: whether it has to wait, and whether it may still be installed when its time has come. All
 * that was checked when it came is checked again then, since keys may have been revoked meanwhile. One run.
 *
 * @see "docs/installing.md, section 5: Now and later"
 */
final class Staging {
    private static final Logger LOG = Loggers.of(Staging.class);

    private final BoardStore store;
    private final BoardTrust trust;
    private final Trial trial;
    private final Deferral deferral;
    private final Herald herald;
    private final boolean isUnpacking;
    private final Revalidate revalidate;
    private final Supplier<Uptime> uptime;
    private final Runnable goesOn;

    /** A package that waited, and is to be installed. */
    record Due(PackageResponse whole, Verdict verdict) {}

    /** @param goesOn asked now and then; throws to end the work */
    Staging(
            BoardStore store,
            BoardTrust trust,
            Trial trial,
            Deferral deferral,
            Herald herald,
            boolean isUnpacking,
            Revalidate revalidate,
            Supplier<Uptime> uptime,
            Runnable goesOn) {
        this.store = store;
        this.trust = trust;
        this.trial = trial;
        this.deferral = deferral;
        this.herald = herald;
        this.isUnpacking = isUnpacking;
        this.revalidate = revalidate;
        this.uptime = uptime;
        this.goesOn = goesOn;
    }

    /** Returns what waits and need not any more; empty if nothing does. What is not to be installed any more is forgotten. */
    Optional<Due> due(InstalledRelease installed) {
        Optional<Staged.Entry> waiting = store.staged().read().map(entry -> entry.until(uptime.get()));
        waiting.ifPresent(store.staged()::write);
        return waiting.flatMap(entry -> {
            Verdict verdict = judge(entry, installed);
            if (verdict.answer() != Verdict.Answer.INSTALL) {
                LOG.info("{} waits no more: {}", entry.whole().latest(), verdict.why());
                store.staged().clear();
                return Optional.empty();
            }
            Optional<String> reason = trial.pause(entry.whole().digest())
                    .or(() -> deferral.reason(deploymentOf(entry.whole(), verdict), isUrgent(verdict), entry.waited()));
            reason.ifPresent(why -> LOG.info("{} waits: {}", entry.whole().latest(), why));
            return reason.isPresent() ? Optional.empty() : Optional.of(new Due(entry.whole(), verdict));
        });
    }

    /**
     * Returns what waits, whether its time has come or not.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if nothing does; the refusal if it may not be installed any more
     */
    Due now(InstalledRelease installed) {
        Staged.Entry waiting = store.staged()
                .read()
                .orElseThrow(() -> new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE,
                        "no package waits to be installed; 'ota-client download' fetches one"));
        Verdict verdict = judge(waiting, installed);
        verdict.throwIfRefused();
        return new Due(waiting.whole(), verdict);
    }

    /**
     * Keeps a package that has come for later, if it has to wait.
     *
     * @param isOnlyFetched whether somebody wants it to wait in any case
     * @return whether it does
     */
    boolean holdsBack(
            PackageResponse fetched, Optional<SignedMetadata> signed, Verdict verdict, boolean isOnlyFetched) {
        Optional<Staged.Entry> known = store.staged().read().filter(entry -> entry.isOf(fetched));
        Staged.Entry entry = known.map(before -> before.until(uptime.get()))
                .orElseGet(() -> Staged.Entry.begin(fetched, signed, uptime.get()));
        Deployment next = deploymentOf(fetched, verdict);
        Optional<String> reason = isOnlyFetched
                ? Optional.of("'ota-client install' installs it")
                : deferral.reason(next, isUrgent(verdict), entry.waited());
        if (reason.isEmpty()) {
            return false;
        }
        store.staged().write(entry);
        store.removeUnneeded(Set.of(next.place()));
        LOG.info("{} is here and waits: {}", fetched.latest(), reason.get());
        if (known.isEmpty()) {
            herald.tell(BoardState.STAGED, next);
        }
        return true;
    }

    /** What waits is no more what is offered. */
    void forgetOthersThan(PackageResponse offered) {
        boolean isAnother =
                store.staged().read().filter(waiting -> !waiting.isOf(offered)).isPresent();
        if (isAnother) {
            forget();
        }
    }

    /** Nothing waits any more. */
    void forget() {
        store.staged().clear();
    }

    private Verdict judge(Staged.Entry entry, InstalledRelease installed) {
        PackageResponse whole = entry.whole();
        Optional<Content> content = Optional.of(whole.digest())
                .filter(digest -> digest.algorithm() == Digest.Algorithm.SHA256)
                .map(digest -> new Content(whole.size(), digest));
        Offer offer = new Offer(whole.latest(), content, entry.signed());
        Verdict verdict = trial.judge(trust.judge(offer, installed, OptionalLong.empty()), Optional.of(whole));
        boolean isHere = store.packages().holds(whole)
                || isUnpacking && store.trees().holds(deploymentOf(whole, verdict), revalidate, goesOn);
        return isHere
                ? verdict
                : verdict.butRefused(ErrorCode.DIGEST_MISMATCH, "the package is not here any more, or was changed");
    }

    private static boolean isUrgent(Verdict verdict) {
        return verdict.verified().filter(ReleaseMetadata::isUrgent).isPresent();
    }

    private Deployment deploymentOf(PackageResponse whole, Verdict verdict) {
        InstalledRelease release = verdict.verified()
                .map(InstalledRelease::of)
                .orElseGet(() -> InstalledRelease.unsigned(whole.latest(), whole.digest()));
        return Deployment.of(whole, release, store.packages().placeOf(whole), isUnpacking);
    }
}
