package dev.otapair.protocol.auth;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * SHA-256 of what is short: what is proven, sealed or named by. Packages have {@code ContentDigester}. Thread-safe.
 */
public final class Sha256 {
    /** More than a check computes, and fewer than a server in its first second. */
    private static final int FEW = 100;

    private static final AtomicInteger STARTED = new AtomicInteger();

    private Sha256() {}

    /** Returns a new computation: in plain Java for the program's first ones, then the one that this Java has. */
    public static MessageDigest create() {
        return STARTED.get() < FEW && STARTED.incrementAndGet() < FEW ? new PlainSha256() : platform();
    }

    private static MessageDigest platform() {
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
