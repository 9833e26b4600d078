package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.SignedMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;

/** The private half of a signing key. Immutable and thread-safe; never printed. */
public final class SigningKey {
    private static final String LABEL = "PRIVATE KEY";

    private final PrivateKey key;
    private final VerifyingKey publicHalf;

    private SigningKey(PrivateKey key, VerifyingKey publicHalf) {
        this.key = key;
        this.publicHalf = publicHalf;
    }

    /** Makes a new key. */
    public static SigningKey generate() {
        return of(generate(new SecureRandom()));
    }

    /**
     * Reads a key from a PEM file, as {@code openssl genpkey -algorithm ed25519} makes them.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it holds no such key
     */
    public static SigningKey read(Path file) throws IOException {
        byte[] der = PemFile.read(file, LABEL);
        try {
            return of(der);
        } finally {
            Arrays.fill(der, (byte) 0);
        }
    }

    /** Returns the half that verifies. */
    public VerifyingKey publicHalf() {
        return publicHalf;
    }

    /** Returns the content of its PEM file; for its owner's eyes only. */
    public byte[] toPem() {
        return PemFile.format(LABEL, key.getEncoded());
    }

    /** Signs; the same bytes give the same signature, as RFC 8032 has it. */
    public SignedMetadata.Signature sign(byte[] bytes) {
        try {
            Signature signer = Signature.getInstance(VerifyingKey.ALGORITHM);
            signer.initSign(key);
            signer.update(bytes);
            return new SignedMetadata.Signature(publicHalf.id(), new Octets(signer.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + VerifyingKey.ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "private half of " + publicHalf;
    }

    private static SigningKey of(byte[] der) {
        try {
            PrivateKey key =
                    KeyFactory.getInstance(VerifyingKey.ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der));
            byte[] seed = ((EdECPrivateKey) key).getBytes().orElseThrow(GeneralSecurityException::new);
            return of(new KeyPair(generate(new Replay(seed)).getPublic(), key));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("it is no Ed25519 private key", e);
        }
    }

    private static SigningKey of(KeyPair pair) {
        SigningKey made = new SigningKey(pair.getPrivate(), VerifyingKey.of(pair.getPublic()));
        byte[] probe = {1};
        if (!made.publicHalf.verifies(probe, made.sign(probe).bytes())) {
            throw new IllegalStateException("this Java cannot tell the public half of a key");
        }
        return made;
    }

    private static KeyPair generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(VerifyingKey.ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + VerifyingKey.ALGORITHM, e);
        }
    }

    /**
     * Gives a known seed to the generator of keys: Java has no other way from a private key to its public half. That it took
     * the seed as it is, {@link #of(KeyPair)} sees by trying.
     */
    private static final class Replay extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] seed;

        Replay(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(seed, 0, bytes, 0, bytes.length);
        }
    }
}
