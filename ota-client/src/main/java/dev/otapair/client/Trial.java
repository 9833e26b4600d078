package dev.otapair.client;

import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Keeps a board from trying a release for ever: counts what failed, over all runs. One run; the caller holds the run lock.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
final class Trial {
    private static final Logger LOG = Loggers.of(Trial.class);

    /** From the second failure of the script on, it is called again after so long, and up to as long more. */
    private static final Duration SCRIPT_PAUSE = Duration.ofMinutes(10);

    /** How many times its size may come in vain before a release is tried once a day only. */
    private static final int MAX_TIMES = 3;

    private static final long MIN_BYTES = 64L * 1024 * 1024;

    /** How long it may hold the board up in vain before that. */
    private static final Duration MAX_LOST = Duration.ofHours(6);

    private static final Duration DAY = Duration.ofDays(1);

    private final AttemptFile file;
    private final Quarantine quarantine;
    private final Supplier<Uptime> uptime;
    private final boolean isCounting;

    Trial(AttemptFile file, Quarantine quarantine, Supplier<Uptime> uptime) {
        this(file, quarantine, uptime, true);
    }

    private Trial(AttemptFile file, Quarantine quarantine, Supplier<Uptime> uptime, boolean isCounting) {
        this.file = file;
        this.quarantine = quarantine;
        this.uptime = uptime;
        this.isCounting = isCounting;
    }

    /** Returns one that knows the same and counts nothing: for what says nothing of a release. */
    Trial withoutCounting() {
        return new Trial(file, quarantine, uptime, false);
    }

    /**
     * Returns the verdict, or a refusal where the release is left alone.
     *
     * @param whole its package; empty where v1 has not told more than the name yet
     */
    Verdict judge(Verdict verdict, Optional<PackageResponse> whole) {
        if (verdict.answer() == Verdict.Answer.REFUSED) {
            return verdict;
        }
        long counter = verdict.verified().map(ReleaseMetadata::release).orElse(0L);
        if (quarantine.holds(counter, whole)) {
            return verdict.butRefused(
                    ErrorCode.QUARANTINED,
                    "it was taken back on this board and is left alone; 'ota-client retry' tries it again");
        }
        if (verdict.answer() == Verdict.Answer.SAME) {
            return verdict;
        }
        boolean isUsedUp =
                whole.filter(known -> file.read(known.digest()).areUsedUp()).isPresent();
        return isUsedUp
                ? verdict.butRefused(
                        ErrorCode.QUARANTINED,
                        "it failed %d times on this board and is left alone; 'ota-client retry' tries it again"
                                .formatted(Attempts.MAX_FAILED))
                : verdict;
    }

    /** Returns which try of a release the next one is, from 1. */
    int attempt(Digest digest) {
        return file.read(digest).failed() + 1;
    }

    /** @throws OtaException TOO_EARLY while the next try of this content is not due */
    void requireTime(Digest digest) {
        pause(digest).ifPresent(why -> {
            throw new OtaException(ErrorCode.TOO_EARLY, why);
        });
    }

    /** Returns why the next try of this content is not due; empty if it is. */
    Optional<String> pause(Digest digest) {
        Duration left = file.read(digest).left(uptime.get());
        return left.isZero()
                ? Optional.empty()
                : Optional.of(
                        "this release did not get here, or did not install; it is tried again in %d s, or after 'ota-client retry'"
                                .formatted(left.toSeconds()));
    }

    /** The script failed: it is called again later, and not for ever. */
    void scriptFailed(Digest digest) {
        Attempts failed = file.read(digest).failedOnce();
        Duration pause = SCRIPT_PAUSE.plusSeconds(ThreadLocalRandom.current().nextLong(SCRIPT_PAUSE.toSeconds()));
        write(failed.failed() > 1 ? failed.waiting(uptime.get(), pause) : failed);
    }

    /**
     * A try has failed. May be told more than once.
     *
     * @param attempt which one it was, from 1
     * @return whether there will be no other
     */
    boolean failedBy(Digest digest, int attempt) {
        if (file.read(digest).failed() < attempt) {
            scriptFailed(digest);
        }
        return file.read(digest).areUsedUp();
    }

    /** The content came with a wrong digest: it is fetched again at once, and not for ever. */
    void contentFailed(Digest digest) {
        write(file.read(digest).failedOnce());
    }

    /**
     * A run has ended without the package.
     *
     * @param bytes of it that came in the run
     * @param lost time that went by with nothing coming, or too little
     */
    void endedWithout(PackageResponse whole, long bytes, Duration lost) {
        Attempts spent = file.read(whole.digest()).spending(bytes, lost);
        write(isTooMuch(spent, whole.size()) ? spent.waiting(uptime.get(), DAY) : spent);
    }

    /** As above, where the run was told to end: what it took is remembered, but it has not failed, and the next one need not wait. */
    void toldToEndWithout(PackageResponse whole, long bytes, Duration lost) {
        write(file.read(whole.digest()).spending(bytes, lost));
    }

    /** Says whether another connection of the same run is worth it. */
    boolean allows(PackageResponse whole, long bytes) {
        return !isTooMuch(file.read(whole.digest()).spending(bytes, Duration.ZERO), whole.size());
    }

    private static boolean isTooMuch(Attempts spent, long size) {
        return spent.received() > MIN_BYTES + MAX_TIMES * size || spent.lost().compareTo(MAX_LOST) > 0;
    }

    /** Returns what is known of the release that was tried last; empty if nothing had to be remembered. */
    Optional<Attempts> known() {
        return file.read();
    }

    /** Returns how long until the next try is due. */
    Duration left(Attempts attempts) {
        return attempts.left(uptime.get());
    }

    /** The release is installed. */
    void forget() {
        file.clear();
    }

    /**
     * Every release is to be tried as if it were new. Needs no run lock: somebody at the console says so at any time.
     *
     * @return whether any was not
     */
    boolean lift() {
        boolean wereFailures = file.clearUnlocked();
        return quarantine.clearUnlocked() || wereFailures;
    }

    private void write(Attempts attempts) {
        if (!isCounting) {
            return;
        }
        file.write(attempts);
        if (attempts.areUsedUp()) {
            LOG.warn("{} failures: this release is left alone now", attempts.failed());
        }
    }
}
