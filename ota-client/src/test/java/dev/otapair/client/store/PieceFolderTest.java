package dev.otapair.client.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PieceFolderTest {
    private static final Plan PLAN = plan("hello", "w", "orld");
    private static final String STREAM = "helloworld";

    @TempDir
    private Path board;

    private PieceFolder pieces;

    @BeforeEach
    void open() {
        pieces = reopened();
    }

    static Stream<Integer> everyOffset() {
        return IntStream.rangeClosed(0, STREAM.length()).boxed();
    }

    @ParameterizedTest
    @MethodSource("everyOffset")
    void streamThatIsCutGoesOnWhereItWasCut(int cut) throws IOException {
        receive(PLAN, 0, STREAM.substring(0, cut));

        PieceFolder next = reopened();
        assertThat(next.offsetOf(PLAN)).isEqualTo(cut);
        assertThat(next.missingOf(PLAN)).isEqualTo(STREAM.length() - cut);
        receive(next, PLAN, cut, STREAM.substring(cut));

        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
        assertThat(board.resolve(".pieces").toFile().list()).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("everyOffset")
    void whatIsHereAlreadyIsPassedOver(int cut) throws IOException {
        receive(PLAN, 0, STREAM.substring(0, cut));

        for (int from = 0; from <= cut; from++) {
            receive(reopened(), PLAN, from, STREAM.substring(from, cut));
        }
        receive(reopened(), PLAN, 0, STREAM);

        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
    }

    @Test
    void streamMayComeInBuffersOfAnySize() throws IOException {
        try (PieceStream stream = pieces.receive(PLAN, 0)) {
            for (char each : STREAM.toCharArray()) {
                stream.append(bytes(String.valueOf(each)));
            }
            assertThat(stream.isWhole()).isTrue();
            assertThat(stream.offset()).isEqualTo(STREAM.length());
        }

        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
    }

    @Test
    void gapIsRefused() throws IOException {
        receive(PLAN, 0, "hel");

        assertThatThrownBy(() -> pieces.receive(PLAN, 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void moreThanThePlanHasIsRefused() {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(PLAN, 0, STREAM + "!"));

        assertThat(failure.code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        assertThat(pieces.offsetOf(PLAN)).isEqualTo(STREAM.length());
    }

    @Test
    void wrongPieceIsAMismatchAndGone() throws IOException {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> receive(PLAN, 0, "helloWorld"));

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(pieces.offsetOf(PLAN)).isEqualTo(5);
        assertThat(board.resolve(".pieces").toFile().list()).hasSize(1);
        receive(PLAN, 5, "world");
        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
    }

    @Test
    void pieceThatWasDamagedOnTheDiskComesAgain() throws IOException {
        receive(PLAN, 0, STREAM);
        Files.writeString(fileOf("w"), "W");

        PieceFolder next = reopened();
        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> next.verified(PLAN.pieces().get(1)));

        assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(next.offsetOf(PLAN)).isEqualTo(5);
        assertThat(next.missingOf(PLAN)).isEqualTo(1);
        receive(next, PLAN, 5, "world");
        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
    }

    @Test
    void damagedPartialIsAMismatchAndBeginsAnew() throws IOException {
        receive(PLAN, 0, "hel");
        Files.writeString(partialOf("hello"), "HEL");

        catchThrowableOfType(OtaException.class, () -> receive(reopened(), PLAN, 3, "lo"));

        assertThat(reopened().offsetOf(PLAN)).isZero();
    }

    @Test
    void pieceThatWasWholeBeforeItGotItsNameGetsIt() throws IOException {
        receive(PLAN, 0, "hel");
        Files.writeString(partialOf("hello"), "hello");

        assertThat(reopened().offsetOf(PLAN)).isEqualTo(5);
        assertThat(fileOf("hello")).hasContent("hello");
    }

    @Test
    void pieceGoesOnUnderAnyPlanThatHasIt() throws IOException {
        receive(PLAN, 0, "hellow");
        receive(PLAN, 6, "or");
        Plan other = plan("w", "new", "orld", "hello");

        assertThat(pieces.offsetOf(other)).isEqualTo(1);
        assertThat(pieces.missingOf(other)).isEqualTo(3 + 2);
        receive(other, 0, "wneworldhello");

        assertThat(whole(other)).containsExactly("w", "new", "orld", "hello");
    }

    @Test
    void pieceThatAPlanHasTwiceComesOnce() throws IOException {
        Plan twice = plan("hello", "w", "hello");
        receive(twice, 0, "hel");

        assertThat(pieces.missingOf(twice)).isEqualTo(3);
        receive(twice, 3, "low");

        assertThat(pieces.offsetOf(twice)).isEqualTo(twice.length());
    }

    @Test
    void whatNoPlanNamesIsRemoved() throws IOException {
        receive(PLAN, 0, STREAM);
        receive(plan("new"), 0, "ne");
        Files.createDirectories(board.resolve(".pieces/a/b"));

        pieces.keep(List.of(plan("w", "new")));
        assertThat(board.resolve(".pieces").toFile().list())
                .containsExactlyInAnyOrder(
                        fileOf("w").getFileName().toString(),
                        partialOf("new").getFileName().toString());
        assertThat(pieces.offsetOf(PLAN)).isZero();

        pieces.keep(List.of());
        assertThat(board).isEmptyDirectory();
    }

    @Test
    void linkInPlaceOfTheFolderIsNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(board.resolve("elsewhere"));
        Files.createSymbolicLink(board.resolve(".pieces"), elsewhere);

        receive(PLAN, 0, STREAM);

        assertThat(elsewhere).isEmptyDirectory();
        assertThat(Files.isDirectory(board.resolve(".pieces"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(board.resolve(".pieces"))))
                .isEqualTo("rwx------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", ".part-hello"})
    void linkInPlaceOfAPieceIsNotFollowed(String place) throws IOException {
        Path canary = Files.writeString(board.resolve("canary"), "hello");
        Files.createDirectory(board.resolve(".pieces"));
        Files.createSymbolicLink(place.startsWith(".") ? partialOf("hello") : fileOf("hello"), canary);

        assertThat(pieces.offsetOf(PLAN)).isZero();
        receive(PLAN, 0, STREAM);

        assertThat(canary).hasContent("hello");
        assertThat(whole(PLAN)).containsExactly("hello", "w", "orld");
        assertThat(Files.isRegularFile(fileOf("hello"), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    void pieceThatOthersCanWriteToIsNotTrusted() throws IOException {
        receive(PLAN, 0, STREAM);
        Files.createLink(board.resolve("other-name"), fileOf("w"));

        assertThat(reopened().offsetOf(PLAN)).isEqualTo(5);
    }

    @Test
    void readingPiecesCanBeEndedAndLosesNothing() {
        receive(PLAN, 0, STREAM);
        OtaException told = new OtaException(ErrorCode.TERMINATED, "told to end");
        PieceFolder ended = new PieceFolder(board, new DurableFiles(), () -> {
            throw told;
        });

        assertThatThrownBy(() -> ended.offsetOf(PLAN)).isSameAs(told);

        assertThat(reopened().offsetOf(PLAN)).isEqualTo(PLAN.length());
    }

    private void receive(Plan plan, long offset, String stream) {
        receive(pieces, plan, offset, stream);
    }

    private static void receive(PieceFolder pieces, Plan plan, long offset, String text) {
        try (PieceStream stream = pieces.receive(plan, offset)) {
            stream.append(bytes(text));
            assertThat(stream.offset()).isEqualTo(offset + text.length());
        }
    }

    private List<String> whole(Plan plan) throws IOException {
        List<String> contents = new ArrayList<>();
        PieceFolder folder = reopened();
        assertThat(folder.offsetOf(plan)).isEqualTo(plan.length());
        for (Piece piece : plan.pieces()) {
            contents.add(Files.readString(folder.verified(piece)));
        }
        return contents;
    }

    private PieceFolder reopened() {
        return new PieceFolder(board, new DurableFiles(), () -> {});
    }

    private Path fileOf(String piece) {
        return board.resolve(".pieces").resolve(digestOf(piece).hex());
    }

    private Path partialOf(String piece) {
        return board.resolve(".pieces").resolve(".part-" + digestOf(piece).hex());
    }

    private static Plan plan(String... pieces) {
        List<Piece> all = new ArrayList<>();
        for (String piece : pieces) {
            all.add(new Piece(Coding.RAW, piece.length(), digestOf(piece), Side.NEW, List.of(), List.of(all.size())));
        }
        return new Plan(digestOf("want"), Optional.empty(), all);
    }

    private static Digest digestOf(String text) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(bytes(text));
        return digester.finish(Digest.Algorithm.SHA256);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
