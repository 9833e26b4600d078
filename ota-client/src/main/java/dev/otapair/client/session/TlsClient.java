package dev.otapair.client.session;

import dev.otapair.client.config.TlsSettings;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateExpiredException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;

/** The client's end of TLS: 1.2 and 1.3 of the JDK, the server known by its pin or by an authority and its name. */
final class TlsClient {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final SSLContext context;
    private final boolean checksName;

    /** @throws OtaException CONFIG_INVALID if a file is of no use */
    TlsClient(TlsSettings settings) {
        try {
            ServerTrust trust = settings.pin().isPresent()
                    ? new PinTrust(settings.pin().get())
                    : AuthorityTrust.of(settings.authority().orElseThrow());
            KeyManager[] keys = settings.certificate().isPresent()
                    ? OwnCertificate.read(
                            settings.certificate().get(), settings.key().orElseThrow())
                    : new KeyManager[0];
            this.context = SSLContext.getInstance("TLS");
            context.init(keys, new TrustManager[] {trust}, null);
            this.checksName = settings.pin().isEmpty();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    "tls_ca, tls_client_cert or tls_client_key is of no use: " + e.getMessage(),
                    e);
        }
    }

    /**
     * Makes an engine for one connection.
     *
     * @param host the server's name, which is told to it, and which its certificate must have where an authority is trusted
     */
    SSLEngine engine(String host, int port) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(PROTOCOLS);
        parameters.setEndpointIdentificationAlgorithm(checksName ? "HTTPS" : null);
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** Returns what ties a session to its TLS connection: SHA-256 of the server's certificate. */
    static Octets certificateDigest(SSLSession session) {
        try {
            byte[] certificate = session.getPeerCertificates()[0].getEncoded();
            return new Octets(MessageDigest.getInstance("SHA-256").digest(certificate));
        } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
            throw new OtaException(ErrorCode.TLS_FAILED, "the server has no certificate: " + e.getMessage(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /** Says whether the server has said no; the JDK tells that by its words alone. */
    static boolean isAlert(SSLException failure) {
        return failure.getMessage() != null && failure.getMessage().contains("Received fatal alert");
    }

    /** Returns what a handshake has come to that somebody refused, which is for good. */
    static OtaException refused(SSLException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String what = root instanceof CertificateExpiredException ? "a certificate has expired, " : "";
        return new OtaException(ErrorCode.TLS_FAILED, "TLS with the server failed: " + what + root.getMessage(), cause);
    }
}
