package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.testing.SmallDisk;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeBuilderTest {
    private static final long TIME = 1_700_000_000;

    /** A thousand letters that are nowhere else. */
    private static final String APP = new Random(5)
            .ints(1000, 'a', 'z' + 1)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();

    /** Its objects: 0 is the app, 1 shared, 2 text. */
    private static final ModelTree BASE = new ModelTree()
            .folder("bin")
            .file("bin/app", 0755, TIME, APP)
            .folder("lib")
            .file("lib/shared", "shared ".repeat(100))
            .file("text", "text ".repeat(100));

    private static final ModelTree NEXT = new ModelTree()
            .folder("bin")
            .file("bin/app", 0755, TIME + 1, "new " + APP)
            .folder("lib")
            .file("lib/shared", "shared ".repeat(100))
            .file("lib/shared-2", "shared ".repeat(100))
            .link("link", "lib/shared")
            .file("text", 0600, TIME, "text ".repeat(100));

    @TempDir
    private Path board;

    private Path old;
    private Path target;
    private Path scratch;
    private TestPlanner planner;

    @BeforeEach
    void install() throws IOException {
        old = board.resolve("old");
        target = board.resolve(".tmp-new");
        scratch = board.resolve(".tmp-scratch");
        BASE.writeTo(old, OwnProcess.isRoot());
        planner = new TestPlanner(Files.createDirectory(board.resolve("pieces")), new Random(1));
    }

    @Test
    void fileThatStaysIsSharedAndOthersAreNot() throws IOException, WrongObjects {
        build(check(Revalidate.ALWAYS), plan(), Long.MAX_VALUE);

        assertThat(ModelTree.describe(target, OwnProcess.isRoot())).isEqualTo(NEXT.described(OwnProcess.isRoot()));
        assertThat(inodeOf(target.resolve("lib/shared"))).isEqualTo(inodeOf(old.resolve("lib/shared")));
        assertThat(linksOf(target.resolve("lib/shared-2"))).isEqualTo(1);
        assertThat(linksOf(target.resolve("text"))).isEqualTo(1);
        assertThat(scratch).doesNotExist();
    }

    @Test
    void rootOfTheReleaseIsOpenToOthers() throws IOException, WrongObjects {
        build(check(Revalidate.ALWAYS), plan(), Long.MAX_VALUE);

        assertThat((Integer) Files.getAttribute(target, "unix:mode") & 07777).isEqualTo(0755);
    }

    /** Whatever ends the run, also an error of the machine. */
    @Test
    void workThatIsCutAnywhereLeavesNothingButWhatWasThere() throws IOException, WrongObjects {
        Map<String, String> before = ModelTree.describe(old, OwnProcess.isRoot());
        Plan plan = plan();
        AtomicInteger steps = new AtomicInteger();
        builder(check(Revalidate.ALWAYS), plan, steps::incrementAndGet)
                .build(planner::pathOf, target, scratch, Long.MAX_VALUE);
        new DurableFiles().deleteTree(target);
        assertThat(steps.get()).isGreaterThan(15);

        for (int step = 1; step <= steps.get(); step++) {
            AtomicInteger left = new AtomicInteger(step);
            Runnable cut = () -> {
                if (left.decrementAndGet() == 0) {
                    throw new StackOverflowError();
                }
            };
            TreeBuilder builder = builder(check(Revalidate.ALWAYS), plan, cut);
            catchThrowableOfType(
                    StackOverflowError.class, () -> builder.build(planner::pathOf, target, scratch, Long.MAX_VALUE));

            assertThat(left.get()).as("step %d", step).isZero();
            assertThat(target).as("step %d", step).doesNotExist();
            assertThat(scratch).as("step %d", step).doesNotExist();
            assertThat(ModelTree.describe(old, OwnProcess.isRoot())).isEqualTo(before);
        }
    }

    /** Links come and go with it, and change the files' times of change. */
    @Test
    void workThatFailedDoesNotLetTheInstalledReleaseBeReadAgain() throws IOException {
        Plan plan = plan();
        CheckedTree checked = check(Revalidate.ALWAYS);
        Piece piece = plan.pieces().get(0);
        Files.write(planner.pathOf(piece), new byte[(int) piece.length()]);

        catchThrowableOfType(WrongObjects.class, () -> build(checked, plan, Long.MAX_VALUE));

        AtomicInteger asked = new AtomicInteger();
        new TreeCheck(Revalidate.SIZE, seen(), later(), asked::incrementAndGet).check(tree());
        assertThat(asked.get()).isEqualTo(3);
    }

    @Test
    void newReleaseNeedNotBeReadAgain() throws IOException, WrongObjects {
        build(check(Revalidate.ALWAYS), plan(), Long.MAX_VALUE);

        AtomicInteger asked = new AtomicInteger();
        new TreeCheck(Revalidate.SIZE, seen(), later(), asked::incrementAndGet)
                .check(new ReleaseTree(target, NEXT.manifest()));
        assertThat(asked.get()).isEqualTo(4);
    }

    @Test
    void whatWasNeverReadIsReadNextTime() throws IOException, WrongObjects {
        build(check(Revalidate.NEVER), plan(), Long.MAX_VALUE);

        AtomicInteger asked = new AtomicInteger();
        new TreeCheck(Revalidate.SIZE, seen(), later(), asked::incrementAndGet)
                .check(new ReleaseTree(target, NEXT.manifest()));
        // Once for each file, and twice more for the one that was linked.
        assertThat(asked.get()).isEqualTo(4 + 2);
    }

    @Test
    void folderThatIsThereStays() throws IOException {
        Files.createDirectory(target);
        Files.writeString(target.resolve("mine"), "x");

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> build(check(Revalidate.ALWAYS), plan(), Long.MAX_VALUE));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(target.resolve("mine")).hasContent("x");
    }

    @Test
    void whatDoesNotFitIsNotBegun() throws IOException, WrongObjects {
        TreeBuilder builder = builder(check(Revalidate.ALWAYS), plan(), () -> {});

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> builder.build(planner::pathOf, target, scratch, builder.bytesNeeded() - 1));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("remove old releases");
        assertThat(target).doesNotExist();
    }

    @Test
    void diskThatIsFullIsNobodysFault() throws Exception {
        assumeTrue(OwnProcess.isRoot(), "only root can mount");
        Optional<SmallDisk> small = SmallDisk.create(Files.createDirectory(board.resolve("disk")), 1);
        assumeTrue(small.isPresent(), "nothing can be mounted here");
        try (SmallDisk disk = small.get()) {
            ModelTree big = new ModelTree().file("big", "x".repeat(2 << 20));
            Plan plan = planner.plan(Optional.of(BASE), ObjectNumbers.NONE, big);
            TreeBuilder builder = TreeBuilder.of(
                    Optional.of(check(Revalidate.ALWAYS)), big.manifest(), plan, seen(), later(), () -> {});

            OtaException failure = catchThrowableOfType(
                    OtaException.class,
                    () -> builder.build(
                            planner::pathOf,
                            disk.root().resolve("new"),
                            disk.root().resolve("scratch"),
                            Long.MAX_VALUE));

            assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(disk.root()).isEmptyDirectory();
        }
    }

    @Test
    void filesOfAnotherDiskAreCopied() throws Exception {
        assumeTrue(OwnProcess.isRoot(), "only root can mount");
        Optional<SmallDisk> small = SmallDisk.create(Files.createDirectory(board.resolve("disk")), 4);
        assumeTrue(small.isPresent(), "nothing can be mounted here");
        try (SmallDisk disk = small.get()) {
            target = disk.root().resolve("new");
            scratch = disk.root().resolve("scratch");

            build(check(Revalidate.ALWAYS), plan(), Long.MAX_VALUE);

            assertThat(ModelTree.describe(target, true)).isEqualTo(NEXT.described(true));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Coding.class, mode = EnumSource.Mode.EXCLUDE, names = "ZIP_BSDIFF")
    void pieceThatIsDamagedIsThePlansFault(Coding coding) throws IOException {
        Plan plan = planOfOne(coding);
        Path piece = planner.pathOf(plan.pieces().get(0));
        byte[] coded = Files.readAllBytes(piece);
        for (int at = 0; at < coded.length; at += 1 + coded.length / 60) {
            byte[] damaged = coded.clone();
            damaged[at] ^= 0x41;
            Files.write(piece, damaged);
            CheckedTree checked = check(Revalidate.ALWAYS);

            WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(checked, plan, Long.MAX_VALUE));

            if (wrong != null) {
                assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.NONE);
                assertThat(wrong.made()).isEqualTo(ObjectNumbers.of(List.of(0)));
                assertThat(target).doesNotExist();
            } else {
                // Not every bit of a frame's header means something.
                assertThat(ModelTree.describe(target, OwnProcess.isRoot()))
                        .isEqualTo(NEXT.described(OwnProcess.isRoot()));
                new DurableFiles().deleteTree(target);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Coding.class, mode = EnumSource.Mode.EXCLUDE, names = "ZIP_BSDIFF")
    void pieceThatIsCutIsThePlansFault(Coding coding) throws IOException {
        Plan plan = planOfOne(coding);
        Path piece = planner.pathOf(plan.pieces().get(0));
        byte[] coded = Files.readAllBytes(piece);
        Files.write(piece, Arrays.copyOf(coded, coded.length - 1));

        WrongObjects wrong =
                catchThrowableOfType(WrongObjects.class, () -> build(check(Revalidate.ALWAYS), plan, Long.MAX_VALUE));

        assertThat(wrong.made()).isEqualTo(ObjectNumbers.of(List.of(0)));
        assertThat(old.resolve("bin/app")).exists();
    }

    @ParameterizedTest
    @CsvSource({"ZSTD_PATCH, bin/app, 0", "BSDIFF, bin/app, 0", "RAW, text, 2", "RAW, lib/shared, 1"})
    void fileThatWasChangedBehindTheCheckIsNamed(Coding coding, String path, int object) throws IOException {
        Plan plan = planOfOne(coding);
        CheckedTree checked = check(Revalidate.ALWAYS);
        byte[] content = Files.readAllBytes(old.resolve(path));
        content[30]++;
        Files.write(old.resolve(path), content);

        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(checked, plan, Long.MAX_VALUE));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.of(List.of(object)));
        assertThat(target).doesNotExist();
        assertThat(old.resolve(path)).hasBinaryContent(content);
    }

    /** It has its size and its time, and nobody has read it. */
    @Test
    void damageThatNobodyLookedForIsFoundWhereItMatters() throws IOException {
        Plan plan = plan();
        FileTime time = Files.getLastModifiedTime(old.resolve("text"));
        byte[] content = Files.readAllBytes(old.resolve("text"));
        content[0]++;
        Files.write(old.resolve("text"), content);
        Files.setLastModifiedTime(old.resolve("text"), time);

        WrongObjects wrong =
                catchThrowableOfType(WrongObjects.class, () -> build(check(Revalidate.NEVER), plan, Long.MAX_VALUE));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.of(List.of(2)));
    }

    @Test
    void planThatTakesDamagedObjectsForGrantedIsNotBegun() throws IOException {
        Files.delete(old.resolve("bin/app"));
        Files.delete(old.resolve("lib/shared"));
        Plan plan = planOfOne(Coding.BSDIFF);

        WrongObjects wrong =
                catchThrowableOfType(WrongObjects.class, () -> builder(check(Revalidate.ALWAYS), plan, () -> {}));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.of(List.of(0, 1)));
    }

    @Test
    void planThatLeavesSomethingOutIsNotBegun() {
        Plan plan =
                new Plan(NEXT.manifest().sha256(), Optional.of(BASE.manifest().sha256()), List.of());

        WrongObjects wrong =
                catchThrowableOfType(WrongObjects.class, () -> builder(check(Revalidate.ALWAYS), plan, () -> {}));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.NONE);
        assertThat(wrong.made()).isEqualTo(ObjectNumbers.of(List.of(0)));
    }

    @Test
    void planOfAnotherReleaseIsRefused() throws IOException {
        Plan plan = plan();
        Digest other = new Digest(Digest.Algorithm.SHA256, "0".repeat(64));

        assertRefused(new Plan(other, plan.base(), plan.pieces()));
        assertRefused(new Plan(plan.want(), Optional.of(other), plan.pieces()));
        assertRefused(withPiece(plan, Side.NEW, List.of(99), List.of()));
        assertRefused(withPiece(plan, Side.OLD, List.of(99), List.of()));
        assertRefused(withPiece(plan, Side.NEW, List.of(1), List.of(99)));
    }

    @Test
    void emptyObjectIsMadeByNoPiece() throws IOException {
        ModelTree wanted = new ModelTree().file("empty", "");
        Piece piece = planner.piece(
                Coding.RAW, Side.NEW, List.of(), List.of(0), number -> new byte[0], number -> new byte[] {1});
        Plan plan = new Plan(wanted.manifest().sha256(), Optional.empty(), List.of(piece));

        OtaException failure = catchThrowableOfType(
                OtaException.class,
                () -> TreeBuilder.of(Optional.empty(), wanted.manifest(), plan, seen(), later(), () -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED);
    }

    @Test
    void nestingHasABound() throws IOException, WrongObjects {
        ModelTree deep = new ModelTree();
        String path = "d";
        for (int i = 0; i < GuardedFolder.MAX_DEPTH; i++, path += "/d") {
            deep.folder(path);
        }
        Plan fits = planner.plan(Optional.empty(), ObjectNumbers.NONE, deep);
        TreeBuilder.of(Optional.empty(), deep.manifest(), fits, seen(), later(), () -> {})
                .build(planner::pathOf, target, scratch, Long.MAX_VALUE);
        deep.folder(path);
        Plan plan = planner.plan(Optional.empty(), ObjectNumbers.NONE, deep);

        OtaException failure = catchThrowableOfType(
                OtaException.class,
                () -> TreeBuilder.of(Optional.empty(), deep.manifest(), plan, seen(), later(), () -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED);
    }

    /** An application that may write to a folder of the release puts a link where a folder was, to what it may not read. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void plantedLinkIsNotFollowed(boolean isPlantedBeforeTheCheck) throws IOException, WrongObjects {
        Plan plan = plan();
        CheckedTree before = check(Revalidate.ALWAYS);
        Path secret = board.resolve("secret");
        Files.move(old.resolve("lib"), secret);
        Files.createSymbolicLink(old.resolve("lib"), secret);
        CheckedTree checked = isPlantedBeforeTheCheck ? check(Revalidate.ALWAYS) : before;

        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(checked, plan, Long.MAX_VALUE));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.of(List.of(1)));
        assertThat(linksOf(secret.resolve("shared"))).isEqualTo(1);

        Plan repair = planner.plan(Optional.of(BASE), wrong.damaged(), NEXT);
        build(check(Revalidate.ALWAYS), repair, Long.MAX_VALUE);
        assertThat(ModelTree.describe(target, OwnProcess.isRoot())).isEqualTo(NEXT.described(OwnProcess.isRoot()));
        assertThat(linksOf(secret.resolve("shared"))).isEqualTo(1);
    }

    /** Java links by the whole path: between the look and the link the folder is exchanged. */
    @Test
    void linkPlantedWhileFilesAreLinkedIsNoticed() throws IOException, WrongObjects {
        Plan plan = plan();
        CheckedTree checked = check(Revalidate.ALWAYS);
        Path secret = Files.createDirectory(board.resolve("secret"));
        Files.writeString(secret.resolve("shared"), "secret");
        TreeBuilder builder = builder(checked, plan, () -> {});
        Files.move(old.resolve("lib"), board.resolve("elsewhere"));
        Files.createSymbolicLink(old.resolve("lib"), secret);

        WrongObjects wrong = catchThrowableOfType(
                WrongObjects.class, () -> builder.build(planner::pathOf, target, scratch, Long.MAX_VALUE));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.of(List.of(1)));
        assertThat(linksOf(secret.resolve("shared"))).isEqualTo(1);
    }

    @Test
    void pieceThatMakesNothingOfUseIsNotNeeded() throws IOException, WrongObjects {
        // The server does not know the base; the board links what it has.
        Plan plan = planner.plan(Optional.empty(), ObjectNumbers.NONE, BASE);
        TreeBuilder builder =
                TreeBuilder.of(Optional.of(check(Revalidate.ALWAYS)), BASE.manifest(), plan, seen(), later(), () -> {});

        builder.build(
                piece -> {
                    throw new AssertionError("it is not needed");
                },
                target,
                scratch,
                Long.MAX_VALUE);

        assertThat(ModelTree.describe(target, OwnProcess.isRoot())).isEqualTo(BASE.described(OwnProcess.isRoot()));
        assertThat(inodeOf(target.resolve("text"))).isEqualTo(inodeOf(old.resolve("text")));
    }

    @Test
    void failureOfThePiecesEndsTheWork() throws IOException, WrongObjects {
        TreeBuilder builder = builder(check(Revalidate.ALWAYS), plan(), () -> {});

        OtaException failure = catchThrowableOfType(
                OtaException.class,
                () -> builder.build(
                        piece -> {
                            throw new OtaException(ErrorCode.DIGEST_MISMATCH, "not here");
                        },
                        target,
                        scratch,
                        Long.MAX_VALUE));

        assertThat(failure).hasMessage("not here");
        assertThat(target).doesNotExist();
    }

    private void assertRefused(Plan plan) {
        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> builder(check(Revalidate.ALWAYS), plan, () -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED);
    }

    private static Plan withPiece(Plan plan, Side side, List<Integer> makes, List<Integer> from) {
        List<Piece> pieces = new ArrayList<>();
        Piece any = plan.pieces().get(0);
        pieces.add(new Piece(from.isEmpty() ? Coding.RAW : Coding.BSDIFF, 1, any.sha256(), side, from, makes));
        pieces.addAll(plan.pieces());
        return new Plan(plan.want(), plan.base(), pieces);
    }

    private Plan plan() throws IOException {
        return planner.plan(Optional.of(BASE), ObjectNumbers.NONE, NEXT);
    }

    /** Makes the one new object, of the one before it where the coding builds on something. */
    private Plan planOfOne(Coding coding) throws IOException {
        List<Integer> from = coding == Coding.RAW || coding == Coding.ZSTD ? List.of() : List.of(0);
        Piece piece = planner.piece(
                coding,
                Side.NEW,
                from,
                List.of(0),
                number -> BASE.object(BASE.manifest().objects().get(number)),
                number -> NEXT.object(NEXT.manifest().objects().get(number)));
        return new Plan(NEXT.manifest().sha256(), Optional.of(BASE.manifest().sha256()), List.of(piece));
    }

    private void build(CheckedTree checked, Plan plan, long room) throws WrongObjects {
        builder(checked, plan, () -> {}).build(planner::pathOf, target, scratch, room);
    }

    private TreeBuilder builder(CheckedTree checked, Plan plan, Runnable goesOn) throws WrongObjects {
        return TreeBuilder.of(Optional.of(checked), NEXT.manifest(), plan, seen(), later(), goesOn);
    }

    private CheckedTree check(Revalidate revalidate) {
        return new TreeCheck(revalidate, seen(), later(), () -> {}).check(tree());
    }

    private ReleaseTree tree() {
        return new ReleaseTree(old, BASE.manifest());
    }

    private SeenFiles seen() {
        return new SeenFiles(board, new DurableFiles());
    }

    private static Clock later() {
        return Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1));
    }

    private static Object inodeOf(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private static int linksOf(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    }
}
