package dev.otapair.protocol.error;

/** The one exception of this project: what went wrong by {@link ErrorCode}, and a sentence for the operator. */
public final class OtaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /**
     * @param code decides what the peer is told, the exit status and whether a retry makes sense
     * @param message for the log: the thing, what it is, what was expected; never a token
     */
    public OtaException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /** As above, with the failure that was answered by this one. */
    public OtaException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Returns what went wrong, by name. */
    public ErrorCode code() {
        return code;
    }
}
