package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.config.Offered;
import dev.otapair.server.release.SignedRelease;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.MemoryLedger;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A board runs fw-1, release 42, to begin with; fw-2 is release 43, fw-3 is release 44. */
class RollCallTest {
    private static final DeviceId BOARD = new DeviceId("board-17");
    private static final Board RUNS_42 = board("fw-1", 42);
    private static final Board RUNS_43 = board("fw-2", 43);

    private final MemoryLedger ledger = new MemoryLedger();
    private final RollCall rollCall = new RollCall(ledger, new Clock() {
        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(now);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    });
    private long now = 1_790_000_000;

    private static Board board(String name, long release) {
        return new Board(Product.DEFAULT, Optional.of(new PackageName(name)), Optional.of(new Standing(release, 1)));
    }

    private static Report report(String state, int release, int code) {
        return new Report(new BoardState(state), Optional.of(new PackageName("fw-" + (release - 41))), release, code);
    }

    private static Optional<Offered> release(int release) {
        String metadata = """
                {"_type":"ota-release/1","product":"default","name":"fw-%d","release":%d,"size":0,\
                "sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","created":"2026-11-22T10:00:00Z"}""".formatted(release - 41, release);
        return Optional.of(new Offered(
                new PackageName("fw-" + (release - 41)),
                Optional.of(SignedRelease.of(
                        new SignedMetadata(new Octets(metadata.getBytes(StandardCharsets.US_ASCII)), List.of())))));
    }

    private static Optional<Offered> unsigned(String name) {
        return Optional.of(new Offered(new PackageName(name), Optional.empty()));
    }

    /** As a session does it: what is answered counts where nothing new was said. */
    private void header(Board said, Optional<Offered> offered) {
        if (!rollCall.heard(BOARD, said)) {
            rollCall.answered(BOARD, said, offered);
        }
    }

    private BoardRecord record() {
        return ledger.last(BOARD).orElseThrow();
    }

    private String state() {
        return record().state().map(Report::toString).orElse("");
    }

    @Test
    void boardThatSaysNothingAndIsOfferedNothingHasNoState() {
        header(RUNS_42, Optional.empty());

        assertThat(record())
                .isEqualTo(new BoardRecord(
                        BOARD,
                        Product.DEFAULT,
                        Optional.of(new PackageName("fw-1")),
                        42,
                        Optional.empty(),
                        Optional.empty(),
                        now,
                        now));
    }

    @Test
    void releaseThatTheBoardDoesNotHaveIsOffered() {
        header(RUNS_42, release(43));

        assertThat(state()).isEqualTo("offered fw-2, release 43");
    }

    @Test
    void releaseThatTheBoardHasIsNotOffered() {
        header(RUNS_43, release(43));

        assertThat(state()).isEmpty();
    }

    @Test
    void releaseBelowTheInstalledOneIsNotOffered() {
        header(RUNS_43, release(42));

        assertThat(state()).isEmpty();
    }

    /** A client that knows of no signatures is told a name. */
    @Test
    void boardWithoutStandingGoesByTheName() {
        Board old = new Board(Product.DEFAULT, Optional.of(new PackageName("fw-1")), Optional.empty());

        header(old, release(42));
        assertThat(state()).isEmpty();
        header(old, release(43));
        assertThat(state()).isEqualTo("offered fw-2");
        header(old, unsigned("fw-9"));
        assertThat(state()).isEqualTo("offered fw-9");
    }

    @Test
    void boardThatAsksForThePackageDownloadsIt() {
        header(RUNS_42, release(43));

        rollCall.asked(BOARD, RUNS_42, release(43).orElseThrow());

        assertThat(state()).isEqualTo("downloading fw-2, release 43");
    }

    /** A line that breaks ten times is one download. */
    @Test
    void nextSessionOfADownloadIsNoNewOffer() {
        rollCall.asked(BOARD, RUNS_42, release(43).orElseThrow());

        header(RUNS_42, release(43));
        assertThat(state()).isEqualTo("downloading fw-2, release 43");

        header(RUNS_42, release(44));
        assertThat(state()).isEqualTo("offered fw-3, release 44");
    }

    @Test
    void oldClientThatHasInstalledWhatItDownloadedHasNoState() {
        Board old = new Board(Product.DEFAULT, Optional.of(new PackageName("fw-1")), Optional.empty());
        rollCall.asked(BOARD, old, unsigned("fw-2").orElseThrow());

        header(new Board(Product.DEFAULT, Optional.of(new PackageName("fw-2")), Optional.empty()), unsigned("fw-2"));

        assertThat(state()).isEmpty();
    }

    @Test
    void offerThatIsWithdrawnIsNotOfferedAnyMore() {
        header(RUNS_42, release(43));

        header(RUNS_42, Optional.empty());

        assertThat(state()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "offered, 0",
        "downloading, 0",
        "staged, 0",
        "applying, 0",
        "probation, 0",
        "good, 0",
        "rolled_back, 72",
        "failed, 70",
        "thinking, 0"
    })
    void wordOfTheBoardAboutThatReleaseCounts(String state, int code) {
        rollCall.asked(BOARD, RUNS_42, release(43).orElseThrow());

        for (int poll = 0; poll < 3; poll++) {
            header(RUNS_42.reporting(report(state, 43, code)), release(43));
        }

        assertThat(record().state()).contains(report(state, 43, code));
    }

    /** The truth about a bad release must not be gone before anybody has seen it. */
    @ParameterizedTest
    @ValueSource(strings = {"good", "rolled_back", "failed"})
    void newsIsNotHiddenByTheNextOffer(String state) {
        Board said = RUNS_42.reporting(report(state, 43, 0));
        header(said, release(44));
        assertThat(record().state()).contains(report(state, 43, 0));

        header(said, release(44));
        assertThat(state()).isEqualTo("offered fw-3, release 44");

        header(said, release(44));
        assertThat(state()).isEqualTo("offered fw-3, release 44");
    }

    @ParameterizedTest
    @ValueSource(strings = {"staged", "applying", "probation", "thinking"})
    void releaseThatIsUnderWayIsNotHiddenByTheNextOffer(String state) {
        for (int poll = 0; poll < 3; poll++) {
            header(RUNS_42.reporting(report(state, 43, 0)), release(44));
        }

        assertThat(record().state()).contains(report(state, 43, 0));
    }

    /** It fetched the package again, whatever it said before. */
    @Test
    void packageThatIsAskedForIsNewerThanWhatWasSaid() {
        Board said = RUNS_42.reporting(report("staged", 43, 0));
        header(said, release(44));

        rollCall.asked(BOARD, said, release(44).orElseThrow());

        assertThat(state()).isEqualTo("downloading fw-3, release 44");
    }

    /** What runs is read from the board, and history does not argue with it. */
    @Test
    void goodOfOneReleaseAndAnotherInstalledAreBothKept() {
        header(RUNS_42.reporting(report("good", 43, 0)), release(43));

        assertThat(record().release()).isEqualTo(42);
        assertThat(state()).isEqualTo("good fw-2, release 43");
    }

    @Test
    void headerWithoutAReportLeavesTheLastOneUntilAnotherProgramRuns() {
        header(RUNS_42.reporting(report("rolled_back", 43, 72)), release(43));

        header(RUNS_42, Optional.empty());
        assertThat(state()).isEqualTo("rolled_back fw-2, release 43, code 72");

        header(board("fw-3", 44), Optional.empty());
        assertThat(state()).isEmpty();
    }

    @Test
    void stateIsAsOldAsItsFirstReport() {
        header(RUNS_43.reporting(report("probation", 43, 0)), release(43));
        now += 60;
        header(RUNS_43.reporting(report("good", 43, 0)), release(43));
        now += 3600;
        header(RUNS_43.reporting(report("good", 43, 0)), release(43));

        assertThat(record().since()).isEqualTo(1_790_000_060);
        assertThat(record().lastSeen()).isEqualTo(1_790_003_660);
    }

    @Test
    void changeIsToldOnceAndNoPollIs() {
        try (CapturedLog log = new CapturedLog()) {
            for (String state : List.of("probation", "probation", "rolled_back", "rolled_back")) {
                header(RUNS_42.reporting(report(state, 43, state.startsWith("r") ? 72 : 0)), release(43));
            }

            assertThat(log.lines())
                    .extracting(line -> line.replaceFirst(".*,\\d{3} ", ""))
                    .containsExactly(
                            "board board-17: probation fw-2, release 43",
                            "board board-17: rolled_back fw-2, release 43, code 72");
        }
    }
}
