package dev.otapair.protocol.message;

import java.util.Optional;

/**
 * What a server answers.
 *
 * @see "PROTOCOL.md, section 3: Messages"
 */
public sealed interface Response {
    /** Calls the method of {@code visitor} that is for this response. */
    <T> T accept(Visitor<T> visitor);

    /** One method per response. */
    interface Visitor<T> {
        T visit(ConnectedResponse response);

        T visit(HeaderResponse response);

        T visit(PackageResponse response);

        T visit(ErrorResponse response);
    }

    /** The handshake was accepted. */
    record ConnectedResponse() implements Response {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "connected";
        }
    }

    /**
     * Names what is on offer.
     *
     * @param latest empty when nothing is on offer
     */
    record HeaderResponse(Optional<PackageName> latest) implements Response {
        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "header latest=" + latest.map(PackageName::value).orElse("");
        }
    }

    /**
     * Announces a package; exactly {@code size} raw bytes follow.
     *
     * @param latest the package's name; may differ from the one of an earlier header
     * @param size 0 to {@value #MAX_SIZE} bytes
     * @param md5 of those bytes
     */
    record PackageResponse(PackageName latest, long size, Digest md5) implements Response {
        /** 18 decimal digits: the most that cannot overflow. */
        public static final long MAX_SIZE = 999_999_999_999_999_999L;

        public PackageResponse {
            if (size < 0 || size > MAX_SIZE) {
                throw new IllegalArgumentException("size is %d, expected 0 to %d bytes".formatted(size, MAX_SIZE));
            }
            if (md5.algorithm() != Digest.Algorithm.MD5) {
                throw new IllegalArgumentException("digest is " + md5.algorithm() + ", expected MD5");
            }
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.visit(this);
        }

        @Override
        public String toString() {
            return "package latest=%s size=%d md5=%s".formatted(latest, size, md5.hex());
        }
    }

    /**
     * Refuses a request.
     *
     * @param reason for a person to read; at most {@value #MAX_REASON} characters, longer ones are cut
     */
    record ErrorResponse(String reason) implements Response {
        public static final int MAX_REASON = 200;

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
