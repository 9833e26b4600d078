package dev.otapair.client.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.tree.FileBuilder.OldFile;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileBuilderTest {
    private static final byte[] OLD = bytes(new Random(1));
    private static final byte[] NEW = changed(OLD);
    private static final ObjectNumbers PACKAGE = ObjectNumbers.of(List.of(0));

    @TempDir
    private Path board;

    private Path installed;
    private Path target;
    private Path scratch;
    private TestPlanner planner;

    @BeforeEach
    void install() throws IOException {
        installed = Files.write(board.resolve("fw-1"), OLD);
        target = board.resolve(".tmp-new");
        scratch = board.resolve(".tmp-scratch");
        planner = new TestPlanner(Files.createDirectory(board.resolve("coded")), new Random(1));
    }

    @ParameterizedTest
    @EnumSource(value = Coding.class, mode = EnumSource.Mode.EXCLUDE, names = "ZIP_BSDIFF")
    void packageIsMadeOfAPiece(Coding coding) throws IOException, WrongObjects {
        build(plan(piece(coding)));

        assertThat(target).hasBinaryContent(NEW);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r--r--");
        assertThat(installed).hasBinaryContent(OLD);
        assertThat(scratch).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource(
            value = Coding.class,
            names = {"ZSTD_PATCH", "BSDIFF"})
    void damagedPackageIsNamedAndMadeAnew(Coding coding) throws IOException, WrongObjects {
        Files.write(installed, new byte[OLD.length]);

        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(plan(piece(coding))));
        assertThat(wrong.damaged()).isEqualTo(PACKAGE);
        assertThat(target).doesNotExist();

        Piece repair = planner.piece(Coding.ZSTD, Side.OLD, List.of(), List.of(0), number -> OLD, number -> OLD);
        build(plan(repair, piece(coding)));
        assertThat(target).hasBinaryContent(NEW);
        assertThat(scratch).doesNotExist();
    }

    @Test
    void missingPackageIsNamed() throws IOException {
        Files.delete(installed);

        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(plan(piece(Coding.BSDIFF))));

        assertThat(wrong.damaged()).isEqualTo(PACKAGE);
    }

    @Test
    void repairThatDoesNotComeOutIsThePlansFault() throws IOException {
        Piece repair = planner.piece(Coding.RAW, Side.OLD, List.of(), List.of(0), number -> OLD, number -> NEW);

        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(plan(repair, piece(Coding.BSDIFF))));

        assertThat(wrong.damaged()).isEqualTo(ObjectNumbers.NONE);
        assertThat(target).doesNotExist();
        assertThat(scratch).doesNotExist();
    }

    @Test
    void packageThatStaysIsCopied() throws IOException, WrongObjects {
        Plan plan = new Plan(identity(OLD).sha256(), Optional.of(identity(OLD).sha256()), List.of());

        new FileBuilder(Optional.of(new OldFile(installed, identity(OLD))), identity(OLD), plan, () -> {})
                .build(planner::pathOf, target, scratch, Long.MAX_VALUE);

        assertThat(target).hasBinaryContent(OLD);
    }

    @Test
    void emptyPackageNeedsNoPiece() throws WrongObjects {
        Content empty = identity(new byte[0]);

        new FileBuilder(Optional.empty(), empty, new Plan(empty.sha256(), Optional.empty(), List.of()), () -> {})
                .build(planner::pathOf, target, scratch, Long.MAX_VALUE);

        assertThat(target).isEmptyFile();
    }

    @Test
    void whatACutRunLeftIsReplaced() throws IOException, WrongObjects {
        Files.writeString(target, "left");
        Files.writeString(scratch, "left");

        build(plan(piece(Coding.RAW)));

        assertThat(target).hasBinaryContent(NEW);
        assertThat(scratch).doesNotExist();
    }

    @Test
    void planThatLeavesThePackageOutIsThePlansFault() {
        WrongObjects wrong = catchThrowableOfType(WrongObjects.class, () -> build(plan()));

        assertThat(wrong.made()).isEqualTo(PACKAGE);
    }

    @Test
    void planThatDoesNotFitIsRefused() throws IOException {
        Piece piece = piece(Coding.RAW);
        Piece beyond = new Piece(piece.coding(), piece.length(), piece.sha256(), Side.NEW, List.of(), List.of(1));

        assertThat(failureOf(new Plan(identity(OLD).sha256(), Optional.empty(), List.of(piece))))
                .isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(failureOf(new Plan(
                        identity(NEW).sha256(), Optional.of(identity(NEW).sha256()), List.of(piece))))
                .isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(failureOf(new Plan(identity(NEW).sha256(), Optional.empty(), List.of(beyond))))
                .isEqualTo(ErrorCode.METADATA_REJECTED);
    }

    @Test
    void whatDoesNotFitIsNotBegun() throws IOException {
        FileBuilder builder = builder(plan(piece(Coding.RAW)));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> builder.build(planner::pathOf, target, scratch, builder.bytesNeeded() - 1));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
    }

    private ErrorCode failureOf(Plan plan) {
        return catchThrowableOfType(OtaException.class, () -> builder(plan)).code();
    }

    private void build(Plan plan) throws WrongObjects {
        builder(plan).build(planner::pathOf, target, scratch, Long.MAX_VALUE);
    }

    private FileBuilder builder(Plan plan) {
        return new FileBuilder(Optional.of(new OldFile(installed, identity(OLD))), identity(NEW), plan, () -> {});
    }

    private Piece piece(Coding coding) throws IOException {
        List<Integer> from = coding == Coding.RAW || coding == Coding.ZSTD ? List.of() : List.of(0);
        return planner.piece(coding, Side.NEW, from, List.of(0), number -> OLD, number -> NEW);
    }

    private static Plan plan(Piece... pieces) {
        return new Plan(identity(NEW).sha256(), Optional.of(identity(OLD).sha256()), new ArrayList<>(List.of(pieces)));
    }

    private static Content identity(byte[] content) {
        return new Content(content.length, ModelTree.digestOf(Digest.Algorithm.SHA256, content));
    }

    private static byte[] bytes(Random random) {
        byte[] content = new byte[100_000];
        random.nextBytes(content);
        return content;
    }

    private static byte[] changed(byte[] content) {
        byte[] changed = content.clone();
        System.arraycopy("another version".getBytes(UTF_8), 0, changed, 50_000, 15);
        return changed;
    }
}
