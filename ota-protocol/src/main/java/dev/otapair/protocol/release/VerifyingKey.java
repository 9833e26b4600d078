package dev.otapair.protocol.release;

import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The public half of a signing key: Ed25519 (RFC 8032). Immutable and thread-safe.
 *
 * @see "PROTOCOL.md, section 8.2: Signatures"
 */
public final class VerifyingKey {
    static final String ALGORITHM = "Ed25519";
    private static final String LABEL = "PUBLIC KEY";
    private static final String NO_KEY = "it is no Ed25519 public key";
    static final int SIGNATURE_BYTES = 64;

    private static final BigInteger PRIME = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    /** The y of a point of order 8; with 0, 1 and -1, and their negatives, all points of small order have one of these. */
    private static final BigInteger ORDER_EIGHT =
            new BigInteger("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7", 16);

    private static final Set<BigInteger> SMALL_ORDERS = Set.of(
            BigInteger.ZERO, BigInteger.ONE, PRIME.subtract(BigInteger.ONE), ORDER_EIGHT, PRIME.subtract(ORDER_EIGHT));

    /** What is before the 32 bytes of the key themselves (RFC 8410, section 4). */
    private static final byte[] DER_HEAD = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int KEY_BYTES = 32;

    private final byte[] der;
    private final KeyId id;

    /** Made when it is needed: Java has to be brought up for it, which a run that verifies nothing does without. */
    private volatile PublicKey key;

    private VerifyingKey(byte[] der) {
        requireSound(der);
        this.der = der;
        this.id = new KeyId(Sha256.hex(der).substring(0, KeyId.HEX_DIGITS));
    }

    /**
     * Reads a key from a PEM file.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no such key
     */
    public static VerifyingKey read(Path file) throws IOException {
        return read(file, key -> false);
    }

    /**
     * As above.
     *
     * @param isKnown says of a key that it was read by this method before: then whether there is such a point on the curve, which takes long to
     *     find out, is not asked again
     */
    static VerifyingKey read(Path file, Predicate<VerifyingKey> isKnown) throws IOException {
        VerifyingKey read = new VerifyingKey(PemFile.read(file, LABEL));
        if (!isKnown.test(read)) {
            read.requirePoint();
        }
        return read;
    }

    static VerifyingKey of(PublicKey key) {
        return new VerifyingKey(key.getEncoded());
    }

    /** Returns the key's name, which its owner cannot choose. */
    public KeyId id() {
        return id;
    }

    /** Returns its encoding (RFC 8410, section 4), a copy. */
    public byte[] toDer() {
        return der.clone();
    }

    /** Returns the content of its PEM file. */
    public byte[] toPem() {
        return PemFile.format(LABEL, der);
    }

    /** Says whether its owner signed exactly these bytes. Whatever is no signature of 64 bytes was not made by anybody. */
    public boolean verifies(byte[] bytes, Octets signature) {
        if (signature.length() != SIGNATURE_BYTES) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(ALGORITHM);
            verifier.initVerify(key());
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
        return other instanceof VerifyingKey known && Arrays.equals(der, known.der);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(der);
    }

    @Override
    public String toString() {
        return "key " + id;
    }

    private void requirePoint() {
        try {
            // Only now Java looks whether there is such a point.
            Signature.getInstance(ALGORITHM).initVerify(key());
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(NO_KEY, e);
        }
    }

    private PublicKey key() throws GeneralSecurityException {
        if (key == null) {
            key = KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(der));
        }
        return key;
    }

    /** A file of zeros has such a key: the system's way to say that the disk lost it must not let anybody sign. */
    private static void requireSound(byte[] der) {
        if (der.length != DER_HEAD.length + KEY_BYTES
                || !Arrays.equals(der, 0, DER_HEAD.length, DER_HEAD, 0, DER_HEAD.length)) {
            throw new IllegalArgumentException(NO_KEY);
        }
        BigInteger y = yOf(der);
        if (y.compareTo(PRIME) >= 0 || SMALL_ORDERS.contains(y)) {
            throw new IllegalArgumentException("it is a key for which anybody can sign");
        }
    }

    /** The last 32 bytes, the lowest first; the highest bit is that of x. */
    private static BigInteger yOf(byte[] der) {
        byte[] big = new byte[KEY_BYTES];
        for (int i = 0; i < KEY_BYTES; i++) {
            big[i] = der[der.length - 1 - i];
        }
        big[0] &= 0x7f;
        return new BigInteger(1, big);
    }
}
