package dev.otapair.server.session;

import dev.otapair.protocol.release.PemFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;

/** A certificate and its key. Java takes any two, and no peer would ever get through a handshake. */
final class PemPair {
    private static final Map<String, String> SIGNATURES =
            Map.of("EC", "SHA256withECDSA", "RSA", "SHA256withRSA", "EdDSA", "EdDSA");
    private static final byte[] SAMPLE = "ota".getBytes(StandardCharsets.US_ASCII);

    private PemPair() {}

    /**
     * Reads the certificate.
     *
     * @param certificate PEM; the first one in it counts
     * @param key PEM, PKCS#8
     * @throws GeneralSecurityException if one of them cannot be read, or they do not belong together
     */
    static Certificate certificate(Path certificate, Path key) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(certificate)) {
            Certificate own = CertificateFactory.getInstance("X.509").generateCertificate(in);
            if (!belongTogether(own, key)) {
                throw new GeneralSecurityException("tls_key does not belong to tls_cert");
            }
            return own;
        }
    }

    private static boolean belongTogether(Certificate own, Path key) throws IOException, GeneralSecurityException {
        String algorithm = own.getPublicKey().getAlgorithm();
        PrivateKey secret;
        try {
            secret = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der(key)));
        } catch (GeneralSecurityException e) {
            return false;
        }
        Signature signature = Signature.getInstance(SIGNATURES.getOrDefault(algorithm, algorithm));
        signature.initSign(secret);
        signature.update(SAMPLE);
        byte[] signed = signature.sign();
        signature.initVerify(own.getPublicKey());
        signature.update(SAMPLE);
        return signature.verify(signed);
    }

    private static byte[] der(Path key) throws IOException {
        return PemFile.blocks(key, "PRIVATE KEY").stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("tls_key has no 'BEGIN PRIVATE KEY'"));
    }
}
