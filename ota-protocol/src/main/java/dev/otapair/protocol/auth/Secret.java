package dev.otapair.protocol.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** The token both ends share. Never printed: {@link #toString} does not have it. Immutable. */
public final class Secret {
    /** Characters from which on a token is not called weak. */
    public static final int STRONG_LENGTH = 16;

    private final String token;

    /** @param token may be empty, which is no protection */
    public Secret(String token) {
        this.token = token;
    }

    /** Compares in a time that depends on the claim's length alone. */
    public boolean matches(String claim) {
        return MessageDigest.isEqual(claim.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    /** Says whether it is so short that somebody who recorded a session could find it by guessing. */
    public boolean isWeak() {
        return token.length() < STRONG_LENGTH;
    }

    /** Says whether there is nothing to know. */
    public boolean isEmpty() {
        return token.isEmpty();
    }

    /** Returns the token itself, for the one message that carries it. */
    public String reveal() {
        return token;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && matches(secret.token);
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
