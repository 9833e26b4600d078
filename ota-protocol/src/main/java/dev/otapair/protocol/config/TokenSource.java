package dev.otapair.protocol.config;

import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a program has its token from: {@code security}; else what systemd hands to this service under the name {@code token}
 * (LoadCredential=), which the service's user need not be able to read where it lies; else the file that {@code security_file} names. Faults
 * never quote it.
 */
public final class TokenSource {
    private static final String KEY = "security";
    private static final String FILE_KEY = "security_file";

    /** Set by systemd where a unit has credentials. */
    private static final String CREDENTIALS = "CREDENTIALS_DIRECTORY";

    private static final String CREDENTIAL = "token";

    /** More than a token and its line's end can be. */
    private static final int MAX_BYTES = 4096;

    private TokenSource() {}

    /**
     * Reads the token.
     *
     * @param environment of this process
     * @return empty text where there is none
     */
    public static String of(IniSection section, Map<String, String> environment) {
        String token = section.token(KEY);
        Optional<Path> file = section.path(FILE_KEY);
        if (!token.isEmpty()) {
            if (file.isPresent()) {
                section.fault(FILE_KEY, "is set beside security; leave one of them empty");
            }
            return token;
        }
        return Optional.ofNullable(environment.get(CREDENTIALS))
                .map(folder -> Path.of(folder, CREDENTIAL))
                .filter(Files::isReadable)
                .or(() -> file)
                .map(source -> read(section, source))
                .orElse("");
    }

    /** The first line, as an editor leaves it. */
    private static String read(IniSection section, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
            String token = text.lines().findFirst().orElse("").strip();
            boolean isOneLine = text.strip().lines().count() <= 1;
            if (token.isEmpty() || !isOneLine) {
                section.fault(FILE_KEY, "is '%s', which does not hold one line with the token".formatted(file));
            }
            return section.checkedToken(FILE_KEY, token);
        } catch (IOException e) {
            section.fault(FILE_KEY, "is '%s', which cannot be read: %s".formatted(file, FileFault.why(e)));
            return "";
        }
    }
}
