package dev.otapair.client.config;

import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.message.Octets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;

/**
 * How the server is known under TLS: by exactly one of a pin and an authority.
 *
 * @param pin SHA-256 of the server's public key (SubjectPublicKeyInfo); name and dates are not looked at then
 * @param authority PEM; the server's certificate must be signed by it and have the server's name
 * @param certificate PEM, our own, where the server asks for one; with {@code key}
 * @param key PEM, PKCS#8 without a password
 */
public record TlsSettings(
        Optional<Octets> pin, Optional<Path> authority, Optional<Path> certificate, Optional<Path> key) {
    private static final String PIN_PREFIX = "sha256/";
    private static final int PIN_BYTES = 32;

    static Optional<TlsSettings> read(IniSection section) {
        if (!section.flag("tls", false)) {
            return Optional.empty();
        }
        TlsSettings settings = new TlsSettings(
                section.value("tls_pin", "sha256/ and 44 characters of base64, as tls-init prints", TlsSettings::pin),
                file(section, "tls_ca"),
                file(section, "tls_client_cert"),
                file(section, "tls_client_key"));
        if (settings.pin().isPresent() == settings.authority().isPresent()) {
            section.fault("tls", "is yes, which needs either tls_pin or tls_ca");
        }
        if (settings.certificate().isPresent() != settings.key().isPresent()) {
            section.fault("tls_client_cert", "and tls_client_key need each other");
        }
        return Optional.of(settings);
    }

    private static Octets pin(String text) {
        if (!text.startsWith(PIN_PREFIX)) {
            throw new IllegalArgumentException("no " + PIN_PREFIX);
        }
        Octets pin = new Octets(Base64.getDecoder().decode(text.substring(PIN_PREFIX.length())));
        if (pin.length() != PIN_BYTES) {
            throw new IllegalArgumentException("not " + PIN_BYTES + " bytes");
        }
        return pin;
    }

    private static Optional<Path> file(IniSection section, String key) {
        Optional<Path> file = section.path(key);
        file.filter(path -> !Files.isReadable(path))
                .ifPresent(path -> section.fault(key, "is '%s', which cannot be read".formatted(path)));
        return file;
    }
}
