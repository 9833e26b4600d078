package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program {@code zstd} packs; skipped where it is missing. */
class ZstdByProgramTest {
    private static final int LONG_WINDOW_BYTES = 1 << 27;

    @TempDir
    private Path folder;

    @BeforeEach
    void requireProgram() {
        assumeTrue(Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "zstd"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-3", "-19", "--ultra -22 --long=27", "-3 --no-check --content-size"})
    void contentComesBack(String options) throws IOException, InterruptedException {
        long seed = System.nanoTime();
        for (Map.Entry<String, byte[]> content :
                ZstdContents.all(new Random(seed)).entrySet()) {
            Files.write(folder.resolve("content"), content.getValue());

            zstd(options + " -f content -o frame");

            try (InputStream in = new ZstdInputStream(open("frame"), LONG_WINDOW_BYTES)) {
                assertThat(in.readAllBytes())
                        .as("%s, seed %d", content.getKey(), seed)
                        .isEqualTo(content.getValue());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "-3", "-19", "--ultra -22 --long=31"})
    void patchMakesTheNewContent(String options) throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (Map.Entry<String, byte[]> content : ZstdContents.all(random).entrySet()) {
            byte[] made = ZstdContents.edited(random, content.getValue());
            if (made.length == 0) {
                // Version 1.5.4 of the program breaks on it.
                continue;
            }
            Files.write(folder.resolve("old"), content.getValue());
            Files.write(folder.resolve("new"), made);

            zstd(options + " -f --patch-from=old new -o patch");

            try (InputStream patch = open("patch");
                    FileChannel old = FileChannel.open(folder.resolve("old"));
                    FileChannel into = FileChannel.open(
                            folder.resolve("new"),
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                ZstdPatch.apply(patch, ZstdPatchTest.ofFile(old), NewContent.of(into), made.length);
            }
            assertThat(Files.readAllBytes(folder.resolve("new")))
                    .as("%s, seed %d", content.getKey(), seed)
                    .isEqualTo(made);
        }
    }

    private InputStream open(String name) throws IOException {
        return new BufferedInputStream(Files.newInputStream(folder.resolve(name)));
    }

    private void zstd(String arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("zstd", "-q"));
        words.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(arguments).isTrue();
        assertThat(process.exitValue()).as(() -> arguments + ": " + said()).isZero();
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
