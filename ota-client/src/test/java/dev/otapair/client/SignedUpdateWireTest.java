package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.Outcome.Result;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.client.testing.Forge;
import dev.otapair.client.testing.RealServer;
import dev.otapair.client.testing.Wish;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.release.Publisher.Again;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Releases as an administrator publishes them on our server, and what a board with a key makes of them. */
class SignedUpdateWireTest {
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey B = SigningKey.generate();
    private static final UnaryOperator<Wish> PLAIN = wish -> wish;
    private static final Again UNCHANGED = new Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), true);

    @TempDir
    private Path folder;

    private RealServer server;
    private Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server")).start();
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .with("legacy_server", "no")
                .withScript("echo \"$OTA_NAME $OTA_RELEASE $OTA_VERSION\" >>runs")
                .trusting(A)
                .asking(server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void signedReleaseIsInstalledAndRecordedWithItsCounter() throws IOException {
        server.publish("fw-1", bytes("one"), wish -> wish.version("1.0").floor(1), A);

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Result.UPDATED);
        assertThat(outcome.installed())
                .isEqualTo(new InstalledRelease(
                        Optional.of(new PackageName("fw-1")),
                        1,
                        "1.0",
                        Optional.of(new Digest(Digest.Algorithm.SHA256, Forge.sha256(bytes("one"))))));
        assertThat(board.updater().installed()).isEqualTo(outcome.installed());
        assertThat(board.updater().trust().known().floor()).isEqualTo(1);
        assertThat(board.file("runs")).hasContent("fw-1 1 1.0");
        assertThat(board.update().result()).isEqualTo(Result.UP_TO_DATE);
    }

    @Test
    void releaseWithoutASignatureIsNotInstalled() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN);

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(board.check().result()).isEqualTo(Result.REFUSED);
        assertThat(board.kept()).isEmpty();
    }

    /** T7, T8: yesterday's offer, package and signatures, as a backup of the server has them. */
    @Test
    void offerOfYesterdayIsRefused() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        Path offer = server.file(".ota-server/offers/default");
        byte[] yesterday = Files.readAllBytes(offer);
        server.publish("fw-2", bytes("two"), PLAIN, A);
        board.update();

        Path copy = Files.write(folder.resolve("yesterday"), yesterday);
        Files.move(copy, offer, StandardCopyOption.REPLACE_EXISTING);

        assertThat(eventually(board::update, ErrorCode.ROLLBACK_REFUSED)).isTrue();
        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(board.file("runs")).hasContent("fw-2 2 ");
    }

    @Test
    void wayBackIsTheOldContentUnderANewCounter() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        server.publish("fw-2", bytes("two"), PLAIN, A);
        board.update();

        server.publisher().again(new PackageName("fw-1"), UNCHANGED, List.of(A));
        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Result.UPDATED);
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(board.updater().installed().release()).isEqualTo(3);
        assertThat(board.file("runs")).content().isEqualTo("fw-1 1 \nfw-2 2 \nfw-1 3 \n");
    }

    /** A board that never left the old content has nothing to install, and takes over the counter. */
    @Test
    void boardThatHasTheContentTakesOverTheCounterOnly() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        server.publish("fw-2", bytes("two"), PLAIN, A);
        server.publisher().again(new PackageName("fw-1"), UNCHANGED, List.of(A));

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Result.UP_TO_DATE);
        assertThat(board.updater().installed().release()).isEqualTo(3);
        assertThat(board.file("runs")).hasContent("fw-1 1 ");
    }

    @Test
    void boardThatWasUpdatedUnsignedIsNotUpdatedTwiceWhenItGetsAKey() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.trusting();
        board.update();
        assertThat(board.updater().installed().release()).isZero();

        board.trusting(A);

        assertThat(board.update().result()).isEqualTo(Result.UP_TO_DATE);
        assertThat(board.updater().installed().release()).isEqualTo(1);
        assertThat(board.file("runs")).hasContent("fw-1 0 ");
    }

    /** The same name is not the same content. */
    @Test
    void otherContentThatWasTakenUnsignedIsReplaced() throws IOException {
        server.offering("fw-1", bytes("unsigned"));
        board.trusting();
        board.update();
        server.with("latest", "");
        Files.delete(server.packages().resolve("fw-1"));
        server.publish("fw-1", bytes("one"), PLAIN, A);

        board.trusting(A);

        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        assertThat(board.packages().resolve("current")).hasContent("one");
        assertThat(board.packages().resolve("previous")).hasContent("unsigned");
    }

    @Test
    void unsignedModeIsSaidOncePerRun() throws IOException {
        server.offering("fw-1", bytes("one"));
        board.trusting();
        try (ErrorOutput log = new ErrorOutput()) {
            board.update();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("Unsigned mode"))
                    .hasSize(1);
        }
        board.trusting(A);
        try (ErrorOutput log = new ErrorOutput()) {
            board.check();
            assertThat(log.lines())
                    .filteredOn(line -> line.contains("Unsigned mode"))
                    .isEmpty();
        }
    }

    @Test
    void keyThatWasHereOnceIsRequiredForGood() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        server.publish("fw-2", bytes("two"), PLAIN);
        board.trusting();

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);

        board.with("require_signature", "no");
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
    }

    /** A key that is taken away again before anything was installed must not open the door. */
    @Test
    void keyThatWasSeenByARunOfNoUseIsRequiredForGood() throws IOException {
        assertThat(board.update().result()).isEqualTo(Result.NOTHING_OFFERED);
        server.publish("fw-1", bytes("one"), PLAIN);
        board.trusting();

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(refusal(() -> board.install(server.packages().resolve("fw-1"), false)))
                .isEqualTo(ErrorCode.SIGNATURE_REJECTED);
    }

    @Test
    void keyThatWasSeenByARefusedRunOrStickIsRequiredForGood() throws IOException {
        Board other = new Board(Files.createDirectory(folder.resolve("other")))
                .trusting(A)
                .asking(server.address());
        server.publish("fw-1", bytes("one"), PLAIN);
        Path file = server.packages().resolve("fw-1");
        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(refusal(() -> other.install(file, false))).isEqualTo(ErrorCode.SIGNATURE_REJECTED);

        board.trusting();
        other.trusting();

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(refusal(other::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
    }

    /** T8: a stick from a publisher whose clock is 20 years ahead must not make all that follows look expired. */
    @Test
    void stickFromTheFutureDoesNotMoveTheTime() throws IOException {
        Path stick = Forge.of("fw-1", bytes("one"), A)
                .with("release", "1")
                .with("created", "\"2046-11-22T10:00:00Z\"")
                .writeTo(folder.resolve("stick"), "fw-1");
        board.with("on_expired", "refuse").install(stick, false);
        server.publish("fw-2", bytes("two"), wish -> wish.release(2).lifetime(Duration.ofDays(30)), A);

        assertThat(board.updater().trust().known().newest()).isEmpty();
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
    }

    /** A board that believed such a stick, as an earlier version of this program did, is told better by the next server. */
    @Test
    void timeThatAServerRefutesIsForgotten() throws IOException {
        Path stick = Forge.of("fw-1", bytes("one"), A)
                .with("release", "1")
                .with("created", "\"2046-11-22T10:00:00Z\"")
                .writeTo(folder.resolve("stick"), "fw-1");
        board.at("2046-11-22T10:00:00Z").with("on_expired", "refuse").install(stick, false);
        assertThat(board.updater().trust().known().newest()).contains(Instant.parse("2046-11-22T10:00:00Z"));
        server.publish("fw-2", bytes("two"), wish -> wish.release(2).lifetime(Duration.ofDays(30)), A);

        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        assertThat(board.updater().trust().known().newest())
                .hasValueSatisfying(time -> assertThat(time).isBefore("2046-01-01T00:00:00Z"));
    }

    @Test
    void sameCounterWithAnotherContentIsSaid() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        Path stick = Forge.of("fw-2", bytes("two"), A).with("release", "1").writeTo(folder.resolve("stick"), "fw-2");

        Outcome outcome = board.install(stick, false);

        assertThat(outcome.result()).isEqualTo(Result.UP_TO_DATE);
        assertThat(outcome.verdict().orElseThrow().why())
                .contains("release 1 is installed, but with another content, as fw-1: were counters given twice?");
    }

    /** What nobody believes need not be readable. */
    @Test
    void junkBesideAStickIsAsGoodAsNothingWhereNoKeyIs() throws IOException {
        Path small = Files.write(folder.resolve("fw-8"), bytes("eight"));
        Path large = Files.write(folder.resolve("fw-9"), bytes("nine"));
        Files.write(folder.resolve("fw-8.ota.json"), bytes("junk"));
        Files.write(folder.resolve("fw-9.ota.json"), new byte[5000]);
        board.trusting();

        assertThat(board.install(small, false).result()).isEqualTo(Result.UPDATED);
        assertThat(board.install(large, false).result()).isEqualTo(Result.UPDATED);
    }

    @Test
    void filesThatAreNoKeysByTheirNamesAreSaid() throws IOException {
        board.trusting();
        Files.write(board.file("keys.d/release.pem"), A.publicHalf().toPem());
        server.offering("fw-1", bytes("one"));

        try (ErrorOutput log = new ErrorOutput()) {
            board.update();

            assertThat(log.lines())
                    .anyMatch(line -> line.contains("Unsigned mode") && line.endsWith("these are not: release.pem"));
        }
    }

    @Test
    void failedScriptRaisesNoFloorAndIsNotInstalled() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        server.publish("fw-2", bytes("two"), wish -> wish.floor(2), A);
        board.withScript("exit 1");

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SCRIPT_FAILED);

        assertThat(board.updater().installed().release()).isEqualTo(1);
        assertThat(board.updater().trust().known().floor()).isZero();
    }

    @Test
    void releaseThatNeedsAnotherOneFirstIsInstalledAfterIt() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        server.publish("fw-2", bytes("two"), wish -> wish.release(10).minFrom(1), A);

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.RELEASE_REFUSED);

        board.install(server.packages().resolve("fw-1"), false);
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
    }

    /** T8: a clock that stands at 1970 or at 2046 stops no update, and expiry is judged by the server's clock. */
    @ParameterizedTest
    @ValueSource(strings = {"1970-01-02T00:00:00Z", "2046-11-24T00:00:00Z"})
    void wrongClockStopsNoUpdate(String time) throws IOException {
        server.publish("fw-1", bytes("one"), wish -> wish.lifetime(Duration.ofDays(30)), A);
        board.at(time).with("on_expired", "refuse");

        Outcome outcome = board.update();

        assertThat(outcome.result()).isEqualTo(Result.UPDATED);
        assertThat(outcome.verdict().orElseThrow().isExpired()).isFalse();
        assertThat(board.at(time).check().verdict().orElseThrow().isExpired()).isFalse();
    }

    /** T8: at no clock. */
    @ParameterizedTest
    @ValueSource(strings = {"1970-01-02T00:00:00Z", "2026-11-24T00:00:00Z", "2046-11-24T00:00:00Z"})
    void wrongClockStopsNoStick(String time) throws IOException {
        server.publish("fw-1", bytes("one"), wish -> wish.lifetime(Duration.ofDays(30)), A);
        board.at(time).with("on_expired", "refuse");

        assertThat(board.install(server.packages().resolve("fw-1"), false).result())
                .isEqualTo(Result.UPDATED);
    }

    @Test
    void expiredReleaseIsInstalledWithAWarningOrRefusedAndShowsInCheck() throws Exception {
        server.publish("fw-1", bytes("one"), wish -> wish.lifetime(Duration.ofSeconds(1)), A);
        Thread.sleep(2100);

        board.with("on_expired", "refuse");
        assertThat(refusal(board::update)).isEqualTo(ErrorCode.RELEASE_EXPIRED);
        Outcome refused = board.check();
        board.with("on_expired", "warn");
        Outcome available = board.check();
        Outcome updated = board.update();
        Outcome frozen = board.check();

        assertThat(refused.result()).isEqualTo(Result.REFUSED);
        assertThat(available.result()).isEqualTo(Result.UPDATE_AVAILABLE);
        assertThat(updated.result()).isEqualTo(Result.UPDATED);
        assertThat(frozen.result()).isEqualTo(Result.UP_TO_DATE);
        assertThat(List.of(refused, available, updated, frozen))
                .allMatch(outcome -> outcome.verdict().orElseThrow().isExpired());
        assertThat(ClientProcess.run(board, "check").status()).isEqualTo(69);
    }

    @Test
    void downgradeIsDoneByHandOnlyAndNotBelowTheFloor() throws IOException {
        server.publish("fw-1", bytes("one"), PLAIN, A);
        server.publish("fw-2", bytes("two"), wish -> wish.floor(2), A);
        server.publish("fw-3", bytes("three"), PLAIN, A);
        board.update();
        board.update();
        Path one = server.packages().resolve("fw-1");
        Path two = server.packages().resolve("fw-2");
        assertThat(refusal(() -> board.install(two, false))).isEqualTo(ErrorCode.ROLLBACK_REFUSED);

        assertThat(board.install(two, true).result()).isEqualTo(Result.UPDATED);

        assertThat(board.updater().installed().release()).isEqualTo(2);
        assertThat(refusal(() -> board.install(one, true))).isEqualTo(ErrorCode.ROLLBACK_REFUSED);
        board.updater().resetFloor(0);
        assertThat(board.install(one, true).result()).isEqualTo(Result.UPDATED);
        assertThat(board.update().installed().release()).isEqualTo(3);
    }

    /** T9: a counter that ran away is taken back by hand, at the board. */
    @Test
    void counterThatRanAwayIsTakenBackByHand() throws IOException {
        server.publish("fw-1", bytes("one"), wish -> wish.release(900_000), A);
        board.update();
        server.publisher().withdraw(new PackageName("fw-1"));
        Path stick = Forge.of("fw-2", bytes("two"), A).writeTo(folder.resolve("stick"), "fw-2");
        assertThat(refusal(() -> board.install(stick, false))).isEqualTo(ErrorCode.ROLLBACK_REFUSED);

        board.updater().resetFloor(41);

        assertThat(board.install(stick, false).installed().release()).isEqualTo(42);
    }

    @Test
    void packageThatIsInItsPlaceAlreadyIsInstalledFromThere() throws IOException {
        Path placed = Forge.of("fw-2", bytes("two"), A).writeTo(board.packages(), "fw-2");

        assertThat(board.install(placed, false).result()).isEqualTo(Result.UPDATED);

        assertThat(placed).hasContent("two");
    }

    @Test
    void stickNeedsNoSignatureWhereNoKeyIs() throws IOException {
        Path file = Files.write(folder.resolve("fw-9"), bytes("nine"));
        board.trusting();

        assertThat(board.install(file, false).result()).isEqualTo(Result.UPDATED);
        assertThat(board.install(file, false).result()).isEqualTo(Result.UP_TO_DATE);

        Files.write(file, bytes("another"));
        assertThat(board.install(file, false).result()).isEqualTo(Result.UPDATED);
        assertThat(board.packages().resolve("current")).hasContent("another");
    }

    @Test
    void fileThatIsNotThereIsSaid() {
        assertThatThrownBy(() -> board.install(folder.resolve("none"), false))
                .hasMessage(folder.resolve("none") + " is not there");
        assertThatThrownBy(() -> board.install(folder, false)).hasMessage(folder + " is not a file");
    }

    /** T12: the six steps of a rotation, with a board that is there for all of them and one that comes late. */
    @Test
    void keysAreRotatedInSixSteps() throws IOException {
        Board late = new Board(Files.createDirectory(folder.resolve("late")))
                .with("legacy_server", "no")
                .trusting(A)
                .asking(server.address());
        board.with("recovery_keys", B.publicHalf().id().value());
        // 1 and 2: a release by A brings B.
        server.publish("fw-1", bytes("one"), PLAIN, A);
        board.update();
        board.trusting(A, B);
        // 3: both sign until all boards have it.
        server.publish("fw-2", bytes("two"), PLAIN, A, B);
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        assertThat(late.update().result()).isEqualTo(Result.UPDATED);
        late.trusting(A, B).with("recovery_keys", B.publicHalf().id().value());
        // 4: B signs alone.
        server.publish("fw-3", bytes("three"), PLAIN, B);
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        assertThat(late.update().result()).isEqualTo(Result.UPDATED);
        // 5: B revokes A.
        server.publish("fw-4", bytes("four"), wish -> wish.revoking(A), B);
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        // 6: A opens no door any more, whatever it signs; not after a restart, not with the state lost.
        server.publish("fw-5", bytes("five"), PLAIN, A);
        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        Files.delete(board.file(".ota-client/state"));
        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(board.updater().trust().keys())
                .containsExactly(B.publicHalf().id());
        // A board that has not seen the revocation still trusts A: that is what floor, and haste, are for.
        assertThat(late.check().result()).isEqualTo(Result.UPDATE_AVAILABLE);
    }

    /** T12: who has stolen A cannot revoke B with it, nor take the last key away. */
    @Test
    void keyThatIsNotForRecoveryRevokesNothing() throws IOException {
        board.with("recovery_keys", B.publicHalf().id().value()).trusting(A, B);

        server.publish("fw-1", bytes("one"), wish -> wish.revoking(B), A);
        board.update();
        assertThat(board.updater().trust().keys()).hasSize(2);

        server.publish("fw-2", bytes("two"), wish -> wish.revoking(A, B), B);
        assertThat(board.check().result()).isEqualTo(Result.UPDATE_AVAILABLE);
        board.update();
        assertThat(board.updater().trust().keys()).hasSize(2);
    }

    /** T12: a release that both signed, and that revokes one of them, needs enough of the others. */
    @Test
    void revokedSignerDoesNotCountForTheReleaseThatRevokesIt() throws IOException {
        SigningKey c = SigningKey.generate();
        board.with("threshold", "2")
                .with("recovery_keys", B.publicHalf().id().value())
                .trusting(A, B, c);
        server.publish("fw-1", bytes("one"), wish -> wish.revoking(A), A, B);

        assertThat(refusal(board::update)).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(board.updater().trust().keys()).hasSize(3);

        server.publish("fw-2", bytes("two"), wish -> wish.revoking(A), B, c);
        assertThat(board.update().result()).isEqualTo(Result.UPDATED);
        assertThat(board.updater().trust().keys()).hasSize(2);
    }

    /** What a check says is what the run does. */
    @Test
    void checkSaysEverythingAPersonAsks() throws Exception {
        server.publish(
                "fw-1",
                bytes("one"),
                wish -> wish.version("1.0").notes("first line\nsecond\u001b[2J").lifetime(Duration.ofDays(2)),
                A);

        ClientProcess.Result check = ClientProcess.run(board, "check");

        assertThat(check.status()).isEqualTo(10);
        assertThat(check.out().lines())
                .contains(
                        "update available",
                        "  installed: nothing",
                        "  offered:   fw-1, release 1, version 1.0, 3 bytes",
                        "  signed by: " + A.publicHalf().id(),
                        "  notes:     first line",
                        "             second\\u001b[2J",
                        "  why:       it is newer than what is installed, signed, and for this board");
    }

    private interface Attempt {
        Object run() throws IOException;
    }

    private static ErrorCode refusal(Attempt attempt) {
        return catchThrowableOfType(OtaException.class, attempt::run).code();
    }

    /** The daemon takes a file that was put there behind its back when it notices. */
    private static boolean eventually(Attempt attempt, ErrorCode expected) {
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            try {
                attempt.run();
                return false;
            } catch (OtaException e) {
                return e.code() == expected;
            }
        });
        return true;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
