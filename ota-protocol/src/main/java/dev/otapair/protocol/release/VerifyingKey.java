package dev.otapair.protocol.release;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.Set;

/**
 * The public half of a signing key: Ed25519 (RFC 8032). Immutable and thread-safe.
 *
 * @see "PROTOCOL.md, section 8.2: Signatures"
 */
public final class VerifyingKey {
    static final String ALGORITHM = "Ed25519";
    private static final String LABEL = "PUBLIC KEY";
    static final int SIGNATURE_BYTES = 64;

    private static final BigInteger PRIME = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /** The y of a point of order 8; with 0, 1 and -1, and their negatives, all points of small order have one of these. */
    private static final BigInteger ORDER_EIGHT =
            new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16);

    private static final Set<BigInteger> SMALL_ORDERS = Set.of(
            BigInteger.ZERO, BigInteger.ONE, PRIME.subtract(BigInteger.ONE), ORDER_EIGHT, PRIME.subtract(ORDER_EIGHT));

    private final PublicKey key;
    private final KeyId id;

    private VerifyingKey(PublicKey key) {
        this.key = key;
        this.id = idOf(key);
    }

    /**
     * Reads a key from a PEM file.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no such key
     */
    public static VerifyingKey read(Path file) throws IOException {
        return of(PemFile.read(file, LABEL));
    }

    /** As above, of the content of such a file. */
    public static VerifyingKey parse(byte[] pem) {
        return of(PemFile.parse(pem, LABEL));
    }

    static VerifyingKey of(PublicKey key) {
        return new VerifyingKey(key);
    }

    /** Returns the key's name, which its owner cannot choose. */
    public KeyId id() {
        return id;
    }

    /** Returns the content of its PEM file. */
    public byte[] toPem() {
        return PemFile.format(LABEL, key.getEncoded());
    }

    /** Says whether its owner signed exactly these bytes. Whatever is no signature of 64 bytes was not made by anybody. */
    public boolean verifies(byte[] bytes, Octets signature) {
        if (signature.length() != SIGNATURE_BYTES) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key);
            verifier.update(bytes);
            return verifier.verify(signature.toBytes());
        } catch (SignatureException e) {
            // Java throws where the numbers are out of range; those signatures are as wrong as others.
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + ALGORITHM, e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VerifyingKey known && key.equals(known.key);
    }

    @Override
    public int hashCode() {
        return key.hashCode();
    }

    @Override
    public String toString() {
        return "key " + id;
    }

    private static VerifyingKey of(byte[] der) {
        try {
            PublicKey key = KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der));
            requireSound((EdECPublicKey) key);
            // Only now Java looks whether there is such a point.
            Signature.getInstance(ALGORITHM).initVerify(key);
            return new VerifyingKey(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("it is no Ed25519 public key", e);
        }
    }

    /** A file of zeros has such a key: the system's way to say that the disk lost it must not let anybody sign. */
    private static void requireSound(EdECPublicKey key) {
        BigInteger y = key.getPoint().getY();
        if (y.compareTo(PRIME) >= 0 || SMALL_ORDERS.contains(y)) {
            throw new IllegalArgumentException("it is a key for which anybody can sign");
        }
    }

    private static KeyId idOf(PublicKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return new KeyId(HexFormat.of().formatHex(hash).substring(0, KeyId.HEX_DIGITS));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
