package dev.otapair.protocol.auth;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA-256 (RFC 2104) over parts. */
final class Hmac {
    static final int BYTES = 32;
    private static final String NAME = "HmacSHA256";

    private Hmac() {}

    static byte[] of(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(NAME);
            mac.init(new SecretKeySpec(key, NAME));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no " + NAME, e);
        }
    }
}
