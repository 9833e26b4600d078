package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import dev.otapair.protocol.testing.SystemCalls;
import dev.otapair.protocol.testing.SystemCalls.Call;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A build in a process of its own: killed, traced, and with the memory of a board. */
class BuildProgramTest {
    private static final int KILLS = 5;
    private static final long BIG = 300L << 20;

    private static final ModelTree BASE = new ModelTree()
            .folder("bin")
            .file("bin/app", "app one ".repeat(100))
            .file("kept", "kept")
            .file("moved", "moved ".repeat(100))
            .link("link", "bin/app");

    private static final ModelTree NEXT = new ModelTree()
            .folder("bin")
            .file("bin/app", "app two ".repeat(100))
            .file("bin/copy", "app two ".repeat(100))
            .file("bin/moved", "moved ".repeat(100))
            .file("empty", "")
            .file("kept", "kept")
            .link("link", "bin/moved");

    @TempDir
    private Path folder;

    private Path board;

    @BeforeEach
    void makeBoard() throws IOException {
        board = Files.createDirectory(folder.resolve("board"));
        Files.createDirectory(board.resolve("pieces"));
    }

    @Test
    void buildThatIsKilledAnywhereLeavesTheInstalledReleaseAndIsMadeNextTime() throws Exception {
        assumeTrue(SystemCalls.areTraceable(), "strace is not here");
        boolean isRoot = OwnProcess.isRoot();
        prepare();
        Map<String, String> before = ModelTree.describe(board.resolve("old"), isRoot);
        SystemCalls program = traced();
        List<Call> calls = new ArrayList<>(program.record());
        long seed = System.nanoTime();
        Random random = new Random(seed);

        for (int i = 0; i < KILLS; i++) {
            // As it was when the calls were recorded, so that a number means the same one.
            new DurableFiles().deleteTree(board.resolve("new"));
            Call call = calls.get(random.nextInt(calls.size()));
            program.killAt(call);

            assertThat(ModelTree.describe(board.resolve("old"), isRoot))
                    .as("%s, seed %d", call, seed)
                    .isEqualTo(before);
            if (Files.exists(board.resolve("new"))) {
                assertThat(ModelTree.describe(board.resolve("new"), isRoot))
                        .as("%s, seed %d", call, seed)
                        .isEqualTo(NEXT.described(isRoot));
            }
            BuildProgram.build(board);
            assertThat(ModelTree.describe(board.resolve("new"), isRoot))
                    .as("%s, seed %d", call, seed)
                    .isEqualTo(NEXT.described(isRoot));
        }
    }

    @Test
    void everyNewFileAndEveryFolderIsBroughtToTheDiskBeforeTheName() throws Exception {
        assumeTrue(SystemCalls.areTraceable(), "strace is not here");
        prepare();

        List<Call> calls = traced().record();

        Path tree = board.resolve(".tmp-new");
        List<Call> untilNamed = calls.subList(0, calls.indexOf(new Call("rename", tree, 1)));
        Set<Path> synced = untilNamed.stream()
                .filter(call -> call.name().equals("fsync") || call.name().equals("fdatasync"))
                .map(Call::file)
                .filter(file -> file.startsWith(tree))
                .collect(Collectors.toSet());
        assertThat(synced)
                .containsExactlyInAnyOrderElementsOf(Stream.of("", "bin", "bin/app", "bin/copy", "bin/moved", "empty")
                        .map(tree::resolve)
                        .toList());
    }

    @Test
    void memoryDoesNotGrowWithTheFiles() throws Exception {
        assumeTrue(Files.getFileStore(folder).getUsableSpace() > 5 * BIG, "the disk is too full");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/zstd")), "zstd is not here");
        Path old = Files.createDirectory(board.resolve("old"));
        Path moved = sparse(old.resolve("moved"), 1);
        Path patched = sparse(old.resolve("patched"), 2);
        Path raw = sparse(board.resolve("raw"), 3);
        Path made = sparse(board.resolve("made"), 4);
        Path plain = sparse(board.resolve("plain"), 5);
        run("zstd", "-q", "-1", "--long=31", "--patch-from=" + patched, made.toString(), "-o", board + "/patch");
        run("zstd", "-q", "-1", plain.toString(), "-o", board + "/coded");
        Manifest base = new Manifest(List.of(entry("moved", moved), entry("patched", patched)));
        Manifest wanted = new Manifest(
                List.of(entry("made", made), entry("moved-here", moved), entry("plain", plain), entry("raw", raw)));
        Plan plan = new Plan(
                wanted.sha256(),
                Optional.of(base.sha256()),
                List.of(
                        piece(Coding.ZSTD_PATCH, board.resolve("patch"), List.of(1), 0),
                        piece(Coding.ZSTD, board.resolve("coded"), List.of(), 2),
                        piece(Coding.RAW, raw, List.of(), 3)));
        Files.write(board.resolve("old.manifest"), base.toBytes());
        Files.write(board.resolve("new.manifest"), wanted.toBytes());
        Files.write(board.resolve("plan"), plan.toBytes());
        Files.createDirectory(board.resolve("state"));

        String said = Elsewhere.run(Elsewhere.command(BuildProgram.class, "-Xmx32m", board.toString()));

        assertThat(said).endsWith("built\n");
        assertThat(check(board.resolve("new"), wanted).differences()).isEmpty();
    }

    private void prepare() throws IOException {
        BASE.writeTo(board.resolve("old"), OwnProcess.isRoot());
        Plan plan = new TestPlanner(board.resolve("pieces"), new Random(1))
                .plan(Optional.of(BASE), ObjectNumbers.NONE, NEXT);
        BuildProgram.prepare(board, BASE, NEXT, plan);
    }

    private SystemCalls traced() throws IOException {
        return new SystemCalls(
                Elsewhere.command(
                        BuildProgram.class, "-Xmx32m", board.toRealPath().toString()),
                board.toRealPath(),
                folder.resolve("trace"));
    }

    private CheckedTree check(Path root, Manifest manifest) {
        SeenFiles seen = new SeenFiles(folder, new DurableFiles());
        return new TreeCheck(Revalidate.ALWAYS, seen, Clock.systemUTC(), () -> {})
                .check(new ReleaseTree(root, manifest));
    }

    /** Names the coded bytes as the plan does. */
    private Piece piece(Coding coding, Path coded, List<Integer> from, int made) throws IOException {
        Content content = contentOf(coded);
        Files.move(coded, board.resolve("pieces").resolve(content.sha256().hex()));
        return new Piece(coding, content.size(), content.sha256(), Side.NEW, from, List.of(made));
    }

    private static Path sparse(Path file, int mark) throws IOException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.setLength(BIG);
            for (long at = mark; at < BIG; at += 10_000_019) {
                content.seek(at);
                content.write(mark);
            }
        }
        return file;
    }

    private static ManifestEntry entry(String path, Path file) throws IOException {
        Digest md5 = new Digest(Digest.Algorithm.MD5, "0".repeat(32));
        return new ManifestEntry.File(path, 0644, 0, 0, 0, contentOf(file), md5);
    }

    private static Content contentOf(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256).updateAll(channel);
            return new Content(digester.size(), digester.finish(Digest.Algorithm.SHA256));
        }
    }

    private static void run(String... words) throws IOException, InterruptedException {
        Elsewhere.run(List.of(words));
    }
}
