package dev.otapair.client.store;

import dev.otapair.protocol.message.Digest;
import java.time.Duration;

/**
 * What became of the tries to get and install one release. Immutable.
 *
 * @param digest of its package: SHA-256, from a v1 server MD5
 * @param failed scripts that failed, and contents that came with a wrong digest; a run that was cut or killed is none
 * @param received bytes of it that came over the line in runs that did not bring it to its end
 * @param lost time that such runs spent on connections that brought nothing, or too little
 * @param boot which start of the board {@code notBefore} belongs to
 * @param notBefore seconds of that start's uptime before which it is not tried again
 * @see "docs/reliability.md, section 3: Trying again"
 */
public record Attempts(Digest digest, int failed, long received, Duration lost, String boot, long notBefore) {
    /** After so many failures a release is left alone. */
    public static final int MAX_FAILED = 3;

    /** Returns a release that was not tried yet. */
    public static Attempts none(Digest digest) {
        return new Attempts(digest, 0, 0, Duration.ZERO, "", 0);
    }

    /** Returns this with one failure more. */
    public Attempts failedOnce() {
        return new Attempts(digest, failed + 1, received, lost, boot, notBefore);
    }

    /** Returns this with what one more run took and did not bring to its end. */
    public Attempts spending(long bytes, Duration time) {
        return new Attempts(digest, failed, received + bytes, lost.plus(time), boot, notBefore);
    }

    /** Returns this with a time before which nothing is to be tried. */
    public Attempts waiting(Uptime now, Duration pause) {
        return new Attempts(digest, failed, received, lost, now.boot(), now.seconds() + pause.toSeconds());
    }

    /** Returns how long to wait still; a board that was started anew need not. */
    public Duration left(Uptime now) {
        return boot.equals(now.boot()) ? Duration.ofSeconds(Math.max(0, notBefore - now.seconds())) : Duration.ZERO;
    }

    /** Says whether the release is left alone. */
    public boolean areUsedUp() {
        return failed >= MAX_FAILED;
    }
}
