package dev.otapair.client;

import dev.otapair.protocol.release.UtcSeconds;
import java.time.Instant;

/**
 * When this program was built: no clock that is right shows an earlier time.
 *
 * @see "PROTOCOL.md, section 8.4: Time"
 */
final class BuildTime {
    private BuildTime() {}

    /** Reads it from the jar this class came from ({@code Specification-Version}); 1970 when it came from none, or that one does not say. */
    static Instant read() {
        String time = BuildTime.class.getPackage().getSpecificationVersion();
        try {
            return time == null ? Instant.EPOCH : UtcSeconds.parse(time);
        } catch (IllegalArgumentException e) {
            return Instant.EPOCH;
        }
    }
}
