package dev.otapair.client.install;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;

/** Says why an archive is not unpacked. */
final class Refusal {
    private Refusal() {}

    /** Names the entry that is to blame, whatever characters its name has. */
    static OtaException of(String entry, String why) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, "entry %s %s".formatted(quoted(entry), why));
    }

    /** As above, of all of the archive. */
    static OtaException of(String why) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, why);
    }

    /** As above, with what a decoder said. */
    static OtaException of(String why, Exception cause) {
        return new OtaException(ErrorCode.PACKAGE_REJECTED, why, cause);
    }

    static String quoted(String name) {
        return "'" + LogText.ofPeer(name) + "'";
    }
}
