package dev.otapair.client.session;

import dev.otapair.client.config.TlsSettings;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** The client's end of TLS: 1.2 and 1.3 of the JDK, the server known by its pin or by an authority and its name. */
final class TlsClient {
    /** How Netty begins to tell that the connection ended before the handshake did. */
    private static final String CLOSED = "Connection closed";

    private final SslContext context;

    /** @throws OtaException CONFIG_INVALID if a file is of no use */
    TlsClient(TlsSettings settings) {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forClient().sslProvider(SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
            if (settings.pin().isPresent()) {
                builder.trustManager(new PinTrust(settings.pin().get())).endpointIdentificationAlgorithm(null);
            } else {
                builder.trustManager(AuthorityTrust.of(settings.authority().orElseThrow()))
                        .endpointIdentificationAlgorithm("HTTPS");
            }
            if (settings.certificate().isPresent()) {
                builder.keyManager(
                        settings.certificate().get().toFile(),
                        settings.key().orElseThrow().toFile());
            }
            this.context = builder.build();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    "tls_ca, tls_client_cert or tls_client_key is of no use: " + e.getMessage(),
                    e);
        }
    }

    SslHandler handler(ByteBufAllocator allocator, String host, int port, Duration timeout) {
        SslHandler handler = context.newHandler(allocator, host, port);
        handler.setHandshakeTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        return handler;
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

    /** A handshake that somebody refused is for good; one that was not answered, or was cut, is worth another try. */
    static OtaException refused(SSLException cause) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return new OtaException(ErrorCode.TIMED_OUT, "the server does not answer the TLS handshake", cause);
        }
        if (cause.getMessage() != null && cause.getMessage().startsWith(CLOSED)) {
            return new OtaException(ErrorCode.CONNECTION_LOST, "the connection ended within the TLS handshake", cause);
        }
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String what = root instanceof CertificateExpiredException ? "a certificate has expired, " : "";
        return new OtaException(ErrorCode.TLS_FAILED, "TLS with the server failed: " + what + root.getMessage(), cause);
    }
}
