package dev.otapair.protocol.message;

/**
 * What a client says: one request, one response each, in lock step.
 *
 * @see "PROTOCOL.md, section 3: Messages"
 */
public sealed interface Request {
    /** Calls the method of {@code visitor} that is for this request. */
    <T> T accept(Visitor<T> visitor);

    /** One method per request. */
    interface Visitor<T> {
        T visit(HandshakeRequest request);

        T visit(HeaderRequest request);

        T visit(PackageRequest request);

        T visit(ExitRequest request);
    }

    /**
     * Opens a session.
     *
     * @param secret the token, in clear as v1 has it; may be empty; kept out of {@link #toString}
     */
    record HandshakeRequest(String secret) implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "handshake";
        }
    }

    /** Asks what is on offer. */
    record HeaderRequest() implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "header";
        }
    }

    /** Asks for the package on offer. */
    record PackageRequest() implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "package";
        }
    }

    /** Ends the session; has no response. */
    record ExitRequest() implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "exit";
        }
    }
}
