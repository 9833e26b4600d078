package dev.otapair.client.torture;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The store with one thing left out, made from its source as it is: each edit must find its text exactly once, so that a mutant
 * which no longer fits is seen. Needs the source tree and a JDK.
 *
 * @param name what is left out
 */
record Mutant(String name, List<Edit> edits) {
    private static final String DURABLE_FILES =
            "ota-protocol/src/main/java/dev/otapair/protocol/files/DurableFiles.java";
    private static final String SYNC = "ota-protocol/src/main/java/dev/otapair/protocol/files/Sync.java";
    private static final String PARTIAL_FILE = "ota-client/src/main/java/dev/otapair/client/store/PartialFile.java";

    /**
     * A change of the source.
     *
     * @param file below the repository's root
     * @param text there once, whatever its white space
     */
    record Edit(String file, String text, String replacement) {}

    /**
     * What {@link CrashHunt} found.
     *
     * @param states that were searched
     * @param caught of them had a fault
     * @param first fault; empty if there was none
     */
    record Catch(long states, long caught, String first) {}

    /** The store as it is, which must not be caught. */
    static final Mutant NONE = new Mutant("nothing left out", List.of());

    /** Returns all of them. */
    static List<Mutant> all() {
        return List.of(
                new Mutant(
                        "no folder fsync",
                        List.of(
                                new Edit(
                                        SYNC,
                                        "void folderOf(Path path) throws IOException {"
                                                + " of(path.toAbsolutePath().getParent()); }",
                                        "void folderOf(Path path) throws IOException {"
                                                + " java.nio.file.Files.size(path.toAbsolutePath().getParent()); }"),
                                new Edit(DURABLE_FILES, "Sync.of(folder);", "Files.size(folder);"))),
                new Mutant(
                        "no file fsync",
                        List.of(new Edit(
                                DURABLE_FILES,
                                "write(channel, content); } rename(temporary, file);",
                                "channel.write(ByteBuffer.wrap(content)); } rename(temporary, file);"))),
                new Mutant(
                        "no link fsync",
                        List.of(new Edit(
                                DURABLE_FILES,
                                "Files.createSymbolicLink(temporary, target); rename(temporary, link);",
                                "Files.createSymbolicLink(temporary, target);"
                                        + " Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);"))),
                new Mutant(
                        "no package fsync",
                        List.of(new Edit(PARTIAL_FILE, "sync(); channel.close();", "channel.close();"))),
                new Mutant(
                        "in-place write",
                        List.of(
                                new Edit(
                                        DURABLE_FILES,
                                        "try (FileChannel channel = create(temporary, readers)) {",
                                        "try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE,"
                                                + " StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {"),
                                new Edit(DURABLE_FILES, "rename(temporary, file); }", "Sync.folderOf(file); }"))),
                new Mutant(
                        "rename before verify",
                        List.of(
                                new Edit(PARTIAL_FILE, "verify(); try { sync", "try { sync"),
                                new Edit(
                                        PARTIAL_FILE,
                                        "files.rename(path, destination);",
                                        "files.rename(path, destination); verify();"))));
    }

    /** Says why this machine can make none; empty if it can. */
    static String obstacle() {
        if (ToolProvider.getSystemJavaCompiler() == null) {
            return "this Java has no compiler";
        }
        return Files.exists(root().resolve(DURABLE_FILES)) ? "" : "the source tree is not in " + root();
    }

    /**
     * Lets the power be cut under it.
     *
     * @param folder for its classes
     * @param bytes of a package, at least
     * @param grain as of {@link CrashSpace}
     * @param enough states, after which the hunt ends
     */
    Catch hunt(Path folder, long seed, int bytes, int grain, int enough)
            throws IOException, ReflectiveOperationException {
        compile(folder);
        try (URLClassLoader loader =
                new URLClassLoader(classPath(folder).toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Method hunt = loader.loadClass(CrashHunt.class.getName())
                    .getMethod("hunt", long.class, int.class, int.class, int.class);
            Object[] found = (Object[]) hunt.invoke(null, seed, bytes, grain, enough);
            return new Catch((Long) found[0], (Long) found[1], (String) found[2]);
        }
    }

    private void compile(Path folder) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path"), "-d", folder.toString()));
        for (String file : edits.stream().map(Edit::file).distinct().toList()) {
            String source = Files.readString(root().resolve(file));
            for (Edit edit :
                    edits.stream().filter(each -> each.file().equals(file)).toList()) {
                source = edited(source, edit);
            }
            Path mutated = folder.resolve(root().resolve(file).getFileName());
            words.add(Files.writeString(mutated, source).toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (!edits.isEmpty() && compiler.run(null, null, null, words.toArray(String[]::new)) != 0) {
            throw new IllegalStateException("mutant '" + name + "' does not compile");
        }
    }

    private String edited(String source, Edit edit) {
        String text = Arrays.stream(edit.text().split(" ")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
        Matcher found = Pattern.compile(text).matcher(source);
        long times = found.results().count();
        if (times != 1) {
            throw new IllegalStateException("mutant '%s' no longer fits: %s has %d times '%s'"
                    .formatted(name, edit.file(), times, edit.text()));
        }
        return found.replaceFirst(Matcher.quoteReplacement(edit.replacement()));
    }

    /** Its own classes first, then all others. */
    private static List<URL> classPath(Path folder) throws MalformedURLException {
        List<URL> urls = new ArrayList<>(List.of(folder.toUri().toURL()));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls;
    }

    private static Path root() {
        return Path.of(Optional.ofNullable(System.getProperty("projectRoot")).orElse(""))
                .toAbsolutePath();
    }
}
