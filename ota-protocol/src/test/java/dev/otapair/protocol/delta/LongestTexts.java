package dev.otapair.protocol.delta;

import dev.otapair.protocol.release.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads a manifest or a plan in a JVM of its own, whose heap a test bounds, and says what it is. */
final class LongestTexts {
    private LongestTexts() {}

    /** @param arguments {@code manifest} or {@code plan}, and a file */
    public static void main(String[] arguments) throws IOException {
        byte[] text = Files.readAllBytes(Path.of(arguments[1]));
        if (arguments[0].equals("plan")) {
            System.out.println(Plan.parse(text).pieces().size());
        } else {
            System.out.println(Manifest.parse(text).entries().size());
        }
    }
}
