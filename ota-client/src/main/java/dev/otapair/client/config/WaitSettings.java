package dev.otapair.client.config;

import dev.otapair.protocol.config.IniSection;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Optional;

/**
 * When a package that has come may be installed.
 *
 * @param window in which times; empty: always
 * @param zone whose local time they are; empty: that of the system
 * @param holdFile while it is there, nothing is installed
 * @param maxDeferral after which time of waiting it is installed all the same; empty: it waits for as long as it takes
 */
public record WaitSettings(
        Optional<Windows> window, Optional<ZoneId> zone, Optional<Path> holdFile, Optional<Duration> maxDeferral) {
    static WaitSettings read(IniSection section) {
        return new WaitSettings(
                section.value("window", "times like 'Mon-Fri 02:00-04:00, Sun 22:00-06:00'", Windows::parse),
                section.value("window_zone", "a time zone like Europe/Berlin or UTC", WaitSettings::zone),
                section.path("hold_file"),
                section.text("max_deferral").map(text -> section.duration("max_deferral", Duration.ofDays(1))));
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("no time zone", e);
        }
    }
}
