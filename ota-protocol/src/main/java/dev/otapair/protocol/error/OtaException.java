package dev.otapair.protocol.error;

import java.time.Duration;
import java.util.Optional;

/** The one exception of this project: what went wrong by {@link ErrorCode}, and a sentence for the operator. */
public final class OtaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Optional<Duration> retryAfter;

    /**
     * @param code decides what the peer is told, the exit status and whether a retry makes sense
     * @param message for the log: the thing, what it is, what was expected; never a token
     */
    public OtaException(ErrorCode code, String message) {
        super(message);
        this.code = code;
        this.retryAfter = Optional.empty();
    }

    /**
     * As above, where the peer said when to come again.
     *
     * @param retryAfter from now
     */
    public OtaException(ErrorCode code, String message, Duration retryAfter) {
        super(message);
        this.code = code;
        this.retryAfter = Optional.of(retryAfter);
    }

    /** As above, with the failure that was answered by this one. */
    public OtaException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.retryAfter = Optional.empty();
    }

    /** Returns when the peer wants to be asked again, if it said so. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /** Returns what went wrong, by name. */
    public ErrorCode code() {
        return code;
    }
}
