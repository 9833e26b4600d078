package dev.otapair.client;

import dev.otapair.client.config.InstallSettings.Confirm;
import dev.otapair.client.config.InstallSettings.Health;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.HealthCheck;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.install.Subject;
import dev.otapair.client.store.Answer;
import dev.otapair.client.store.Deployment;
import dev.otapair.protocol.log.Loggers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/**
 * Lets a release prove itself: by the health check, by the application's word, or by both.
 *
 * @see "docs/installing.md, section 3: Proving itself"
 */
final class Probation {
    private static final Logger LOG = Loggers.of(Probation.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Health settings;
    private final Optional<HealthCheck> check;
    private final Answer answer;
    private final Interruption interruption;
    private final LongSupplier nanoTime;

    /** @param nanoTime like {@link System#nanoTime} */
    Probation(Health settings, Hooks hooks, Answer answer, Interruption interruption, LongSupplier nanoTime) {
        this.settings = settings;
        this.check = hooks.healthCheck().map(hook -> new HealthCheck(hook, settings, interruption, nanoTime));
        this.answer = answer;
        this.interruption = interruption;
        this.nanoTime = nanoTime;
    }

    /** Says whether there is anything that could tell a good release from a bad one. */
    boolean isAny() {
        return check.isPresent() || settings.confirm() == Confirm.MANUAL;
    }

    /** Says whether there is a health check. */
    boolean hasCheck() {
        return check.isPresent();
    }

    /**
     * Waits for the proof. A rejection ends it, whoever has to confirm.
     *
     * @return why the release is not good; empty if it is
     * @throws dev.otapair.protocol.error.OtaException the signal's code; nothing is decided then
     */
    Optional<String> fault(Subject subject) {
        return rejection(subject.release())
                .or(() -> check.flatMap(health -> health.fault(subject, () -> rejection(subject.release()))))
                .or(() -> settings.confirm() == Confirm.MANUAL ? missingWord(subject.release()) : Optional.empty())
                .or(() -> rejection(subject.release()));
    }

    /** As above, by the health check alone. */
    Optional<String> healthFault(Subject subject) {
        return check.flatMap(health -> health.fault(subject, Optional::empty));
    }

    private Optional<String> rejection(Deployment release) {
        return answer.read(release)
                .filter(said -> said == Answer.Word.REJECT)
                .map(said -> "the application rejected it ('ota-client reject')");
    }

    private Optional<String> missingWord(Deployment release) {
        LOG.info(
                "Waiting up to {} s for 'ota-client confirm'",
                settings.timeout().toSeconds());
        long begin = nanoTime.getAsLong();
        while (nanoTime.getAsLong() - begin < settings.timeout().toNanos()) {
            Optional<Answer.Word> word = answer.read(release);
            if (word.isPresent()) {
                return rejection(release);
            }
            interruption.pause(LOOK);
        }
        return Optional.of("nobody confirmed it within %d s ('ota-client confirm')"
                .formatted(settings.timeout().toSeconds()));
    }
}
