package dev.otapair.protocol.config;

import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a program has its token from: {@code security}; else the file that {@code security_file} names, if this program may read it; else what
 * systemd hands to this service under the name {@code token} (LoadCredential=), which stays as it was when the service was started. Faults
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
        Optional<Path> credential = Optional.ofNullable(environment.get(CREDENTIALS))
                .map(folder -> Path.of(folder, CREDENTIAL))
                .filter(TokenSource::hasContent);
        return file.filter(Files::isReadable)
                .or(() -> credential)
                .or(() -> file)
                .map(source -> read(section, source))
                .orElse("");
    }

    /** A unit may hand over an empty line under that name: SetCredential= wants something. */
    private static boolean hasContent(Path credential) {
        try (InputStream in = Files.newInputStream(credential)) {
            return !new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1).isBlank();
        } catch (IOException e) {
            return false;
        }
    }

    /** One line, as an editor leaves it. */
    private static String read(IniSection section, Path file) {
        try {
            Optional<String> token = line(file);
            if (token.isEmpty()) {
                section.fault(
                        FILE_KEY,
                        "is to be read from '%s', which does not hold one line of UTF-8 with the token"
                                .formatted(file));
            }
            return section.checkedToken(FILE_KEY, token.orElse(""));
        } catch (IOException e) {
            section.fault(
                    FILE_KEY, "is to be read from '%s', which cannot be read: %s".formatted(file, FileFault.why(e)));
            return "";
        }
    }

    private static Optional<String> line(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "it is no file");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .strip();
            boolean isOneLine = !text.isEmpty() && text.codePoints().noneMatch(TokenSource::isNoText);
            return isOneLine && bytes.length <= MAX_BYTES ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Ends of lines, zero bytes, and the mark that some editors put first. */
    private static boolean isNoText(int point) {
        return Character.isISOControl(point) || point == 0xfeff;
    }
}
