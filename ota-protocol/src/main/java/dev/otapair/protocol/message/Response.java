package dev.otapair.protocol.message;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a server answers.
 *
 * @see "PROTOCOL.md, sections 3 and 7: Messages"
 */
public sealed interface Response {
    /** Calls the method of {@code visitor} that is for this response. */
    <T> T accept(Visitor<T> visitor);

    /** Returns how many bytes of their own follow this response; empty for those that none can follow. */
    default OptionalLong following() {
        return OptionalLong.empty();
    }

    /** One method per response. */
    interface Visitor<T> {
        T visit(ConnectedResponse response);

        T visit(ChallengeResponse response);

        T visit(HeaderResponse response);

        T visit(PackageResponse response);

        T visit(PlanResponse response);

        T visit(BusyResponse response);

        T visit(ErrorResponse response);
    }

    /**
     * The handshake was accepted.
     *
     * @param proof that the server knows the token too, 32 bytes; empty in v1
     */
    record ConnectedResponse(Optional<Octets> proof) implements Response {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return proof.isPresent() ? "connected with proof" : "connected";
        }
    }

    /**
     * Asks for a proof.
     *
     * @param nonce {@value Request.HelloRequest#NONCE_BYTES} random bytes, fresh for this connection
     * @param salt 16 bytes, the server's own
     * @param iterations of PBKDF2, {@value #MIN_ITERATIONS} to {@value #MAX_ITERATIONS}: fewer help a guesser, more stall
     *     a board
     * @param features what both ends will use
     */
    record ChallengeResponse(Octets nonce, Octets salt, int iterations, Set<Feature> features) implements Response {
        public static final int SALT_BYTES = 16;
        public static final int MIN_ITERATIONS = 20_000;
        public static final int MAX_ITERATIONS = 1_000_000;

        public ChallengeResponse {
            if (nonce.length() != Request.HelloRequest.NONCE_BYTES || salt.length() != SALT_BYTES) {
                throw new IllegalArgumentException("nonce or salt has not its length");
            }
            if (iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) {
                throw new IllegalArgumentException(
                        "iterations are %d, expected %d to %d".formatted(iterations, MIN_ITERATIONS, MAX_ITERATIONS));
            }
            features = Set.copyOf(features);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "challenge";
        }
    }

    /**
     * Names what is on offer.
     *
     * @param offer empty when nothing is
     * @param now the server's clock in seconds since 1970; empty in v1
     * @param nextPoll when a board that stays is to ask again: whole seconds, cut to {@value #MIN_POLL_SECONDS} s to
     *     {@value #MAX_POLL_SECONDS} s; empty leaves it to the board
     */
    record HeaderResponse(Optional<Offer> offer, OptionalLong now, Optional<Duration> nextPoll) implements Response {
        public static final long MIN_POLL_SECONDS = 10;
        public static final long MAX_POLL_SECONDS = 86_400;

        public HeaderResponse {
            nextPoll = nextPoll.map(time ->
                    Duration.ofSeconds(Math.max(MIN_POLL_SECONDS, Math.min(MAX_POLL_SECONDS, time.toSeconds()))));
        }

        /** As above, leaving to the board when to ask again. */
        public HeaderResponse(Optional<Offer> offer, OptionalLong now) {
            this(offer, now, Optional.empty());
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "header latest=" + offer.map(Offer::toString).orElse("");
        }
    }

    /**
     * What a server has for a board.
     *
     * @param content what v1 does not tell before the package is asked for
     * @param signed what the release's publisher says of it; empty where there is none, or nobody asked
     */
    record Offer(PackageName name, Optional<Content> content, Optional<SignedMetadata> signed) {
        /** Returns an offer of which only the name is known: all that v1 tells. */
        public static Offer named(PackageName name) {
            return new Offer(name, Optional.empty(), Optional.empty());
        }

        /** Returns an offer that nobody signed. */
        public static Offer unsigned(PackageName name, Content content) {
            return new Offer(name, Optional.of(content), Optional.empty());
        }

        /** Returns its package; empty where v1 has not told more than the name yet. */
        public Optional<PackageResponse> whole() {
            return content.map(known -> PackageResponse.whole(name, known.size(), known.sha256()));
        }

        @Override
        public String toString() {
            return name
                    + content.map(known -> " size=%d sha256=%s"
                                    .formatted(known.size(), known.sha256().hex()))
                            .orElse("")
                    + signed.map(metadata -> ", " + metadata).orElse("");
        }
    }

    /**
     * The identity of a package's bytes.
     *
     * @param size 0 to {@value PackageResponse#MAX_SIZE} bytes
     * @param sha256 of those bytes
     */
    record Content(long size, Digest sha256) {
        public Content {
            Bounds.requireSize(size);
            Bounds.requireAlgorithm(sha256, Digest.Algorithm.SHA256);
        }
    }

    /**
     * Announces a package; exactly {@code length} raw bytes follow.
     *
     * @param latest the package's name; may differ from the one of an earlier header
     * @param size of the whole package, 0 to {@value #MAX_SIZE} bytes
     * @param digest of the whole package: MD5 in v1, SHA-256 in v2
     * @param offset of the first byte that follows
     * @param length to the package's end; or 0 when another content was asked for than this one
     */
    record PackageResponse(PackageName latest, long size, Digest digest, long offset, long length) implements Response {
        /** 18 decimal digits: the most that cannot overflow. */
        public static final long MAX_SIZE = 999_999_999_999_999_999L;

        public PackageResponse {
            Bounds.requireSize(size);
            Bounds.requireSize(offset);
            boolean isRest = offset <= size && length == size - offset;
            boolean isOther = offset == 0 && length == 0;
            if (!isRest && !isOther) {
                throw new IllegalArgumentException(
                        "%d bytes from %d on are not the end of %d".formatted(length, offset, size));
            }
        }

        /** Returns the announcement of a whole package. */
        public static PackageResponse whole(PackageName latest, long size, Digest digest) {
            return new PackageResponse(latest, size, digest, 0, size);
        }

        @Override
        public OptionalLong following() {
            return OptionalLong.of(length);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "package latest=%s size=%d %s offset=%d length=%d".formatted(latest, size, digest, offset, length);
        }
    }

    /**
     * Refuses for now.
     *
     * @param retryAfter when to ask again; whole seconds, 1 s to {@value #MAX_SECONDS} s, longer ones are cut: before a
     *     session anybody on the way can write this
     */
    record BusyResponse(Duration retryAfter) implements Response {
        public static final long MAX_SECONDS = 3600;

        public BusyResponse {
            retryAfter = Duration.ofSeconds(Math.max(1, Math.min(MAX_SECONDS, retryAfter.toSeconds())));
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "busy retry_after=" + retryAfter.toSeconds();
        }
    }

    /**
     * How to make a release of what a board has. {@code manifest} and {@code plan} bytes follow, and then {@code length} bytes of the
     * plan's pieces.
     *
     * @param want what the plan makes: what was asked for, or what is on offer now; then nothing follows
     * @param id SHA-256 of the plan's text
     * @param size of all its pieces, 0 to {@link PackageResponse#MAX_SIZE} bytes
     * @param change what it comes to
     * @param body what is sent of the plan itself; empty where only the cost was asked for, or the plan is known
     * @param offset of the first byte of its pieces that follows
     * @param length bytes of its pieces that follow: all from {@code offset} on, or 0
     * @see "PROTOCOL.md, section 9: Increments"
     */
    record PlanResponse(Digest want, Digest id, long size, Change change, Optional<Body> body, long offset, long length)
            implements Response {
        private static final Digest NO_PLAN = new Digest(Digest.Algorithm.SHA256, "0".repeat(64));

        public PlanResponse {
            Bounds.requireAlgorithm(want, Digest.Algorithm.SHA256);
            Bounds.requireAlgorithm(id, Digest.Algorithm.SHA256);
            Bounds.requireSize(size);
            if (offset < 0 || offset > size || length != 0 && length != size - offset) {
                throw new IllegalArgumentException(
                        "offset %d and length %d of %d bytes".formatted(offset, length, size));
            }
        }

        /**
         * Returns the answer to who asked for something else than what is on offer: names that, and nothing follows.
         *
         * @param offered SHA-256 of the manifest, or of the package where that is one file
         */
        public static PlanResponse ofOther(Digest offered) {
            return new PlanResponse(offered, NO_PLAN, 0, new Change(0, 0, 0), Optional.empty(), 0, 0);
        }

        @Override
        public OptionalLong following() {
            return OptionalLong.of(body.map(Body::length).orElse(0L) + length);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "plan %s size=%d, %s, offset=%d length=%d".formatted(id.hex(), size, change, offset, length);
        }
    }

    /**
     * What an update does to what a board has: files, folders and links, 0 to {@value #MAX} each.
     *
     * @param added how many it did not have
     * @param changed how many it has with another content, mode, owner or time
     * @param removed how many are no more
     */
    record Change(long added, long changed, long removed) {
        public static final long MAX = 1_000_000_000;

        public Change {
            if (Math.min(added, Math.min(changed, removed)) < 0 || Math.max(added, Math.max(changed, removed)) > MAX) {
                throw new IllegalArgumentException(
                        "%d added, %d changed or %d removed is out of bounds".formatted(added, changed, removed));
            }
        }

        @Override
        public String toString() {
            return "%d added, %d changed, %d removed".formatted(added, changed, removed);
        }
    }

    /**
     * A plan, and the manifest of what it makes, on their way.
     *
     * @param manifest bytes of the coded manifest, 0 to {@value #MAX_PART}; 0 where the board has it, or the package is one file
     * @param isPatch whether the manifest is coded with the base's one as its dictionary
     * @param plan bytes of the coded plan, which follow those, 1 to {@value #MAX_PART}
     * @param sha256 of all of these bytes
     */
    record Body(long manifest, boolean isPatch, long plan, Digest sha256) {
        /** 16 MiB. */
        public static final int MAX_PART = 16 * 1024 * 1024;

        public Body {
            Bounds.requireAlgorithm(sha256, Digest.Algorithm.SHA256);
            if (manifest < 0 || manifest > MAX_PART || plan < 1 || plan > MAX_PART) {
                throw new IllegalArgumentException("manifest of %d and plan of %d bytes".formatted(manifest, plan));
            }
        }

        /** Returns how many bytes it has. */
        public long length() {
            return manifest + plan;
        }
    }

    /**
     * Refuses a request.
     *
     * @param reason for a person to read; at most {@value #MAX_REASON} characters, longer ones are cut
     * @param bare whether it is all the server said, as from a v1 server
     */
    record ErrorResponse(String reason, boolean bare) implements Response {
        public static final int MAX_REASON = 200;

        /** As this end sends it. */
        public ErrorResponse(String reason) {
            this(reason, true);
        }

        public ErrorResponse {
            if (reason.length() > MAX_REASON) {
                int end = Character.isHighSurrogate(reason.charAt(MAX_REASON - 1)) ? MAX_REASON - 1 : MAX_REASON;
                reason = reason.substring(0, end);
            }
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "error reason=" + reason;
        }
    }
}
