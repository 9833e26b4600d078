package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesCommandTest {
    private static final String DEFAULT_ID = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    private final PrintStream outBefore = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private CapturedLog log;
    private ConfigFile config;

    @BeforeEach
    void capture() {
        config = new ConfigFile(folder).with("latest", "").with("state_dir", "state");
        log = new CapturedLog();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveBack() {
        System.setOut(outBefore);
        log.close();
    }

    private void keep(BoardRecord... boards) {
        try (LedgerFile ledger = new LedgerFile(folder.resolve("state"), new DurableFiles())) {
            List.of(boards).forEach(ledger::note);
        }
    }

    private static BoardRecord board(String id, String product, Optional<Report> state, Duration ago) {
        long seen = Instant.now().minus(ago).getEpochSecond();
        return new BoardRecord(
                new DeviceId(id),
                new Product(product),
                Optional.of(new PackageName("fw-1")),
                42,
                state,
                Optional.empty(),
                1_790_000_000,
                seen);
    }

    private static Optional<Report> report(BoardState state, int code) {
        return Optional.of(new Report(state, Optional.of(new PackageName("fw-2")), 43, code));
    }

    private void keepAFleet() {
        keep(
                board("b-2", "gateway", report(BoardState.GOOD, 0), Duration.ofSeconds(5)),
                board("b-1", "gateway", report(BoardState.FAILED, 70), Duration.ofMinutes(3)),
                board(DEFAULT_ID, "default", Optional.empty(), Duration.ofHours(5)),
                board("b-3", "meter", report(new BoardState("thinking"), 0), Duration.ofDays(9)),
                board("b-4", "gateway", report(BoardState.GOOD, 0), Duration.ofHours(47)));
    }

    private int run(String... options) {
        List<String> words = new ArrayList<>(List.of("devices"));
        words.addAll(List.of(options));
        words.addAll(List.of("--config", config.path().toString()));
        return Program.run(new OtaServerCommand(), words.toArray(String[]::new));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void boardsAreListedByProductAndIdWithACountOfTheStates() {
        keepAFleet();

        assertThat(run()).isZero();

        assertThat(said()).isEqualTo("""
                        id                                product  installed  release  state     about      code  seen
                        0123456789abcdef0123456789abcdef  default  fw-1       42       -         -          -     5 h ago
                        b-1                               gateway  fw-1       42       failed    fw-2 (43)  70    3 min ago
                        b-2                               gateway  fw-1       42       good      fw-2 (43)  -     now
                        b-4                               gateway  fw-1       42       good      fw-2 (43)  -     47 h ago
                        b-3                               meter    fw-1       42       thinking  fw-2 (43)  -     9 days ago
                        5 boards: 2 good, 1 failed, 1 thinking, 1 without a state
                        """);
        assertThat(log.lines()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--product=gateway | 3 boards: 2 good, 1 failed",
                "--state=failed | 1 board: 1 failed",
                "--state=thinking | 1 board: 1 thinking",
                "--silent=2d | 1 board: 1 thinking",
                "--silent=2h | 3 boards: 1 good, 1 thinking, 1 without a state",
                "--silent=2h --product=gateway | 1 board: 1 good",
                "--silent=2h --product=gateway --state=failed | none of 5 boards"
            })
    void optionsChooseBoards(String options, String summary) {
        keepAFleet();

        assertThat(run(options.split(" "))).isZero();

        assertThat(said().lines().toList()).last().isEqualTo(summary);
    }

    @Test
    void machinesGetOneObjectOnOneLine() {
        keep(board("b-1", "gateway", report(BoardState.FAILED, 70), Duration.ofDays(400)));

        assertThat(run("--json")).isZero();

        assertThat(said())
                .hasLineCount(1)
                .startsWith("{\"devices\": [{\"id\": \"b-1\", \"product\": \"gateway\", \"installed\": \"fw-1\","
                        + " \"release\": 42, \"state\": \"failed\", \"about\": \"fw-2\", \"about_release\": 43,"
                        + " \"code\": 70, \"since\": \"2026-09-21T14:13:20Z\", \"last_seen\": \"20")
                .endsWith("Z\"}], \"states\": {\"failed\": 1}}\n");
    }

    @Test
    void boardsThatAreNotKnownAreNoError() {
        assertThat(run()).isZero();
        assertThat(said())
                .startsWith("no board is known yet")
                .contains(folder.resolve("state/boards").toString());

        out.reset();
        assertThat(run("--json")).isZero();
        assertThat(said()).isEqualTo("{\"devices\": [], \"states\": {}}\n");
    }

    @Test
    void longIdsLoseTheirMiddleUnlessTheyWouldLookAlike() {
        keep(
                board("a".repeat(50) + "-1", "default", Optional.empty(), Duration.ZERO),
                board("b".repeat(30) + "x" + "b".repeat(30), "default", Optional.empty(), Duration.ZERO),
                board("b".repeat(30) + "y" + "b".repeat(30), "default", Optional.empty(), Duration.ZERO));

        assertThat(run()).isZero();

        assertThat(said())
                .contains("\naaaaaaaaaaaaaaaaaaaaa…aaaaaaaa-1  ")
                .contains("\n" + "b".repeat(30) + "x" + "b".repeat(30) + " ")
                .contains("\n" + "b".repeat(30) + "y" + "b".repeat(30) + " ");
    }

    @Test
    void damagedLineIsWarnedOfAndTheRestIsShown() throws IOException {
        keep(board("b-1", "gateway", report(BoardState.GOOD, 0), Duration.ZERO));
        Files.writeString(folder.resolve("state/boards"), "rubbish\n", StandardOpenOption.APPEND);

        assertThat(run()).isZero();

        assertThat(said()).contains("1 board: 1 good");
        assertThat(log.lines()).singleElement().asString().contains("boards has 1 damaged line");
    }

    /** The server may be about to write the rest of it. */
    @Test
    void lineThatHasNoEndYetIsNotWarnedOf() throws IOException {
        keep(board("b-1", "gateway", report(BoardState.GOOD, 0), Duration.ZERO));
        Files.writeString(folder.resolve("state/boards"), "1\tb-2\tdef", StandardOpenOption.APPEND);

        assertThat(run()).isZero();

        assertThat(said()).contains("1 board: 1 good");
        assertThat(log.lines()).isEmpty();
    }

    @Test
    void fileThatCannotBeReadIsNamed() throws IOException {
        Files.createDirectories(folder.resolve("state/boards"));

        assertThat(run()).isEqualTo(74);
        assertThat(log.lines()).singleElement().asString().contains("state/boards cannot be read");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--silent=2", "--silent=0h", "--silent=-1h", "--silent=2w", "--state=Good", "--product=../x"})
    void wordThatMeansNothingIsRefused(String option) {
        assertThat(run(option)).isEqualTo(64);
        assertThat(String.join("\n", log.lines())).contains(option.substring(option.indexOf('=') + 1));
    }

    @Test
    void misspeltStateIsToldTheRightOnes() {
        keepAFleet();

        assertThat(run("--state", "faild")).isZero();
        assertThat(run("--state", "thinking")).isZero();

        assertThat(log.lines()).singleElement().asString().contains("'faild'", "rolled_back, failed");
    }

    @Test
    void helpTellsTheCommandFromTheKeyOfTheSameName() {
        assertThat(run("--help")).isZero();
        assertThat(said())
                .contains("rolled_back", "ota-server devices --silent 2d")
                .containsPattern("'devices'\\s+in");
    }

    @ParameterizedTest
    @CsvSource({"-5, now", "59, now", "60, 1 min ago", "3599, 59 min ago", "3600, 1 h ago", "172799, 47 h ago"})
    void timesAreSaidAsAPersonWould(long seconds, String said) {
        assertThat(FleetTable.age(Duration.ofSeconds(seconds))).isEqualTo(said);
    }
}
