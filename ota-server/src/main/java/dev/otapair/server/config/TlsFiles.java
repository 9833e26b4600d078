package dev.otapair.server.config;

import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether and as whom the server speaks TLS.
 *
 * @param mode off, or for who wants it, or for all
 * @param certificate PEM, the server's own certificate first; present unless the mode is off
 * @param key PEM, PKCS#8 without a password; likewise
 * @param clientCa PEM; when present, clients need a certificate that it signed
 * @param contents what was in these files, so that a renewed certificate is a changed configuration; compared, not shown
 */
public record TlsFiles(
        Mode mode,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<Path> clientCa,
        List<FileContent> contents) {
    private static final String CLIENT_CA = "tls_client_ca";

    /** What a connection may be. */
    public enum Mode {
        OFF,
        OPTIONAL,
        REQUIRED
    }

    static TlsFiles read(IniSection section) {
        Mode mode = section.choice("tls", Mode.class, Mode.OFF);
        if (mode == Mode.OFF) {
            return new TlsFiles(mode, Optional.empty(), Optional.empty(), Optional.empty(), List.of());
        }
        List<FileContent> contents = new ArrayList<>();
        Optional<Path> clientCa = section.path(CLIENT_CA);
        if (clientCa.isPresent() && mode == Mode.OPTIONAL) {
            section.fault(
                    CLIENT_CA,
                    "asks boards for a certificate, which a plain connection has not; it needs tls = required");
        }
        return new TlsFiles(
                mode,
                required(section, "tls_cert", contents),
                required(section, "tls_key", contents),
                clientCa.flatMap(file -> readable(section, CLIENT_CA, file, contents)),
                contents);
    }

    private static Optional<Path> required(IniSection section, String key, List<FileContent> contents) {
        Optional<Path> file = section.path(key);
        if (file.isEmpty()) {
            section.fault(key, "is missing, which tls needs; 'ota-server tls-init' makes both files");
        }
        return file.flatMap(path -> readable(section, key, path, contents));
    }

    private static Optional<Path> readable(IniSection section, String key, Path file, List<FileContent> contents) {
        try {
            contents.add(new FileContent(Files.readAllBytes(file)));
        } catch (IOException e) {
            section.fault(key, "is '%s', which cannot be read: %s".formatted(file, FileFault.why(e)));
        }
        return Optional.of(file);
    }
}
