package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Alphabet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Keys and certificates in the text form of RFC 7468, as openssl writes it. Stateless. */
public final class PemFile {
    /** What a file of certificates, or one that holds more than a key, may have in bytes. */
    public static final int MAX_CHAIN_BYTES = 256 * 1024;

    private static final int MAX_BYTES = 16 * 1024;
    private static final String BEGIN = "-----BEGIN ";
    private static final String RULE = "-----";
    private static final Alphabet LABEL = Alphabet.UPPER.with("0123456789 ");
    private static final Alphabet BASE64 = Alphabet.ALPHANUMERIC.with("+/= \t\n\u000b\f\r");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /** One block of a text, and where it ends there. */
    private record Block(String label, String body, int end) {}

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
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        Block block = next(text, 0)
                .orElseThrow(() ->
                        new IllegalArgumentException("there is no '-----BEGIN %s-----' block in it".formatted(label)));
        if (!block.label().equals(label)) {
            throw new IllegalArgumentException(
                    "it is a '%s', expected a '%s'%s".formatted(block.label(), label, adviceAbout(block.label())));
        }
        byte[] der = Base64.getMimeDecoder().decode(block.body());
        if (next(text, block.end()).isPresent()) {
            throw new IllegalArgumentException("there is more than one block in it");
        }
        return der;
    }

    /** By hand, as each check of a board with keys reads them: to bring up regular expressions takes longer. */
    private static Optional<Block> next(String text, int from) {
        for (int begin = text.indexOf(BEGIN, from); begin >= 0; begin = text.indexOf(BEGIN, begin + 1)) {
            int labelEnd = text.indexOf(RULE, begin + BEGIN.length());
            String label = text.substring(begin + BEGIN.length(), Math.max(begin + BEGIN.length(), labelEnd));
            String last = RULE + "END " + label + RULE;
            int bodyBegin = labelEnd + RULE.length();
            int bodyEnd = text.indexOf(last, bodyBegin);
            if (LABEL.isWord(label, 1, label.length()) && bodyEnd > bodyBegin) {
                String body = text.substring(bodyBegin, bodyEnd);
                boolean isOnItsLines = body.startsWith("\n") || body.startsWith("\r");
                if (isOnItsLines && BASE64.isWord(body, 2, body.length())) {
                    return Optional.of(new Block(label, body, bodyEnd + last.length()));
                }
            }
        }
        return Optional.empty();
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
