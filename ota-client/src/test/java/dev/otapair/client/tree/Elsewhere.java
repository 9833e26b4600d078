package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.simple.SimpleLogger;
import org.tukaani.xz.XZInputStream;

/** Programs of these tests as processes of their own: with the client's memory, or as somebody else. */
final class Elsewhere {
    private static final long PATIENCE_SECONDS = 300;

    private Elsewhere() {}

    /** Returns the command line of a program. */
    static List<String> command(Class<?> program, String memory, String... arguments) {
        return command(System.getProperty("java.class.path"), program, memory, arguments);
    }

    /**
     * Copies what a program needs to a folder: another user may not be allowed to read where it is.
     *
     * @param copies made here
     */
    static List<String> commandForAnybody(Path copies, Class<?> program, String memory, String... arguments)
            throws IOException, InterruptedException {
        Files.createDirectory(copies);
        Set<Path> sources = new LinkedHashSet<>();
        for (Class<?> one : List.of(
                TreeBuilder.class,
                program,
                OtaException.class,
                Zstd.class,
                XZInputStream.class,
                LoggerFactory.class,
                SimpleLogger.class)) {
            sources.add(Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().getPath()));
        }
        List<String> path = new ArrayList<>();
        for (Path source : sources) {
            Path copy = copies.resolve(path.size() + "-" + source.getFileName());
            run(List.of("cp", "-r", source.toString(), copy.toString()));
            path.add(copy.toString());
        }
        run(List.of("chmod", "-R", "a+rX", copies.toString()));
        return command(String.join(":", path), program, memory, arguments);
    }

    /** Runs a program to its end, and returns what it said. */
    static String run(List<String> words) throws IOException, InterruptedException {
        Path said = Files.createTempFile("said", null);
        try {
            Process process = new ProcessBuilder(words)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(said)).isZero();
            return Files.readString(said);
        } finally {
            Files.delete(said);
        }
    }

    private static List<String> command(String path, Class<?> program, String memory, String... arguments) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xss512k",
                memory,
                "-cp",
                path,
                program.getName()));
        words.addAll(List.of(arguments));
        return words;
    }
}
