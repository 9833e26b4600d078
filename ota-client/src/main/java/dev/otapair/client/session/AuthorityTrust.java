package dev.otapair.client.session;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Date;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts what one's own authority signed, for the server's name. A clock that is behind does not count: the certificates
 * are taken as of the latest day from which they hold, or of now, whichever is later.
 */
final class AuthorityTrust extends ServerTrust {
    private final Set<TrustAnchor> anchors;

    private AuthorityTrust(Set<TrustAnchor> anchors) {
        this.anchors = anchors;
    }

    /**
     * Reads an authority's certificates.
     *
     * @param file PEM, one or more
     * @throws IOException if the file cannot be read
     * @throws GeneralSecurityException if there is no certificate in it
     */
    static AuthorityTrust of(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Set<TrustAnchor> anchors = CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .map(certificate -> new TrustAnchor(certificate, null))
                    .collect(Collectors.toSet());
            if (anchors.isEmpty()) {
                throw new CertificateException(file + " holds no certificate");
            }
            return new AuthorityTrust(anchors);
        }
    }

    @Override
    void check(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        asOf(chain).checkServerTrusted(chain, authType, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return anchors.stream().map(TrustAnchor::getTrustedCert).toArray(X509Certificate[]::new);
    }

    private X509ExtendedTrustManager asOf(X509Certificate[] chain) throws CertificateException {
        try {
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(laterOfNowAnd(chain));
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new CertificateException("this Java has no X509ExtendedTrustManager");
        } catch (GeneralSecurityException e) {
            throw new CertificateException(e.getMessage(), e);
        }
    }

    private static Date laterOfNowAnd(X509Certificate[] chain) {
        return Stream.concat(Stream.of(new Date()), Arrays.stream(chain).map(X509Certificate::getNotBefore))
                .max(Date::compareTo)
                .orElseThrow();
    }
}
