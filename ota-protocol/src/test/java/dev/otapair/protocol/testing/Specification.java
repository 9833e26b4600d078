package dev.otapair.protocol.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PROTOCOL.md, which the tests hold the code to. */
public final class Specification {
    private static final String TEXT = read();
    private static final List<String> VECTOR =
            block("Vector (token `password`").lines().toList();

    /** Iterations and salt of the vector, which its challenge spells. */
    public static final int ITERATIONS = 20_000;

    public static final String SALT = "ICEiIyQlJicoKSorLC0uLw";
    public static final String TOKEN = "password";

    private Specification() {}

    /** Returns the vector's first message, as it is on the wire. */
    public static byte[] hello() {
        return VECTOR.get(0).getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the vector's second message, as it is on the wire. */
    public static byte[] challenge() {
        return VECTOR.get(1).getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns a value of the vector: K, T, client, server or Ks. */
    public static String vector(String name) {
        return VECTOR.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length()).strip())
                .findFirst()
                .orElseThrow();
    }

    /** Returns the first sealed message of the client in the vector's session. */
    public static byte[] sealedHeader() {
        return block("The first sealed message of a client").getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the fenced blocks with exactly this mark, in order. */
    public static List<String> blocks(String mark) {
        return Pattern.compile("(?ms)^```" + Pattern.quote(mark) + "\n(.*?)\n```$")
                .matcher(TEXT)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** Returns the first fenced block after some words. */
    private static String block(String words) {
        Matcher block = Pattern.compile("(?ms)^```\n(.*?)\n```$").matcher(TEXT);
        if (!block.find(TEXT.indexOf(words))) {
            throw new IllegalStateException("PROTOCOL.md has no block after: " + words);
        }
        return block.group(1);
    }

    private static String read() {
        try {
            return Files.readString(Path.of(System.getProperty("projectRoot"), "ota-protocol", "PROTOCOL.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
