package dev.otapair.protocol.error;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What can go wrong, by name: the reason a peer is told, the status a program ends with, and whether trying again later
 * makes sense.
 *
 * @see "PROTOCOL.md, section 4: Errors"
 */
public enum ErrorCode {
    /** The bytes are not one JSON object of a known shape, or a field has a wrong type or bound. */
    MALFORMED_MESSAGE("Malformed message.", 76, false),
    /** The verb is none of the protocol's. */
    UNKNOWN_REQUEST("Unknown request.", 76, false),
    /** Another request came before the handshake. */
    HANDSHAKE_REQUIRED("Handshake required.", 76, false),
    /** The message is known, but the session's phase does not allow it. */
    UNEXPECTED_MESSAGE("Unexpected message.", 76, false),
    /** The token is wrong. Deployed v1 clients print this reason; it never changes. */
    SECRET_REJECTED("Security code check failed.", 77, false),
    /** The server takes v1 handshakes no more. */
    LEGACY_REFUSED("Upgrade the client: legacy handshake is disabled.", 77, false),
    /** The server speaks v1, or somebody on the way wants it to look so, and this client must not. */
    LEGACY_SERVER("Server does not prove that it knows the token.", 77, false),
    /** The server's proof is wrong: it does not know the token, or is not the one that was asked. */
    SERVER_NOT_PROVEN("Server proof is wrong.", 77, false),
    /** A message's authentication code is missing or wrong. */
    SEAL_REJECTED("Message authentication failed.", 77, false),
    /** The TLS handshake failed: certificate, pin, name or version. */
    TLS_FAILED("TLS failed.", 77, false),
    /** Too many wrong proofs came from an address. */
    ADDRESS_REFUSED("Too many failed attempts, try again later.", 75, true),
    /** All places for clients are taken and the wait for one ran out. */
    SERVER_BUSY("Server is busy, try again later.", 75, true),
    /** The package on offer is missing, unreadable or being written. */
    PACKAGE_UNAVAILABLE("Package is not available.", 75, true),
    /** The peer was silent, or too slow, for longer than a deadline allows. */
    TIMED_OUT("Timed out.", 75, true),
    /** No connection to the server could be made. */
    UNREACHABLE("Server cannot be reached.", 75, true),
    /** The connection ended before the session did. */
    CONNECTION_LOST("Connection lost.", 75, true),
    /** What arrived does not have the digest that was announced. */
    DIGEST_MISMATCH("Digest does not match.", 76, true),
    /** The announced size is above what this end accepts. */
    PACKAGE_TOO_LARGE("Package is too large.", 76, false),
    /** A package is no archive, a damaged one, or one that would do harm. */
    PACKAGE_REJECTED("Package cannot be unpacked.", 76, false),
    /** A release has no metadata, or its signatures are missing, wrong, or of nobody this board trusts. */
    SIGNATURE_REJECTED("Signature is missing or wrong.", 77, false),
    /** What the signed metadata says is not what was offered or has come, or cannot be read. */
    METADATA_REJECTED("Metadata does not fit.", 77, false),
    /** A release is older than what is installed, or below the board's floor. */
    ROLLBACK_REFUSED("Release is too old.", 77, false),
    /** A release is for another product, needs another one before it, or is too far ahead. */
    RELEASE_REFUSED("Release is not for this board.", 77, false),
    /** A release has expired, and the board does not take those. */
    RELEASE_EXPIRED("Release has expired.", 69, true),
    /** A release did not prove itself, and the one before it is back. */
    ROLLED_BACK("Release was taken back.", 72, false),
    /** A release has failed here too often, and is left alone. */
    QUARANTINED("Release is left alone.", 72, false),
    /** A release has failed here, and its next try is not due yet. */
    TOO_EARLY("Release is tried again later.", 75, true),
    /** A file or folder cannot be created or written: missing, read-only, full. */
    CANNOT_WRITE("Cannot write.", 73, true),
    /** Reading or writing failed in a way that no setting explains. */
    IO_ERROR("Input or output error.", 74, true),
    /** The after-process script asked to be run later (status 75). */
    SCRIPT_DEFERRED("Installing is deferred.", 75, true),
    /** The after-process script failed, was killed, or ran out of time. */
    SCRIPT_FAILED("Installing failed.", 70, true),
    /** A configuration file, or what it names, is not usable. */
    CONFIG_INVALID("Configuration is not usable.", 78, false),
    /** The program was told to end by SIGHUP. */
    HUNG_UP("Interrupted.", 129, true),
    /** The program was told to end by SIGINT. */
    INTERRUPTED("Interrupted.", 130, true),
    /** The program was told to end by SIGTERM. */
    TERMINATED("Interrupted.", 143, true);

    /** What goes over the wire. All else is what one end finds out for itself: a peer that says it must not be believed. */
    private static final Set<ErrorCode> SAID = EnumSet.of(
            MALFORMED_MESSAGE,
            UNKNOWN_REQUEST,
            HANDSHAKE_REQUIRED,
            UNEXPECTED_MESSAGE,
            SECRET_REJECTED,
            LEGACY_REFUSED,
            SEAL_REJECTED,
            ADDRESS_REFUSED,
            SERVER_BUSY,
            PACKAGE_UNAVAILABLE,
            TIMED_OUT,
            IO_ERROR);

    private final String reason;
    private final int exitStatus;
    private final boolean retryable;

    ErrorCode(String reason, int exitStatus, boolean retryable) {
        this.reason = reason;
        this.exitStatus = exitStatus;
        this.retryable = retryable;
    }

    /** Returns the text a peer is sent as {@code data.reason}; ASCII, at most 60 characters. */
    public String reason() {
        return reason;
    }

    /** Returns the status a program ends with, 64 to 143, in the style of sysexits. */
    public int exitStatus() {
        return exitStatus;
    }

    /** Says whether the same run may succeed later without anyone changing anything. */
    public boolean isRetryable() {
        return retryable;
    }

    /**
     * Finds the code a peer meant.
     *
     * @param reason {@code data.reason} exactly as it was received
     * @return empty when the reason is none that goes over the wire, as most reasons of other programs are
     */
    public static Optional<ErrorCode> ofReason(String reason) {
        return SAID.stream().filter(code -> code.reason.equals(reason)).findFirst();
    }
}
