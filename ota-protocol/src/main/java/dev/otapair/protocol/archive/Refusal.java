package dev.otapair.protocol.archive;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;

/** Says why an archive is refused: PACKAGE_REJECTED. */
public final class Refusal {
    private Refusal() {}

    /** Returns the refusal of one entry, naming it: the one that is to blame, whatever characters its name has. */
    public static OtaException of(String entry, String why) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, "entry %s %s".formatted(quoted(entry), why));
    }

    /** As above, of all of the archive. */
    public static OtaException of(String why) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, why);
    }

    /** As above, with what a decoder said. */
    public static OtaException of(String why, Exception cause) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, why, cause);
    }

    /** Returns a name for a message, made harmless. */
    public static String quoted(String name) {
        return "'" + LogText.ofPeer(name) + "'";
    }
}
