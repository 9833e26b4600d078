package dev.otapair.protocol.message;

import java.util.Optional;
import java.util.Set;

/**
 * What a client says: one request, one response each, in lock step.
 *
 * @see "PROTOCOL.md, sections 3 and 7: Messages"
 */
public sealed interface Request {
    /** Calls the method of {@code visitor} that is for this request. */
    <T> T accept(Visitor<T> visitor);

    /** Returns what kind of request this is, in one word. */
    String verb();

    /** One method per request. */
    interface Visitor<T> {
        T visit(HandshakeRequest request);

        T visit(HelloRequest request);

        T visit(ProofRequest request);

        T visit(HeaderRequest request);

        T visit(PackageRequest request);

        T visit(ExitRequest request);
    }

    /**
     * Opens a v1 session.
     *
     * @param secret the token, in clear as v1 has it; may be empty; kept out of {@link #toString}
     */
    record HandshakeRequest(String secret) implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "handshake";
        }

        @Override
        public String toString() {
            return verb();
        }
    }

    /**
     * Opens a v2 session: to be answered by a challenge. To a v1 server it is a handshake with an empty token.
     *
     * @param nonce {@value #NONCE_BYTES} random bytes, fresh for this connection
     * @param device who asks
     * @param features what the client would use
     */
    record HelloRequest(Octets nonce, DeviceId device, Set<Feature> features) implements Request {
        public static final int NONCE_BYTES = 16;

        public HelloRequest {
            Bounds.requireLength(nonce, NONCE_BYTES);
            features = Set.copyOf(features);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "hello";
        }

        @Override
        public String toString() {
            return verb() + " id=" + device;
        }
    }

    /**
     * Proves that the client knows the token.
     *
     * @param proof {@value #PROOF_BYTES} bytes
     */
    record ProofRequest(Octets proof) implements Request {
        public static final int PROOF_BYTES = 32;

        public ProofRequest {
            Bounds.requireLength(proof, PROOF_BYTES);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "proof";
        }

        @Override
        public String toString() {
            return verb();
        }
    }

    /**
     * Asks what is on offer.
     *
     * @param board who asks; empty for v1 clients, which are told a name and no more
     */
    record HeaderRequest(Optional<Board> board) implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "header";
        }

        @Override
        public String toString() {
            return verb() + board.map(Board::toString).orElse("");
        }
    }

    /**
     * What a board says of itself.
     *
     * @param product the program it runs
     * @param installed the package it runs; empty when it has none
     * @param standing what it knows of signed releases; empty for boards that know of none, which are told of none
     */
    record Board(Product product, Optional<PackageName> installed, Optional<Standing> standing) {
        @Override
        public String toString() {
            return " product=%s installed=%s%s"
                    .formatted(
                            product,
                            installed.map(PackageName::value).orElse(""),
                            standing.map(Standing::toString).orElse(""));
        }
    }

    /**
     * How a board stands to signed releases.
     *
     * @param release the counter of the release it runs, 0 when that has none, at most {@value #MAX_RELEASE}
     * @param keys how many keys it trusts, 0 to {@value #MAX_KEYS}; with 0 it takes unsigned packages
     */
    record Standing(long release, int keys) {
        /** 2^53 - 1: what every JSON reader can hold. */
        public static final long MAX_RELEASE = 9_007_199_254_740_991L;

        public static final int MAX_KEYS = 8;

        public Standing {
            if (release < 0 || release > MAX_RELEASE || keys < 0 || keys > MAX_KEYS) {
                throw new IllegalArgumentException("release %d or keys %d is out of bounds".formatted(release, keys));
            }
        }

        @Override
        public String toString() {
            return " release=%d keys=%d".formatted(release, keys);
        }
    }

    /**
     * Asks for the package on offer.
     *
     * @param range what of it; empty for v1 clients, which get all of what is on offer
     */
    record PackageRequest(Optional<Range> range) implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "package";
        }

        @Override
        public String toString() {
            return verb() + range.map(Range::toString).orElse("");
        }
    }

    /**
     * The end of one content.
     *
     * @param product whose offer it is
     * @param sha256 of the whole content
     * @param offset of the first byte that is wanted, 0 to {@link PackageResponse#MAX_SIZE}
     */
    record Range(Product product, Digest sha256, long offset) {
        public Range {
            Bounds.requireSize(offset);
            Bounds.requireAlgorithm(sha256, Digest.Algorithm.SHA256);
        }

        @Override
        public String toString() {
            return " product=%s sha256=%s offset=%d".formatted(product, sha256.hex(), offset);
        }
    }

    /** Ends the session; has no response. */
    record ExitRequest() implements Request {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "exit";
        }

        @Override
        public String toString() {
            return verb();
        }
    }
}
