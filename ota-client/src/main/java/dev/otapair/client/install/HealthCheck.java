package dev.otapair.client.install;

import dev.otapair.client.config.InstallSettings.Health;
import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.log.Loggers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Finds out whether a release works: a first success has to come within {@code health_timeout}, and no failure within {@code
 * health_window} after it. Time is uptime, which nobody sets.
 *
 * @see "docs/installing.md, section 3: Proving itself"
 */
public final class HealthCheck {
    private static final Logger LOG = Loggers.of(HealthCheck.class);

    private static final Duration SHUTDOWN = Duration.ofSeconds(3);

    private final Hook program;
    private final Health settings;
    private final Interruption interruption;
    private final LongSupplier nanoTime;

    /** @param nanoTime like {@link System#nanoTime} */
    public HealthCheck(Hook program, Health settings, Interruption interruption, LongSupplier nanoTime) {
        this.program = program;
        this.settings = settings;
        this.interruption = interruption;
        this.nanoTime = nanoTime;
    }

    /**
     * Asks until the answer is clear; blocks for up to both times.
     *
     * @param veto looked at before each question: why there is no need to ask any more
     * @return why the release does not work; empty if it does
     * @throws dev.otapair.protocol.error.OtaException the signal's code
     */
    public Optional<String> fault(Subject subject, Supplier<Optional<String>> veto) {
        long begin = nanoTime.getAsLong();
        String last = "it was not asked";
        Optional<Duration> left = left(begin, settings.timeout());
        while (left.isPresent()) {
            Optional<String> said = veto.get();
            if (said.isPresent()) {
                return said;
            }
            Hook.Result result = ask(subject, left.get());
            if (result.answer() == Hook.Answer.YES) {
                return faultWithinWindow(subject, veto);
            }
            last = result.why();
            pauseWithin(begin, settings.timeout());
            left = left(begin, settings.timeout());
        }
        return Optional.of("no health check succeeded within %d s; %s"
                .formatted(settings.timeout().toSeconds(), last));
    }

    /** The last question comes when the window is over: what fails by then has failed within it. */
    private Optional<String> faultWithinWindow(Subject subject, Supplier<Optional<String>> veto) {
        LOG.info(
                "The first health check has succeeded; none may fail for {} s",
                settings.window().toSeconds());
        long begin = nanoTime.getAsLong();
        do {
            pauseWithin(begin, settings.window());
            Optional<String> said = veto.get();
            if (said.isPresent()) {
                return said;
            }
            Hook.Result result = ask(subject, settings.timeout());
            if (result.answer() != Hook.Answer.YES) {
                // A board that is shut down ends the application first: our own signal may be on its way.
                interruption.pause(SHUTDOWN);
                return Optional.of("a health check failed: " + result.why());
            }
        } while (left(begin, settings.window()).isPresent());
        return Optional.empty();
    }

    private Hook.Result ask(Subject subject, Duration most) {
        return program.call(subject.place().toString(), subject.variables(), most);
    }

    private void pauseWithin(long begin, Duration whole) {
        left(begin, whole)
                .map(left -> left.compareTo(settings.interval()) < 0 ? left : settings.interval())
                .ifPresent(interruption::pause);
    }

    /** Returns what is left of a time; empty if nothing is. */
    private Optional<Duration> left(long begin, Duration whole) {
        Duration left = whole.minusNanos(nanoTime.getAsLong() - begin);
        return left.isNegative() || left.isZero() ? Optional.empty() : Optional.of(left);
    }
}
