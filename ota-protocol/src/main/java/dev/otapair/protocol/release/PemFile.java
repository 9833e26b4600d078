package dev.otapair.protocol.release;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates in the text form of RFC 7468, as openssl writes it. Stateless. */
public final class PemFile {
    /** What a file of certificates, or one that holds more than a key, may have in bytes. */
    public static final int MAX_CHAIN_BYTES = 256 * 1024;

    private static final int MAX_BYTES = 16 * 1024;
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\R([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private PemFile() {}

    /**
     * Reads the one block of a file; what stands before and after it is ignored.
     *
     * @param label what the block must be
     * @return DER
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is no such file; the message has nothing of its content
     */
    static byte[] read(Path file, String label) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            try {
                return parse(bytes, label);
            } finally {
                Arrays.fill(bytes, (byte) 0);
            }
        }
    }

    /** As above, of bytes. */
    static byte[] parse(byte[] bytes, String label) {
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException("it has more than %d bytes".formatted(MAX_BYTES));
        }
        Matcher block = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        if (!block.find()) {
            throw new IllegalArgumentException("there is no '-----BEGIN %s-----' block in it".formatted(label));
        }
        if (!block.group(1).equals(label)) {
            throw new IllegalArgumentException(
                    "it is a '%s', expected a '%s'%s".formatted(block.group(1), label, adviceAbout(block.group(1))));
        }
        byte[] der = Base64.getMimeDecoder().decode(block.group(2));
        if (block.find()) {
            throw new IllegalArgumentException("there is more than one block in it");
        }
        return der;
    }

    /**
     * Reads all blocks of one kind in a file, whatever stands around them; none where there are none.
     *
     * @return DER of each, in their order
     * @throws IOException if the file cannot be read, or has more than {@value #MAX_CHAIN_BYTES} bytes
     * @throws IllegalArgumentException if what should be base64 is not
     */
    public static List<byte[]> blocks(Path file, String label) throws IOException {
        String text = new String(bytes(file), StandardCharsets.ISO_8859_1);
        String begin = "-----BEGIN " + label + "-----";
        List<byte[]> blocks = new ArrayList<>();
        int from = text.indexOf(begin);
        while (from >= 0) {
            int end = text.indexOf("-----END " + label + "-----", from);
            if (end < 0) {
                return blocks;
            }
            blocks.add(Base64.getMimeDecoder().decode(text.substring(from + begin.length(), end)));
            from = text.indexOf(begin, end);
        }
        return blocks;
    }

    /**
     * Reads a file that may hold PEM or something else.
     *
     * @throws IOException if it cannot be read, or has more than {@value #MAX_CHAIN_BYTES} bytes
     */
    public static byte[] bytes(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_CHAIN_BYTES + 1);
            if (bytes.length > MAX_CHAIN_BYTES) {
                throw new IOException("%s has more than %d bytes".formatted(file, MAX_CHAIN_BYTES));
            }
            return bytes;
        }
    }

    /** Returns the text of a file with one block. */
    public static byte[] format(String label, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(label, LINES.encodeToString(der), label)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String adviceAbout(String label) {
        return switch (label) {
            case "ENCRYPTED PRIVATE KEY" -> "; take the password off by 'openssl pkey', or sign with openssl itself";
            case "PRIVATE KEY" -> "; a private key does not belong here";
            case "PUBLIC KEY" -> "; the private half is needed";
            default -> "";
        };
    }
}
