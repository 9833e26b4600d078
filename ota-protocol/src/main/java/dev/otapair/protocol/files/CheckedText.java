package dev.otapair.protocol.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Small text files that tell damage: a first line that says what they are, lines, and a last line with the checksum of all
 * before it.
 *
 * <pre>
 * ota-client-state/1
 * installed=fw-1.4.0.tar.gz
 * crc32c=0a1b2c3d
 * </pre>
 */
public final class CheckedText {
    private static final String CHECKSUM = "crc32c=";
    private static final int CHECKSUM_LINE = CHECKSUM.length() + 8 + 1;
    private static final int MAX_BYTES = 64 * 1024;

    private CheckedText() {}

    /**
     * Returns the file's content.
     *
     * @param kind its first line
     * @param lines each ends with a line end; may be empty
     */
    public static byte[] seal(String kind, String lines) {
        String body = kind + "\n" + lines;
        return (body + checksumLine(body)).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a file.
     *
     * @param kind what its first line must be
     * @return the lines between the first and the last; empty if the file is damaged or of another kind
     * @throws IOException if it is missing or cannot be read
     */
    public static Optional<String> read(Path file, String kind) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            return bytes.length > MAX_BYTES ? Optional.empty() : open(bytes, kind);
        }
    }

    private static Optional<String> open(byte[] bytes, String kind) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.length() - CHECKSUM_LINE;
        String first = kind + "\n";
        boolean isWhole = end >= first.length()
                && text.startsWith(first)
                && text.substring(end).equals(checksumLine(text.substring(0, end)));
        return isWhole ? Optional.of(text.substring(first.length(), end)) : Optional.empty();
    }

    private static String checksumLine(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return CHECKSUM + HexFormat.of().toHexDigits((int) crc.getValue()) + "\n";
    }
}
