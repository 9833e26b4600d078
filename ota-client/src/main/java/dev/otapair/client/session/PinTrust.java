package dev.otapair.client.session;

import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.message.Octets;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLEngine;

/** Trusts exactly one public key, whatever the certificate around it says: a board with a clock in 1970 can connect. */
final class PinTrust extends ServerTrust {
    private final Octets pin;

    PinTrust(Octets pin) {
        this.pin = pin;
    }

    @Override
    void check(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        byte[] actual = Sha256.of(chain[0].getPublicKey().getEncoded());
        if (!new Octets(actual).equals(pin)) {
            throw new CertificateException("the server's key has the pin sha256/%s, tls_pin is another"
                    .formatted(Base64.getEncoder().encodeToString(actual)));
        }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
