package dev.otapair.client;

import static dev.otapair.protocol.error.ErrorCode.CONFIG_INVALID;
import static dev.otapair.protocol.error.ErrorCode.DIGEST_MISMATCH;
import static dev.otapair.protocol.error.ErrorCode.METADATA_REJECTED;
import static dev.otapair.protocol.error.ErrorCode.PACKAGE_UNAVAILABLE;
import static dev.otapair.protocol.error.ErrorCode.RELEASE_REFUSED;
import static dev.otapair.protocol.error.ErrorCode.ROLLBACK_REFUSED;
import static dev.otapair.protocol.error.ErrorCode.SIGNATURE_REJECTED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.HostileServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that knows the token, or a stick, means ill; the board has a key. Every row of {@link Attack} is tried over the wire and
 * from a file; none may leave a package, run a script or change what is recorded.
 */
class SignedReleaseWireTest {
    private static final byte[] GOOD = bytes("good content");
    private static final byte[] EVIL = bytes("evil content");
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey STRANGER = SigningKey.generate();

    private static int attempts;
    private static int installs;

    @TempDir
    private Path folder;

    private Board board;

    /** What is changed of the truth, and what the board says to it. */
    enum Attack {
        T4_SWAPPED_BODY(DIGEST_MISMATCH, truth -> truth.announcing(GOOD).sending(EVIL)),
        T4_SWAPPED_BODY_AND_ANSWER(
                METADATA_REJECTED, truth -> truth.announcing(EVIL).sending(EVIL)),
        T4_SWAPPED_METADATA(
                SIGNATURE_REJECTED,
                truth -> truth.showing(truth.with("release", "43").metadata())),
        T4_SWAPPED_METADATA_OF_ANOTHER_RELEASE(
                SIGNATURE_REJECTED,
                truth -> truth.showing(Forge.of("fw-3", EVIL, A).metadata())),
        T4_SWAPPED_BOTH(
                SIGNATURE_REJECTED,
                truth -> truth.sending(EVIL).showing(Forge.of("fw-2", EVIL, A).metadata())),
        T4_SWAPPED_BOTH_AND_SIGNED_BY_A_STRANGER(SIGNATURE_REJECTED, truth -> Forge.of("fw-2", EVIL, STRANGER)),
        T4_STRANGER_UNDER_OUR_KEY_ID(
                SIGNATURE_REJECTED,
                truth -> Forge.of("fw-2", EVIL, STRANGER).hinting(A.publicHalf().id())),
        T4_NO_SIGNATURE(SIGNATURE_REJECTED, truth -> truth.signedWith()),
        T4_SIGNATURE_OF_ONE_BYTE(SIGNATURE_REJECTED, truth -> truth.signedWith(new byte[1])),
        T4_SIGNATURE_OF_63_BYTES(SIGNATURE_REJECTED, truth -> truth.signedWith(Arrays.copyOf(truth.signature(), 63))),
        T4_SIGNATURE_OF_65_BYTES(SIGNATURE_REJECTED, truth -> truth.signedWith(Arrays.copyOf(truth.signature(), 65))),
        T4_SIGNATURE_OF_128_BYTES(SIGNATURE_REJECTED, truth -> truth.signedWith(Arrays.copyOf(truth.signature(), 128))),
        T4_SIGNATURE_OF_ZEROS(SIGNATURE_REJECTED, truth -> truth.signedWith(new byte[64])),
        T4_SIGNATURE_WITH_S_TOO_LARGE(SIGNATURE_REJECTED, truth -> truth.signedWith(plusOrder(truth.signature()))),
        T4_SIGNATURE_WITH_A_BIT_FLIPPED(SIGNATURE_REJECTED, truth -> truth.signedWith(flipped(truth.signature(), 13))),
        T4_FOUR_SIGNATURES_OF_NO_USE(
                SIGNATURE_REJECTED,
                truth -> truth.signedWith(new byte[64], new byte[1], new byte[65], flipped(truth.signature(), 500))),
        T4_SIGNATURE_OF_THE_PACKAGE(SIGNATURE_REJECTED, truth -> truth.signing(GOOD)),
        T4_SIGNATURE_OF_ANOTHER_FILE(
                SIGNATURE_REJECTED,
                truth -> truth.signedWith(Forge.of("fw-3", GOOD, A).signature())),
        T4_SPACE_BEHIND_THE_METADATA(SIGNATURE_REJECTED, truth -> truth.showing(bytes(text(truth.metadata()) + " "))),
        T4_SIGNED_BUT_NO_METADATA(METADATA_REJECTED, truth -> same(truth, "hello")),
        T4_SIGNED_AS_SOMETHING_ELSE(METADATA_REJECTED, truth -> truth.with("_type", "\"ota-plan/1\"")),
        T4_SIGNED_WITH_A_MEMBER_TWICE(
                METADATA_REJECTED, truth -> same(truth, text(truth.metadata()).replace("}", ",\"release\":43}"))),
        T7_OLDER(ROLLBACK_REFUSED, truth -> truth.with("release", "40")),
        T7_BELOW_THE_FLOOR(ROLLBACK_REFUSED, truth -> truth.with("release", "30")),
        T9_TOO_FAR_AHEAD(RELEASE_REFUSED, truth -> truth.with("release", "1000042")),
        T9_AT_THE_END_OF_NUMBERS(RELEASE_REFUSED, truth -> truth.with("release", "9007199254740991")),
        T9_BEHIND_THE_END_OF_NUMBERS(METADATA_REJECTED, truth -> truth.with("release", "9007199254740992")),
        T10_OF_ANOTHER_PRODUCT(RELEASE_REFUSED, truth -> truth.with("product", "\"gateway\"")),
        T10_NAMED_ANOTHER_THAN_OFFERED(METADATA_REJECTED, truth -> truth.with("name", "\"fw-3\"")),
        T10_NEEDS_ANOTHER_FIRST(
                RELEASE_REFUSED, truth -> truth.with("release", "50").with("min_from", "45")),
        T20_NAME_THAT_LEAVES_THE_FOLDER(METADATA_REJECTED, truth -> truth.with("name", "\"../../etc/passwd\"")),
        T21_SIZE_BELOW_ZERO(METADATA_REJECTED, truth -> truth.with("size", "-1")),
        T21_SIZE_WITH_AN_EXPONENT(METADATA_REJECTED, truth -> truth.with("size", "1e99")),
        T21_SIZE_OF_2_TO_63(METADATA_REJECTED, truth -> truth.with("size", "9223372036854775808")),
        T21_SIZE_OF_TEXT(METADATA_REJECTED, truth -> truth.with("size", "\"12abc\"")),
        T21_SIZE_OF_LESS(METADATA_REJECTED, truth -> truth.with("size", "3")),
        T21_SIZE_OF_MORE(METADATA_REJECTED, truth -> truth.with("size", "13"));

        final ErrorCode answer;
        final UnaryOperator<Forge> change;

        Attack(ErrorCode answer, UnaryOperator<Forge> change) {
            this.answer = answer;
            this.change = change;
        }

        Forge forge() {
            return change.apply(Forge.of("fw-2", GOOD, A));
        }

        /** A file has no answer that could name another size: there the bytes themselves are short or long. */
        ErrorCode answerToFile() {
            return switch (this) {
                case T4_SWAPPED_BODY_AND_ANSWER, T21_SIZE_OF_LESS, T21_SIZE_OF_MORE -> DIGEST_MISMATCH;
                default -> answer;
            };
        }
    }

    @BeforeEach
    void boardWithReleaseInstalled() throws IOException {
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .withScript("cat \"$1\" >>runs")
                .trusting(A);
        install(Forge.of("fw-1", bytes("first"), A).with("release", "41").with("floor", "38"));
        Files.delete(board.file("runs"));
    }

    /** The fixture itself: nothing is refused that is as it should be. */
    @Test
    void truthIsInstalled() throws IOException {
        install(Forge.of("fw-2", GOOD, A));

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(board.file("runs")).hasBinaryContent(GOOD);
        assertThat(board.updater().installed().release()).isEqualTo(42);
    }

    @ParameterizedTest
    @EnumSource
    void attackByAServerInstallsNothing(Attack attack) throws IOException {
        List<String> before = board.tree();
        try (HostileServer server = attack.forge().serve("fw-2")) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(attack.answer);
        }
        assertNothingHappened(before);
    }

    @ParameterizedTest
    @EnumSource
    void attackByAStickInstallsNothing(Attack attack) throws IOException {
        List<String> before = board.tree();
        Path file = attack.forge().writeTo(folder.resolve("stick"), "fw-2");

        assertThat(refused(() -> board.install(file, false))).isEqualTo(attack.answerToFile());

        assertNothingHappened(before);
    }

    /** T4: where nothing was signed, it does not matter who says so. */
    @Test
    void strippedAnswerInstallsNothing() throws IOException {
        List<String> before = board.tree();
        Forge truth = Forge.of("fw-2", GOOD, A);
        try (HostileServer server = new HostileServer(
                Board.TOKEN,
                HostileServer.answer(truth.unsignedAnswer("fw-2")),
                HostileServer.answer(truth.announcement("fw-2"), out -> out.write(GOOD)))) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(SIGNATURE_REJECTED);
        }
        assertNothingHappened(before);
    }

    /** T4, T13: v1 has no signatures at all. */
    @Test
    void v1ServerInstallsNothing() throws IOException {
        board.updater().forgetServer();
        List<String> before = board.tree();
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", GOOD))) {
            board.with("legacy_server", "yes").asking(server.address());

            assertThat(refused(board::update)).isEqualTo(SIGNATURE_REJECTED);
        }
        assertNothingHappened(before);
    }

    /** T4. */
    @ParameterizedTest
    @ValueSource(strings = {"", "fw-2.ota.json", "fw-2.ota.sig"})
    void stickWithoutAFileInstallsNothing(String kept) throws IOException {
        List<String> before = board.tree();
        Path file = Forge.of("fw-2", GOOD, A).writeTo(folder.resolve("stick"), "fw-2");
        try (Stream<Path> files = Files.list(file.getParent())) {
            for (Path other : files.filter(each -> !each.equals(file)).toList()) {
                if (kept.isEmpty() || !other.getFileName().toString().startsWith(kept)) {
                    Files.delete(other);
                }
            }
        }

        assertThat(refused(() -> board.install(file, false))).isEqualTo(SIGNATURE_REJECTED);

        assertNothingHappened(before);
    }

    /** T22: a server that swaps the content after it was accepted is asked again what it offers, and not for ever. */
    @Test
    void serverThatSwapsTheContentAfterItsOfferInstallsNothing() throws IOException {
        List<String> before = board.tree();
        Forge truth = Forge.of("fw-2", GOOD, A);
        HostileServer.Answer offer = HostileServer.answer(truth.answer("fw-2"));
        HostileServer.Answer other = HostileServer.answer(
                HostileServer.announcement("fw-2", Integer.toString(EVIL.length), Forge.sha256(EVIL), "0", "0"));
        try (HostileServer server =
                new HostileServer(Board.TOKEN, offer, other, offer, other, offer, other, offer, other, offer, other)) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(PACKAGE_UNAVAILABLE);
        }
        assertNothingHappened(before);
    }

    /** A key that is taken away, or cannot be read, does not open the door. */
    @ParameterizedTest
    @ValueSource(strings = {"gone", "empty", "broken"})
    void boardThatLosesItsKeysInstallsNothing(String how) throws IOException {
        board.trusting();
        switch (how) {
            case "gone" -> Files.delete(board.file("keys.d"));
            case "broken" -> Files.writeString(board.file("keys.d/a.pub"), "-----BEGIN PUBLIC KEY-----\n");
            default -> {}
        }
        List<String> before = board.tree();
        try (HostileServer server = Forge.of("fw-2", GOOD, A).serve("fw-2")) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(SIGNATURE_REJECTED);
        }
        assertNothingHappened(before);
    }

    @Test
    void keysThatAreNotToBeUsedAreAFaultOfTheConfiguration() throws IOException {
        board.with("require_signature", "no");

        assertThat(refused(board::update)).isEqualTo(CONFIG_INVALID);
    }

    /** T12: two of two must sign, and one key is one, however often it signs. */
    @Test
    void thresholdCountsKeys() throws IOException {
        SigningKey b = SigningKey.generate();
        board.with("threshold", "2").trusting(A, b);
        List<String> before = board.tree();
        Forge once = Forge.of("fw-2", GOOD, A);
        Forge twice = once.signedWith(once.signature(), once.signature());
        Forge both = once.signedWith(once.signature(), once.by(b).signature());

        try (HostileServer server = once.serve("fw-2")) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(SIGNATURE_REJECTED);
        }
        try (HostileServer server = twice.serve("fw-2")) {
            assertThat(refused(board.asking(server.address())::update)).isEqualTo(SIGNATURE_REJECTED);
        }
        assertNothingHappened(before);
        try (HostileServer server = both.serve("fw-2")) {
            board.asking(server.address()).update();
        }
        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @AfterAll
    static void count() {
        System.out.printf(
                "%d attempts to install what the board's key did not sign, or not for it: %d installed%n",
                attempts, installs);
        assertThat(installs).isZero();
        assertThat(attempts).isGreaterThan(Attack.values().length * 2);
    }

    private void install(Forge forge) throws IOException {
        String name = text(forge.metadata()).replaceFirst(".*\"name\":\"([^\"]*)\".*", "$1");
        try (HostileServer server = forge.serve(name)) {
            assertThat(board.asking(server.address()).update().result()).isEqualTo(Outcome.Result.UPDATED);
        }
    }

    private interface Attempt {
        Outcome run() throws IOException;
    }

    private static ErrorCode refused(Attempt attempt) throws IOException {
        attempts++;
        try {
            Outcome outcome = attempt.run();
            installs += outcome.result() == Outcome.Result.UPDATED ? 1 : 0;
            throw new AssertionError("it was not refused: " + outcome);
        } catch (OtaException e) {
            return e.code();
        }
    }

    private void assertNothingHappened(List<String> before) throws IOException {
        assertThat(board.tree()).filteredOn(file -> !file.endsWith("attempts")).isEqualTo(before);
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(board.updater().installed().release()).isEqualTo(41);
        assertThat(board.file("runs")).doesNotExist();
        assertThat(board.updater().trust().known().floor()).isEqualTo(38);
    }

    /** The same signature written another way: S and S plus the order of the group are the same to a careless reader. */
    private static byte[] plusOrder(byte[] signature) {
        BigInteger order = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = signature[63 - i];
        }
        byte[] sum = new BigInteger(1, bigEndian).add(order).toByteArray();
        byte[] changed = signature.clone();
        for (int i = 0; i < 32; i++) {
            changed[32 + i] = i < sum.length ? sum[sum.length - 1 - i] : 0;
        }
        return changed;
    }

    private static byte[] flipped(byte[] bytes, int bit) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << bit % 8);
        return changed;
    }

    private static Forge same(Forge truth, String metadata) {
        return truth.signing(bytes(metadata)).showing(bytes(metadata));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
