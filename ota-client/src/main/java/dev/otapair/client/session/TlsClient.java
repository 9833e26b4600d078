package dev.otapair.client.session;

import dev.otapair.client.config.TlsSettings;
import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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
        ServerTrust trust = settings.pin().<ServerTrust>map(PinTrust::new).orElseGet(() -> authority(settings));
        try {
            this.context = SSLContext.getInstance("TLS");
            context.init(keys(settings), new TrustManager[] {trust}, null);
            this.checksName = settings.pin().isEmpty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    private static ServerTrust authority(TlsSettings settings) {
        Path file = settings.authority().orElseThrow();
        try {
            return AuthorityTrust.of(file);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw ofNoUse("tls_ca: " + file, e);
        }
    }

    private static KeyManager[] keys(TlsSettings settings) {
        if (settings.certificate().isEmpty()) {
            return new KeyManager[0];
        }
        Path certificate = settings.certificate().get();
        Path key = settings.key().orElseThrow();
        try {
            return OwnCertificate.read(certificate, key);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw ofNoUse("tls_client_cert: %s, with tls_client_key: %s,".formatted(certificate, key), e);
        }
    }

    private static OtaException ofNoUse(String what, Exception cause) {
        String where =
                cause instanceof FileSystemException fault && fault.getFile() != null ? fault.getFile() + ": " : "";
        return new OtaException(
                ErrorCode.CONFIG_INVALID, "%s is of no use: %s%s".formatted(what, where, FileFault.why(cause)), cause);
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
            return new Octets(Sha256.of(certificate));
        } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
            throw new OtaException(ErrorCode.TLS_FAILED, "the server has no certificate: " + e.getMessage(), e);
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
        String why = root instanceof Exception failure ? FileFault.why(failure) : FileFault.why(cause);
        return new OtaException(ErrorCode.TLS_FAILED, "TLS with the server failed: " + what + why, cause);
    }
}
