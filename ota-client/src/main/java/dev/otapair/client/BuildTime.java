package dev.otapair.client;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.jar.JarFile;

/**
 * When this program was built: no clock that is right shows an earlier time.
 *
 * @see "PROTOCOL.md, section 8.4: Time"
 */
final class BuildTime {
    private static final String ATTRIBUTE = "Build-Time";

    private BuildTime() {}

    /** Reads it from the jar this class came from; 1970 when it came from none, or that one does not say. */
    static Instant read() {
        try {
            URL code = BuildTime.class.getProtectionDomain().getCodeSource().getLocation();
            Path jar = Path.of(code.toURI());
            if (!Files.isRegularFile(jar)) {
                return Instant.EPOCH;
            }
            try (JarFile file = new JarFile(jar.toFile())) {
                String time = file.getManifest().getMainAttributes().getValue(ATTRIBUTE);
                return time == null ? Instant.EPOCH : Instant.parse(time);
            }
        } catch (IOException | URISyntaxException | DateTimeParseException e) {
            return Instant.EPOCH;
        }
    }
}
