package dev.otapair.client.session;

import dev.otapair.protocol.release.PemFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/** The board's own certificate and key, for servers that ask for one. */
final class OwnCertificate {
    private static final List<String> KINDS = List.of("EC", "RSA", "EdDSA");

    private OwnCertificate() {}

    /**
     * Reads both.
     *
     * @param certificate PEM; its authorities may follow it
     * @param key PEM, PKCS#8 without a password (RFC 7468, 10)
     * @throws IOException if a file cannot be read
     * @throws GeneralSecurityException if there is not in it what should be
     */
    static KeyManager[] read(Path certificate, Path key) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] none = new char[0];
        store.setKeyEntry("board", key(key), none, chain(certificate));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, none);
        return factory.getKeyManagers();
    }

    /** The certificates among what is in the file, which may hold the key as well; or one without PEM. */
    private static Certificate[] chain(Path file) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> chain = new ArrayList<>();
        try {
            for (byte[] der : PemFile.blocks(file, "CERTIFICATE")) {
                chain.add(factory.generateCertificate(new ByteArrayInputStream(der)));
            }
            if (chain.isEmpty()) {
                chain.add(factory.generateCertificate(new ByteArrayInputStream(PemFile.bytes(file))));
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw new CertificateException(file + " holds no certificate: " + e.getMessage(), e);
        }
        return chain.toArray(Certificate[]::new);
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        List<byte[]> keys = PemFile.blocks(file, "PRIVATE KEY");
        if (keys.isEmpty()) {
            throw new InvalidKeySpecException(
                    file
                            + " holds no key that begins with '-----BEGIN PRIVATE KEY-----'; openssl pkcs8 -topk8 -nocrypt makes one of others");
        }
        for (String kind : KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(keys.get(0)));
            } catch (InvalidKeySpecException e) {
                // It is of another kind.
            }
        }
        throw new InvalidKeySpecException(file + " holds a key of no kind that is known: " + String.join(", ", KINDS));
    }
}
