package dev.otapair.client.tree;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.release.Manifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/**
 * Builds what lies ready in a folder: {@code old}, {@code old.manifest}, {@code new.manifest}, {@code plan} and {@code pieces}; and gives it
 * its name.
 */
final class BuildProgram {
    private static final DurableFiles FILES = new DurableFiles();

    private BuildProgram() {}

    public static void main(String[] arguments) throws IOException, WrongObjects {
        build(Path.of(arguments[0]));
        System.out.println("built");
    }

    /** Lays ready what {@link #build} takes; the old release is there. */
    static void prepare(Path board, ModelTree base, ModelTree wanted, Plan plan) throws IOException {
        Files.write(board.resolve("old.manifest"), base.manifest().toBytes());
        Files.write(board.resolve("new.manifest"), wanted.manifest().toBytes());
        Files.write(board.resolve("plan"), plan.toBytes());
        Files.createDirectories(board.resolve("state"));
    }

    static void build(Path board) throws IOException, WrongObjects {
        Clock clock = Clock.systemUTC();
        SeenFiles seen = new SeenFiles(board.resolve("state"), FILES);
        Manifest old = Manifest.parse(Files.readAllBytes(board.resolve("old.manifest")));
        CheckedTree checked =
                new TreeCheck(Revalidate.SIZE, seen, clock, () -> {}).check(new ReleaseTree(board.resolve("old"), old));
        Manifest wanted = Manifest.parse(Files.readAllBytes(board.resolve("new.manifest")));
        Plan plan = Plan.parse(Files.readAllBytes(board.resolve("plan")));
        FILES.deleteTree(board.resolve(".tmp-new"));
        FILES.deleteTree(board.resolve("new"));
        TreeBuilder.of(Optional.of(checked), wanted, plan, seen, clock, () -> {})
                .build(
                        piece -> board.resolve("pieces").resolve(piece.sha256().hex()),
                        board.resolve(".tmp-new"),
                        board.resolve(".tmp-scratch"),
                        Long.MAX_VALUE);
        FILES.rename(board.resolve(".tmp-new"), board.resolve("new"));
    }
}
