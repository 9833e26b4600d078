package dev.otapair.protocol.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 without the exception that cannot happen. */
public final class Sha256 {
    private Sha256() {}

    /** Returns a new computation. */
    public static MessageDigest create() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /** Returns that of some bytes, 32 of them. */
    public static byte[] of(byte[] bytes) {
        return create().digest(bytes);
    }

    /** As above, in 64 lower-case hex digits. */
    public static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(of(bytes));
    }
}
