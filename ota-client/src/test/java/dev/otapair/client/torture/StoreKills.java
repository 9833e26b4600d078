package dev.otapair.client.torture;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;

/**
 * Kills the process of the store, with SIGKILL, at a random time; then judges what it left. An attempt is a kill. Some boards take
 * turns: while one is judged, the process of the other starts. Most of a short life is the start of Java, so its classes are archived
 * first.
 */
final class StoreKills implements Experiment {
    private static final int LAST_MICROS = 60_000;
    private static final int PACKAGE_BYTES = 3_000;
    private static final int BOARDS = 6;
    private static final long PATIENCE_SECONDS = 60;

    /** Longer than some lines of {@link StoreLife}, of which only the last two matter. */
    private static final int TAIL_BYTES = 16 * 1024;

    /** A board, and the process that works on it. */
    private record Life(StoredUpdates updates, Path said, Process process) {}

    private final Contents contents = new Contents(PACKAGE_BYTES);
    private final List<Life> lives = new ArrayList<>();
    private Path folder;
    private Path archive;
    private String classPath = "";

    @Override
    public String name() {
        return "store-kills";
    }

    @Override
    public String faults() {
        return "R2";
    }

    @Override
    public long target() {
        return 10_000;
    }

    @Override
    public void attempt(Tally tally) throws IOException, InterruptedException {
        Random random = tally.random();
        if (folder == null) {
            folder = MemoryFolder.create("store-kills");
            archive();
            for (int board = 0; board < BOARDS; board++) {
                lives.add(begin(board, random));
            }
        }
        int board = (int) (tally.attempt() % BOARDS);
        Life life = lives.get(board);
        awaitFirstWord(life);
        life.process().getOutputStream().write(0);
        life.process().getOutputStream().flush();
        TimeUnit.MICROSECONDS.sleep(random.nextInt(LAST_MICROS));
        boolean wasAlive = life.process().isAlive();
        life.process().destroyForcibly().waitFor();
        if (!wasAlive) {
            throw new IllegalStateException("the store ended by itself, after " + last(life));
        }

        LastPromise promise = promise(life);
        List<String> faults = new ArrayList<>(promise.faults(life.updates().look()));
        int next = life.updates().installed() + 1;
        life.updates().update(next, StoredUpdates.Ledger.NONE);
        faults.addAll(life.updates().faultsAfter(next));
        faults.forEach(fault -> tally.violation(fault + "; killed on the way to release " + next));
        tally.count("killed within a step", promise.isOpen() ? 1 : 0);
        tally.largest("releases of a board", next);
        lives.set(board, begin(board, random));
        tally.attempted(1);
    }

    private Life begin(int board, Random random) throws IOException {
        Path root = Files.createDirectories(folder.resolve("board-" + board));
        Path said = folder.resolve("said-" + board);
        Process process = command("-XX:SharedArchiveFile=" + archive, root, random.nextLong())
                .redirectOutput(said.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        return new Life(new StoredUpdates(root, contents), said, process);
    }

    private ProcessBuilder command(String archiving, Path root, long seed) {
        return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-Xlog:cds=off",
                "-Xshare:auto",
                archiving,
                "-Xmx64m",
                "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
                "-Dslf4j.internal.verbosity=WARN",
                "-cp",
                classPath,
                StoreLife.class.getName(),
                root.toString(),
                Integer.toString(PACKAGE_BYTES),
                Long.toString(seed));
    }

    /** Folders on the class path become jars, for only classes from jars can be archived. */
    private void archive() throws IOException, InterruptedException {
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (Files.isDirectory(Path.of(entry))) {
                Path packed = folder.resolve(entries.size() + ".jar");
                jar.run(System.out, System.err, "--create", "--file=" + packed, "-C", entry, ".");
                entries.add(packed.toString());
            } else if (Files.exists(Path.of(entry))) {
                entries.add(entry);
            }
        }
        classPath = String.join(File.pathSeparator, entries);
        archive = folder.resolve("store.jsa");
        command("-XX:ArchiveClassesAtExit=" + archive, folder.resolve("archived"), 0)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static void awaitFirstWord(Life life) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (last(life).isEmpty() && life.process().isAlive() && System.nanoTime() - end < 0) {
            Thread.sleep(1);
        }
    }

    /** Reads what the process said last: what it held, and what it had begun. A line without an end was never said. */
    private static LastPromise promise(Life life) throws IOException {
        List<String> lines = last(life);
        String end = lines.get(lines.size() - 1);
        if (end.startsWith(StoreLife.HOLDS)) {
            return new LastPromise(Kept.ofLine(end.substring(StoreLife.HOLDS.length())));
        }
        String before = lines.get(lines.size() - 2);
        LastPromise promise = new LastPromise(Kept.ofLine(before.substring(StoreLife.HOLDS.length())));
        promise.begins(Kept.ofLine(end.substring(StoreLife.BEGINS.length())));
        return promise;
    }

    private static List<String> last(Life life) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(life.said().toFile(), "r")) {
            byte[] tail = new byte[(int) Math.min(file.length(), TAIL_BYTES)];
            file.seek(file.length() - tail.length);
            file.readFully(tail);
            String text = new String(tail, StandardCharsets.UTF_8);
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        }
    }

    @Override
    public void close() throws IOException {
        for (Life life : lives) {
            try {
                life.process().destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        lives.clear();
        if (folder != null) {
            Scene.remove(folder);
        }
    }
}
