package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.release.Manifest;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** T28: the longest texts there can be are read in a small heap, whatever they list, and in no time to speak of. */
class LongestTextsTest {
    private static final String HEX = "ab".repeat(32);

    /** Ample for a slow machine; a quadratic reader needs hours. */
    private static final long MAX_MINUTES = 3;

    private static final int MAX_NAME = 255;

    /** Of one path with 4095 bytes, that do not end in a slash. */
    private static final int MAX_PREFIXES = 16 * MAX_NAME;

    @TempDir
    private Path folder;

    /** The text itself counts: 16 MiB, which nobody holds twice. */
    @ParameterizedTest
    @CsvSource({"files, 80", "copies, 48", "links, 64", "folders, 64", "prefixes, 64"})
    void longestManifestFits(String kind, int megabytes) throws IOException, InterruptedException {
        Path text = write("ota-manifest/1\n", Manifest.MAX_BYTES, lines(kind));

        assertThat(Files.size(text)).isGreaterThan(Manifest.MAX_BYTES / 2);
        assertThat(read("manifest", text, megabytes)).matches("[0-9]{4,}\n");
    }

    @Test
    void longestPlanFits() throws IOException, InterruptedException {
        int each = Plan.MAX_NUMBERS / Plan.MAX_PIECES - 1;
        StringBuilder from = new StringBuilder("9000000");
        for (int i = 1; i < each; i++) {
            from.append(',').append(9_000_000 + 2 * i);
        }
        Path text = write(
                "ota-plan/1\nwant %s\nbase %s\n".formatted(HEX, HEX),
                Plan.MAX_BYTES,
                i -> i < Plan.MAX_PIECES ? "piece bsdiff 1 %s new %s %d\n".formatted(HEX, from, 1_000_000 + i) : "");

        assertThat(read("plan", text, 96)).isEqualTo("100000\n");
    }

    private static IntFunction<String> lines(String kind) {
        return switch (kind) {
            case "files" -> i -> "f 0644 0 0 1 1 %064x %032x %07x\n".formatted(i, i, i);
            case "copies" -> i -> "f 0644 0 0 1 1 %064x %032x %07x\n".formatted(1, 1, i);
            case "links" -> i -> "l 0 0 0 %05x\tb\n".formatted(i);
            case "folders" -> i -> "d 0000 0 0 0 %05x\n".formatted(i);
            // Each begins with the one before it: as many are open as a path has bytes.
            case "prefixes" ->
                i -> i < MAX_PREFIXES
                        ? "d 0000 0 0 0 %s%s\n".formatted(deep(i / MAX_NAME), "a".repeat(i % MAX_NAME + 1))
                        : "";
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static String deep(int folders) {
        return ("a".repeat(MAX_NAME) + "/").repeat(folders);
    }

    private Path write(String head, int maxBytes, IntFunction<String> lines) throws IOException {
        Path text = folder.resolve("text");
        try (BufferedWriter out = Files.newBufferedWriter(text, StandardCharsets.US_ASCII)) {
            out.write(head);
            int left = maxBytes - head.length();
            for (int i = 0; ; i++) {
                String line = lines.apply(i);
                if (line.isEmpty() || line.length() > left) {
                    return text;
                }
                out.write(line);
                left -= line.length();
            }
        }
    }

    private static String read(String kind, Path text, int megabytes) throws IOException, InterruptedException {
        Path said = text.resolveSibling("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx" + megabytes + "m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LongestTexts.class.getName(),
                        kind,
                        text.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(MAX_MINUTES, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(said);
    }
}
