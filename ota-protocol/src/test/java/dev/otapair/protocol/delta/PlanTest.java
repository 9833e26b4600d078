package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.testing.ByteEdits;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class PlanTest {
    private static final String HEX = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, HEX);
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "0".repeat(32));
    private static final String HEAD = "ota-plan/1\nwant " + HEX + "\nbase " + HEX + "\n";

    static List<String> written() {
        return Specification.blocks("plan");
    }

    static List<String> refused() {
        return Specification.blocks("plan refused");
    }

    static Stream<String> refusedTexts() {
        String want = "want " + HEX + "\n";
        return Stream.of(
                "",
                "\n",
                "ota-plan/1",
                "ota-plan/1\n",
                "ota-plan/2\n" + want + "base -\n",
                "ota-plan/1\r\n" + want + "base -\n",
                "ota-plan/1\nbase -\n" + want,
                "ota-plan/1\nwant -\nbase -\n",
                "ota-plan/1\nwant  " + HEX + "\nbase -\n",
                "ota-plan/1\n" + want.toUpperCase(Locale.ROOT) + "base -\n",
                "ota-plan/1\n" + want + "base - \n",
                "ota-plan/1\n" + want + "base -",
                "ota-plan/1\n" + want + "base " + HEX.substring(1) + "\n",
                "ota-plan/1\n" + want + "base " + MD5.hex() + "\n");
    }

    static Stream<String> refusedLines() {
        String whole = "piece raw 3 " + HEX + " new - 0";
        Stream<String> lines = Stream.of(
                "",
                "piece",
                whole + " ",
                whole + " 0",
                whole + "\r",
                " " + whole,
                whole.replaceFirst(" ", "  "),
                whole.replace("piece", "pieces"),
                whole.replace("raw", "RAW"),
                whole.replace(" 3 ", " 03 "),
                whole.replace(" 3 ", " +3 "),
                whole.replace(" 3 ", " -3 "),
                whole.replace(" 3 ", " 1000000000000000000 "),
                whole.replace("ba78", "BA78"),
                whole.replace(HEX, MD5.hex()),
                whole.replace("new", "NEW"),
                whole.replace("new", "both"));
        Stream<String> makes = Stream.of(
                        "",
                        ",",
                        "0,",
                        ",0",
                        "0,,1",
                        "0-1,2",
                        "0-",
                        "-1",
                        "--",
                        "0-1-2",
                        "a",
                        "0x1",
                        "+1",
                        "1 2",
                        "10000000",
                        "9999999-10000000",
                        "0-0999999",
                        "0-500000")
                .map(numbers -> "piece raw 3 " + HEX + " new - " + numbers);
        return Stream.concat(lines, makes);
    }

    @ParameterizedTest
    @MethodSource("written")
    void planIsWrittenAsItStandsInTheSpecification(String text) {
        Plan read = Plan.parse(utf8(text + "\n"));

        assertThat(read.toBytes()).asString(StandardCharsets.UTF_8).isEqualTo(text + "\n");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatTheSpecificationRefusesIsRejected(String text) {
        assertRejected(utf8(text + "\n"));
    }

    @ParameterizedTest
    @MethodSource("refusedTexts")
    void textThatIsNoPlanIsRejected(String text) {
        assertRejected(utf8(text));
    }

    @ParameterizedTest
    @MethodSource("refusedLines")
    void badLineIsRejectedByItsNumber(String line) {
        byte[] text = utf8(HEAD + "piece zstd 3 " + HEX + " new - 77\n" + line + "\n");

        assertRejected(text);
        assertThatThrownBy(() -> Plan.parse(text)).hasMessageContaining("the plan is refused: line 5: ");
    }

    @Test
    void examplesAreThere() {
        assertThat(written()).hasSize(3);
        assertThat(refused()).hasSizeGreaterThan(15);
    }

    @Test
    void nameIsTheDigestOfTheText() {
        assertThat(new Plan(SHA256, Optional.empty(), List.of()).id().hex())
                .isEqualTo("e65ce6ec4ccc68f0cd3ca94f72f3bdfda82955bb0c6ac371f73242644fb3a50f");
    }

    @Test
    void lengthIsThatOfAllPieces() {
        Plan plan = new Plan(SHA256, Optional.empty(), List.of(raw(PackageResponse.MAX_SIZE - 1, 0), raw(1, 1)));

        assertThat(plan.length()).isEqualTo(PackageResponse.MAX_SIZE);
        assertThat(Plan.parse(plan.toBytes())).isEqualTo(plan);
    }

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyPlanIsReadAsItWasWritten(long seed) {
        Plan plan = random(new Random(seed));

        assertThat(Plan.parse(plan.toBytes())).describedAs("seed %d", seed).isEqualTo(plan);
        assertThat(Plan.parse(plan.toBytes()).id()).isEqualTo(plan.id());
    }

    @Test
    void whatIsOneByteAwayIsAnotherPlanOrNone() {
        byte[] text = utf8(HEAD + "piece bsdiff 10 " + HEX + " new 5,3-4 0,9\n");
        assertThat(assertIsItsOwnTextOrRejected(text)).isEqualTo(1);
        AtomicInteger others = new AtomicInteger();

        ByteEdits.forEach(text, edited -> others.addAndGet(assertIsItsOwnTextOrRejected(edited)));
        ByteEdits.forEachCut(text, cut -> others.addAndGet(assertIsItsOwnTextOrRejected(cut)));

        assertThat(others).hasValueGreaterThan(1000);
    }

    @ParameterizedTest
    @EnumSource(Coding.class)
    void codingSaysHowManyObjectsItTakesAndMakes(Coding coding) {
        boolean buildsOn = coding != Coding.RAW && coding != Coding.ZSTD;
        boolean isOneToOne = coding == Coding.ZSTD_PATCH || coding == Coding.ZIP_BSDIFF;

        assertThat(isPiece(coding, Side.NEW, List.of(), List.of(1))).isEqualTo(!buildsOn);
        assertThat(isPiece(coding, Side.NEW, List.of(), List.of(1, 2))).isEqualTo(!buildsOn);
        assertThat(isPiece(coding, Side.NEW, List.of(1), List.of(1))).isEqualTo(buildsOn);
        assertThat(isPiece(coding, Side.NEW, List.of(1, 2), List.of(1))).isEqualTo(buildsOn && !isOneToOne);
        assertThat(isPiece(coding, Side.NEW, List.of(1), List.of(1, 2))).isEqualTo(buildsOn && !isOneToOne);
        assertThat(isPiece(coding, Side.OLD, List.of(), List.of(1))).isEqualTo(!buildsOn);
        assertThat(isPiece(coding, Side.OLD, List.of(1), List.of(1))).isFalse();
        assertThat(isPiece(coding, Side.NEW, List.of(), List.of())).isFalse();
        assertThat(isPiece(coding, Side.NEW, List.of(1), List.of())).isFalse();
    }

    @Test
    void piecesThatCannotBeAreRefused() {
        assertThatThrownBy(() -> raw(0, 1)).hasMessageContaining("length");
        assertThatThrownBy(() -> raw(PackageResponse.MAX_SIZE + 1, 1)).hasMessageContaining("length");
        assertThatThrownBy(() -> raw(1, -1)).hasMessageContaining("number");
        assertThatThrownBy(() -> raw(1, 10_000_000)).hasMessageContaining("number");
        assertThatThrownBy(() -> new Piece(Coding.RAW, 1, MD5, Side.NEW, List.of(), List.of(1)))
                .hasMessageContaining("SHA-256");
    }

    @Test
    void plansThatCannotBeAreRefused() {
        Piece old = new Piece(Coding.RAW, 1, SHA256, Side.OLD, List.of(), List.of(1));
        Piece patch = new Piece(Coding.BSDIFF, 1, SHA256, Side.NEW, List.of(1), List.of(2));

        assertRefused(Optional.of(SHA256), List.of(raw(1, 1), raw(1, 1)), "line 5: makes an object that is made");
        assertRefused(Optional.of(SHA256), List.of(raw(1, 1, 1)), "line 4: makes an object that is made");
        assertRefused(Optional.of(SHA256), List.of(old, old), "line 5: makes an object that is made");
        assertRefused(Optional.of(SHA256), List.of(raw(1, 1), old), "line 5: makes old objects after new ones");
        assertRefused(Optional.empty(), List.of(old), "line 4: has to do with a base");
        assertRefused(Optional.empty(), List.of(patch), "line 4: has to do with a base");
        assertRefused(Optional.empty(), List.of(raw(PackageResponse.MAX_SIZE, 0), raw(1, 1)), "line 5: goes beyond");
        assertThatThrownBy(() -> new Plan(MD5, Optional.empty(), List.of())).hasMessageContaining("SHA-256");
        assertThatThrownBy(() -> new Plan(SHA256, Optional.of(MD5), List.of())).hasMessageContaining("SHA-256");
        assertThat(new Plan(SHA256, Optional.of(SHA256), List.of(old, raw(1, 1), patch)).pieces())
                .hasSize(3);
    }

    /** The same object may be a source again and again; what is bounded is how often that is said in all. */
    @Test
    void numbersAreCountedInAll() {
        List<Integer> most = Collections.nCopies(Plan.MAX_NUMBERS - 1, 3);
        Piece patch = new Piece(Coding.BSDIFF, 1, SHA256, Side.NEW, most, List.of(0));
        Plan plan = new Plan(SHA256, Optional.of(SHA256), List.of(patch));

        assertThat(Plan.parse(plan.toBytes())).isEqualTo(plan);
        assertRefused(Optional.of(SHA256), List.of(patch, raw(1, 1)), "line 5: goes beyond 500000 numbers");
        assertRejected(utf8(HEAD + "piece bsdiff 1 " + HEX + " new 0-499999 0\n"));
        assertRejected(utf8(HEAD + ("piece bsdiff 1 " + HEX + " new 0-249999 0\n").repeat(2)));
    }

    /** Bombs: millions of numbers in a few bytes, in each place. */
    @Test
    void rangesAreNotListedBeforeTheyAreCounted() {
        String bomb = "0-9999999" + ",0-9999999".repeat(100_000);

        assertRejected(utf8(HEAD + "piece bsdiff 1 " + HEX + " new " + bomb + " 0\n"));
        assertRejected(utf8(HEAD + "piece bsdiff 1 " + HEX + " new 0 " + bomb + "\n"));
        assertRejected(utf8(HEAD + ("piece bsdiff 1 " + HEX + " new 0-400000 0\n").repeat(100_000)));
    }

    @Test
    void piecesAreCounted() {
        List<Piece> most = IntStream.range(0, Plan.MAX_PIECES)
                .mapToObj(number -> raw(1, number))
                .toList();
        List<Piece> more = new ArrayList<>(most);
        more.add(raw(1, Plan.MAX_PIECES));
        Plan plan = new Plan(SHA256, Optional.empty(), most);

        assertThat(Plan.parse(plan.toBytes())).isEqualTo(plan);
        assertThatThrownBy(() -> new Plan(SHA256, Optional.empty(), more)).hasMessageContaining("100000 pieces");
        assertRejected(utf8(HEAD + ("piece raw 1 " + HEX + " new - 0\n").repeat(Plan.MAX_PIECES + 1)));
        assertRejected(new byte[Plan.MAX_BYTES + 1]);
    }

    /** What the bounds of pieces and numbers are for; with one piece of a hundred, and each as long as can be. */
    @Test
    void longestTextIsNotTooLong() {
        int each = Plan.MAX_NUMBERS / Plan.MAX_PIECES - 1;
        long length = PackageResponse.MAX_SIZE / 1000;
        List<Integer> from =
                IntStream.range(0, each).mapToObj(i -> 9_000_000 + 2 * i).toList();
        List<Piece> longest = IntStream.range(0, Plan.MAX_PIECES / 100)
                .mapToObj(number ->
                        new Piece(Coding.BSDIFF, length, SHA256, Side.NEW, from, List.of(1_000_000 + 2 * number)))
                .toList();

        assertThat(new Plan(SHA256, Optional.of(SHA256), longest).toBytes()).hasSizeLessThan(Plan.MAX_BYTES / 100);
    }

    private static Plan random(Random random) {
        List<Piece> pieces = new ArrayList<>();
        boolean hasBase = random.nextBoolean();
        for (Side side : hasBase ? List.of(Side.OLD, Side.NEW) : List.of(Side.NEW)) {
            List<Integer> left = new ArrayList<>(
                    IntStream.range(0, random.nextInt(60)).boxed().toList());
            if (random.nextBoolean()) {
                Collections.shuffle(left, random);
            }
            while (!left.isEmpty()) {
                Coding coding = Coding.values()[random.nextInt(hasBase && side == Side.NEW ? 5 : 2)];
                boolean isOneToOne = coding == Coding.ZSTD_PATCH || coding == Coding.ZIP_BSDIFF;
                int count = isOneToOne ? 1 : 1 + random.nextInt(left.size());
                List<Integer> makes = List.copyOf(left.subList(0, count));
                left.subList(0, count).clear();
                int sources = coding == Coding.BSDIFF ? 1 + random.nextInt(9) : isOneToOne ? 1 : 0;
                List<Integer> from = random.ints(sources, 0, 12).boxed().toList();
                pieces.add(new Piece(coding, 1 + random.nextLong(1L << 50), SHA256, side, from, makes));
            }
        }
        return new Plan(SHA256, hasBase ? Optional.of(SHA256) : Optional.empty(), pieces);
    }

    private static Piece raw(long length, Integer... makes) {
        return new Piece(Coding.RAW, length, SHA256, Side.NEW, List.of(), List.of(makes));
    }

    private static boolean isPiece(Coding coding, Side side, List<Integer> from, List<Integer> makes) {
        try {
            return new Piece(coding, 1, SHA256, side, from, makes).makes().equals(makes);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns 1 for a plan. */
    private static int assertIsItsOwnTextOrRejected(byte[] text) {
        try {
            assertThat(Plan.parse(text).toBytes()).isEqualTo(text);
            return 1;
        } catch (OtaException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.METADATA_REJECTED);
            return 0;
        }
    }

    private static void assertRefused(Optional<Digest> base, List<Piece> pieces, String fault) {
        assertThatThrownBy(() -> new Plan(SHA256, base, pieces))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(fault);
    }

    private static void assertRejected(byte[] text) {
        assertThatThrownBy(() -> Plan.parse(text))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
