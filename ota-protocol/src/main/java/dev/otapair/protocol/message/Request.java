package dev.otapair.protocol.message;

import java.util.Optional;
import java.util.OptionalLong;
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

        T visit(PlanRequest request);

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
     * @param report what became of the release it last had to do with; empty where it does not say
     */
    record Board(
            Product product, Optional<PackageName> installed, Optional<Standing> standing, Optional<Report> report) {
        /** A board that reports nothing. */
        public Board(Product product, Optional<PackageName> installed, Optional<Standing> standing) {
            this(product, installed, standing, Optional.empty());
        }

        /** Returns the same board, which reports this. */
        public Board reporting(Report news) {
            return new Board(product, installed, standing, Optional.of(news));
        }

        @Override
        public String toString() {
            return " product=%s installed=%s%s%s"
                    .formatted(
                            product,
                            installed.map(PackageName::value).orElse(""),
                            standing.map(Standing::toString).orElse(""),
                            report.map(news -> " report=" + news).orElse(""));
        }
    }

    /**
     * How a board stands with one release; what it runs is another matter, which {@link Board} tells.
     *
     * @param about the release's package; may be empty
     * @param release its counter, 0 when it has none, at most {@value Standing#MAX_RELEASE}
     * @param code the exit status that tells why, 0 to {@value #MAX_CODE}; 0 when there is none
     */
    record Report(BoardState state, Optional<PackageName> about, long release, int code) {
        public static final int MAX_CODE = 255;

        public Report {
            if (release < 0 || release > Standing.MAX_RELEASE || code < 0 || code > MAX_CODE) {
                throw new IllegalArgumentException("release %d or code %d is out of bounds".formatted(release, code));
            }
        }

        /** A report without a reason. */
        public Report(BoardState state, PackageName about, long release) {
            this(state, Optional.of(about), release, 0);
        }

        /** Says whether both are about one release, whatever they say of it. */
        public boolean isAboutSameAs(Report other) {
            return about.equals(other.about) && release == other.release;
        }

        /** Says it as people read it: {@code failed fw-2, release 43, code 70}. */
        @Override
        public String toString() {
            return state
                    + about.map(name -> " " + name).orElse("")
                    + (release > 0 ? ", release " + release : "")
                    + (code > 0 ? ", code " + code : "");
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

    /**
     * Asks how to make a release of what the board has, and for the bytes that this takes.
     *
     * @param product whose offer it is
     * @param want SHA-256 of the manifest that is wanted, or of the package where that is one file to the board
     * @param base likewise of what the board holds; empty when it holds nothing of use
     * @param damaged which objects of the base it does not hold as they should be; empty together with {@code base}
     * @param codings what it can decode, at most {@value #MAX_CODINGS} words of 1 to 32 of {@code a-z 0-9 -}, also such that this end does
     *     not know; raw goes without saying
     * @param resumed the plan that it has begun to follow; empty asks for a new one
     * @param offset of the first byte of the plan's pieces that is wanted, 0 to {@link PackageResponse#MAX_SIZE}; empty asks what it
     *     would cost, and for no byte
     * @see "PROTOCOL.md, section 9: Increments"
     */
    record PlanRequest(
            Product product,
            Digest want,
            Optional<Digest> base,
            ObjectNumbers damaged,
            Set<String> codings,
            Optional<Digest> resumed,
            OptionalLong offset)
            implements Request {
        public static final int MAX_CODINGS = 16;

        private static final Alphabet CODING = Alphabet.LOWER.with("0123456789-");
        private static final int MAX_CODING = 32;

        public PlanRequest {
            Bounds.requireAlgorithm(want, Digest.Algorithm.SHA256);
            base.ifPresent(digest -> Bounds.requireAlgorithm(digest, Digest.Algorithm.SHA256));
            resumed.ifPresent(digest -> Bounds.requireAlgorithm(digest, Digest.Algorithm.SHA256));
            offset.ifPresent(Bounds::requireSize);
            if (base.isEmpty() && !damaged.isEmpty()) {
                throw new IllegalArgumentException("objects of no base are damaged");
            }
            codings = Set.copyOf(codings);
            if (codings.size() > MAX_CODINGS
                    || !codings.stream().allMatch(word -> CODING.isWord(word, 1, MAX_CODING))) {
                throw new IllegalArgumentException("codings are not up to %d words".formatted(MAX_CODINGS));
            }
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String verb() {
            return "plan";
        }

        @Override
        public String toString() {
            return "%s product=%s want=%s base=%s damaged=%s%s%s"
                    .formatted(
                            verb(),
                            product,
                            want.hex(),
                            base.map(Digest::hex).orElse(""),
                            damaged,
                            resumed.map(plan -> " plan=" + plan.hex()).orElse(""),
                            offset.isPresent() ? " offset=" + offset.getAsLong() : "");
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
