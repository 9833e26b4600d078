package dev.otapair.client.tree;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.tree.ModelTree.FileNode;
import dev.otapair.client.tree.ModelTree.Node;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Builds releases at random of others, whole or damaged, and sees that what comes out is what was wanted. A program as well, so that it
 * can be run by somebody else than root.
 */
final class RandomBuilds {
    private static final DurableFiles FILES = new DurableFiles();

    private final Path board;
    private final Random random;
    private final boolean isRoot = OwnProcess.isRoot();
    private final Path old;
    private final Path target;
    private final Path scratch;
    private final SeenFiles seen;

    private RandomBuilds(Path board, Random random) {
        this.board = board;
        this.random = random;
        this.old = board.resolve("old");
        this.target = board.resolve(".tmp-new");
        this.scratch = board.resolve(".tmp-scratch");
        this.seen = new SeenFiles(board, FILES);
    }

    /** Builds so many, with seeds from the first on: {@code FOLDER SEED COUNT}. */
    public static void main(String[] arguments) throws Exception {
        run(Path.of(arguments[0]), Long.parseLong(arguments[1]), Integer.parseInt(arguments[2]));
        System.out.println("all came out");
    }

    static void run(Path folder, long seed, int count) throws IOException {
        for (long each = seed; each < seed + count; each++) {
            Path board = Files.createDirectory(folder.resolve("board-" + each));
            try {
                new RandomBuilds(board, new Random(each)).run();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + each + ": " + e, e);
            }
            FILES.deleteTree(board);
        }
    }

    private void run() throws IOException, WrongObjects {
        ModelTree base = ModelTree.random(random);
        ModelTree wanted = random.nextInt(6) == 0 ? ModelTree.random(random) : base.edited(random);
        base.writeTo(old, isRoot);
        Set<String> damaged = random.nextBoolean() ? Set.of() : damage(base);
        Optional<ModelTree> known = random.nextInt(8) == 0 ? Optional.empty() : Optional.of(base);
        Map<String, String> before = ModelTree.describe(old, isRoot);

        Revalidate revalidate = random.nextBoolean() ? Revalidate.ALWAYS : Revalidate.SIZE;
        CheckedTree checked = check(revalidate, new ReleaseTree(old, base.manifest()));
        TestPlanner planner = new TestPlanner(Files.createDirectory(board.resolve("pieces")), random);
        Plan plan = planner.plan(known, checked.damaged(), wanted);
        plan = Plan.parse(plan.toBytes());
        boolean hasBase = known.isPresent() || random.nextBoolean();
        TreeBuilder builder = TreeBuilder.of(
                hasBase ? Optional.of(checked) : Optional.empty(), wanted.manifest(), plan, seen, later(), () -> {});
        builder.build(planner::pathOf, target, scratch, builder.bytesNeeded());

        requireEqual(wanted.described(isRoot), ModelTree.describe(target, isRoot), "the new release");
        requireEqual(before, ModelTree.describe(old, isRoot), "the installed release");
        requireEqual(false, Files.exists(scratch), "what was needed on the way");
        requireLinks(base, wanted, hasBase ? damaged : base.nodes().keySet());
        requireSeen(wanted);
    }

    /** What was seen is right; only what nobody but root may read is not known any more, after it was looked at here. */
    private void requireSeen(ModelTree wanted) {
        CheckedTree again = check(Revalidate.SIZE, new ReleaseTree(target, wanted.manifest()));
        List<Difference> differences = again.differences().stream()
                .filter(difference -> isRoot || difference.kind() != Difference.Kind.UNREADABLE)
                .toList();
        requireEqual(List.of(), differences, "differences");
    }

    private CheckedTree check(Revalidate revalidate, ReleaseTree tree) {
        return new TreeCheck(revalidate, seen, later(), () -> {}).check(tree);
    }

    /** What was written just now is old enough for it. */
    private static Clock later() {
        return Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1));
    }

    private void requireLinks(ModelTree base, ModelTree wanted, Set<String> damaged) throws IOException {
        Set<Object> inodes = new HashSet<>();
        for (Map.Entry<String, Node> each : wanted.nodes().entrySet()) {
            if (each.getValue() instanceof FileNode file) {
                Object inode = inodeOf(target.resolve(each.getKey()));
                requireEqual(true, inodes.add(inode), each.getKey() + " has a file of its own in the release");
                boolean isSame = base.nodes().get(each.getKey()) instanceof FileNode before
                        && before.identity().equals(file.identity())
                        && modeOf(before) == modeOf(file)
                        && (!isRoot || before.owner() == file.owner())
                        && before.time() == file.time()
                        && (isRoot || (file.mode() & 0400) != 0)
                        && !damaged.contains(each.getKey());
                boolean isShared = Files.exists(old.resolve(each.getKey()), LinkOption.NOFOLLOW_LINKS)
                        && inode.equals(inodeOf(old.resolve(each.getKey())));
                requireEqual(isSame, isShared, each.getKey() + " is shared with the installed release");
            }
        }
    }

    private int modeOf(Node node) {
        return isRoot ? node.mode() : node.mode() & 01777;
    }

    private static Object inodeOf(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    /** Damages some files; returns their paths. */
    private Set<String> damage(ModelTree base) throws IOException {
        Set<String> damaged = new HashSet<>();
        List<String> paths = new ArrayList<>(base.nodes().keySet());
        for (int i = random.nextInt(4); i > 0 && !paths.isEmpty(); i--) {
            String path = paths.remove(random.nextInt(paths.size()));
            Path place = old.resolve(path);
            if (base.nodes().get(path) instanceof FileNode file
                    && file.content().length > 0
                    && (isRoot || Files.isWritable(place) && Files.isWritable(place.getParent()))) {
                damage(place, file.content());
                damaged.add(path);
            }
        }
        return damaged;
    }

    private void damage(Path place, byte[] content) throws IOException {
        switch (random.nextInt(5)) {
            case 0 -> Files.delete(place);
            case 1 -> {
                Files.delete(place);
                Files.createDirectory(place);
            }
            case 2 -> {
                Files.delete(place);
                Files.createSymbolicLink(place, Files.write(board.resolve("elsewhere"), content));
            }
            case 3 -> Files.write(place, new byte[content.length - 1]);
            default -> {
                byte[] other = content.clone();
                other[random.nextInt(other.length)]++;
                Files.write(place, other);
            }
        }
    }

    private static void requireEqual(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("%s: expected %s, is %s".formatted(what, expected, actual));
        }
    }
}
