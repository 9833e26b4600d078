package dev.otapair.client;

import dev.otapair.client.config.WaitSettings;
import dev.otapair.client.install.Hook;
import dev.otapair.client.store.Deployment;
import dev.otapair.protocol.log.Loggers;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * Says whether a package that has come may be installed now.
 *
 * @see "docs/installing.md, section 5: Now and later"
 */
final class Deferral {
    private static final Logger LOG = Loggers.of(Deferral.class);
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm zzz");

    private final WaitSettings settings;
    private final Optional<Hook> hold;
    private final Clock clock;
    private final Supplier<Instant> built;

    /**
     * @param hold asked whether it is a bad moment
     * @param clock of this board
     * @param built when this program was: a clock that shows an earlier time has not been set
     */
    Deferral(WaitSettings settings, Optional<Hook> hold, Clock clock, Supplier<Instant> built) {
        this.settings = settings;
        this.hold = hold;
        this.clock = clock;
        this.built = built;
    }

    /**
     * Returns why a package has to wait; empty if it need not.
     *
     * @param isUrgent whether its publisher wants it installed at any time of the day
     * @param waited how long it has been here
     */
    Optional<String> reason(Deployment next, boolean isUrgent, Duration waited) {
        Optional<String> reason = isUrgent ? held(next) : closed().or(() -> held(next));
        boolean isTooLong = settings.maxDeferral()
                .filter(most -> waited.compareTo(most) >= 0)
                .isPresent();
        if (reason.isPresent() && isTooLong) {
            LOG.warn(
                    "{}; but it has waited for {} s, max_deferral, and is installed now",
                    reason.get(),
                    waited.toSeconds());
            return Optional.empty();
        }
        return reason;
    }

    private Optional<String> closed() {
        ZonedDateTime now = clock.instant().atZone(settings.zone().orElseGet(ZoneId::systemDefault));
        if (settings.window().isPresent() && now.toInstant().isBefore(built.get())) {
            return Optional.of("this board's clock says %s, which it cannot be, so that no window can be told"
                    .formatted(TIME.format(now)));
        }
        return settings.window()
                .filter(window -> !window.isOpen(now))
                .map(window ->
                        "the window opens " + window.next(now).map(TIME::format).orElse("never"));
    }

    private Optional<String> held(Deployment next) {
        Optional<String> file = settings.holdFile().filter(Files::exists).map(path -> path + " is there (hold_file)");
        return file.or(() -> hold.map(hook -> hook.call(
                        next.name().value(), Map.of("OTA_NAME", next.name().value())))
                .filter(result -> result.answer() != Hook.Answer.YES)
                .map(result -> "hold: " + result.why()));
    }
}
