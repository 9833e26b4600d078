package dev.otapair.client.torture;

import dev.otapair.client.cli.OtaClientCommand;
import dev.otapair.client.testing.Board;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * The client as a program of its own, put up such that it starts quickly: in jars, with an archive of its classes. Its behaviour is
 * that of the shipped one.
 */
final class ClientProgram {
    private final Path archive;
    private final String classPath;

    private ClientProgram(Path archive, String classPath) {
        this.archive = archive;
        this.classPath = classPath;
    }

    /**
     * Makes it of the classes that this process runs with.
     *
     * @param folder empty; for the jars
     * @param board makes one update, which says which classes belong into the archive
     */
    static ClientProgram create(Path folder, Board board) throws IOException, InterruptedException {
        List<String> elements = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(element);
            boolean isFolder = Files.isDirectory(path);
            elements.add(isFolder ? jar(path, folder.resolve(elements.size() + ".jar")) : element);
        }
        ClientProgram program =
                new ClientProgram(folder.resolve("classes.jsa"), String.join(File.pathSeparator, elements));
        Process first =
                start(program.command(OtaClientCommand.class, board, "-XX:ArchiveClassesAtExit=" + program.archive));
        if (first.waitFor() != 0) {
            throw new IllegalStateException("the client does not even run undisturbed: " + program.classPath);
        }
        return program;
    }

    /** Returns the words that start one update of a board. */
    List<String> update(Board board) {
        return command(OtaClientCommand.class, board, "-XX:SharedArchiveFile=" + archive);
    }

    /** As above, with status 0 when the release is taken back. */
    List<String> takenBackUpdate(Board board) {
        return command(TakenBackUpdate.class, board, "-XX:SharedArchiveFile=" + archive);
    }

    /** Starts one update of a board; what it says is dropped. */
    Process start(Board board) throws IOException {
        return start(update(board));
    }

    private static Process start(List<String> words) throws IOException {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private List<String> command(Class<?> main, Board board, String option) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx32m",
                "-XX:-UsePerfData",
                "-Dslf4j.provider=dev.otapair.protocol.log.OperatorLogProvider",
                "-Dslf4j.internal.verbosity=WARN",
                option,
                "-cp",
                classPath,
                main.getName(),
                "update",
                "--json",
                "--config",
                board.file("config.ini").toString());
    }

    private static String jar(Path classes, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
                entries.closeEntry();
            }
        }
        return jar.toString();
    }
}
