package dev.otapair.client.session;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;

/** The board's own certificate and key, for servers that ask for one. */
final class OwnCertificate {
    private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
    private static final String END = "-----END PRIVATE KEY-----";
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

    private static Certificate[] chain(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Certificate[] chain = CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .toArray(Certificate[]::new);
            if (chain.length == 0) {
                throw new CertificateException(file + " holds no certificate");
            }
            return chain;
        }
    }

    private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END, Math.max(begin, 0));
        if (begin < 0 || end < 0) {
            throw new InvalidKeySpecException(file + " holds no key that begins with '" + BEGIN
                    + "'; openssl pkcs8 -topk8 -nocrypt makes one of others");
        }
        PKCS8EncodedKeySpec der =
                new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end)));
        for (String kind : KINDS) {
            try {
                return KeyFactory.getInstance(kind).generatePrivate(der);
            } catch (InvalidKeySpecException e) {
                // It is of another kind.
            }
        }
        throw new InvalidKeySpecException(file + " holds a key of no kind that is known: " + String.join(", ", KINDS));
    }
}
