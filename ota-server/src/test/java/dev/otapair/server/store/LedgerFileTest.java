package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.server.CapturedLog;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {
    /** Nothing is written but by {@code flush} and {@code close}. */
    private static final LedgerFile.Pace NEVER =
            new LedgerFile.Pace(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1));

    private static final LedgerFile.Pace CHANGES_ONLY =
            new LedgerFile.Pace(Duration.ofMillis(1), Duration.ofDays(1), Duration.ofMillis(1));

    private static final BoardRecord FULL = new BoardRecord(
            new DeviceId("board-17"),
            new Product("gateway"),
            Optional.of(new PackageName("固件 1.4.0 (测试).tar.gz")),
            42,
            Optional.of(new Report(BoardState.FAILED, Optional.of(new PackageName("fw-2")), 43, 70)),
            Optional.of(new Report(BoardState.DOWNLOADING, new PackageName("fw-3"), 44)),
            1_790_000_000,
            1_790_000_017);

    @TempDir
    private Path folder;

    private LedgerFile open(LedgerFile.Pace pace) {
        return new LedgerFile(folder.resolve("state"), new DurableFiles(), 1000, pace);
    }

    private LedgerFile open() {
        return open(NEVER);
    }

    private Path file() {
        return folder.resolve("state").resolve("boards");
    }

    private Map<DeviceId, BoardRecord> kept() {
        return LedgerFile.read(folder.resolve("state")).boards();
    }

    /** A board that has come to the release of this number. */
    static BoardRecord board(int board, long release) {
        PackageName name = new PackageName("gateway-1.4." + release + ".tar.gz");
        return new BoardRecord(
                new DeviceId("%032x".formatted(board)),
                Product.DEFAULT,
                Optional.of(name),
                release,
                Optional.of(new Report(BoardState.GOOD, name, release)),
                Optional.empty(),
                1_790_000_000 + release,
                1_790_000_000 + release);
    }

    private static BoardRecord seenAt(BoardRecord record, long time) {
        return new BoardRecord(
                record.board(),
                record.product(),
                record.installed(),
                record.release(),
                record.reported(),
                record.observed(),
                record.since(),
                time);
    }

    private void keep(BoardRecord... records) {
        try (LedgerFile ledger = open()) {
            Arrays.stream(records).forEach(ledger::note);
        }
    }

    @Test
    void everyFieldIsThereAfterARestart() {
        BoardRecord bare = new BoardRecord(
                new DeviceId("b"), Product.DEFAULT, Optional.empty(), 0, Optional.empty(), Optional.empty(), 0, 0);

        keep(FULL, bare);

        try (LedgerFile ledger = open()) {
            assertThat(ledger.boards()).containsExactlyInAnyOrder(FULL, bare);
            assertThat(ledger.last(FULL.board())).contains(FULL);
        }
    }

    @Test
    void longestRecordFitsItsLine() {
        PackageName name = new PackageName("🔑".repeat(50));
        Report report = new Report(new BoardState("a".repeat(32)), Optional.of(name), Standing.MAX_RELEASE, 255);
        BoardRecord longest = new BoardRecord(
                new DeviceId("a".repeat(64)),
                new Product("a".repeat(64)),
                Optional.of(name),
                Standing.MAX_RELEASE,
                Optional.of(report),
                Optional.of(report),
                Long.MAX_VALUE,
                Long.MAX_VALUE);

        keep(longest);

        assertThat(kept().values()).containsExactly(longest);
    }

    @Test
    void lastRecordOfABoardCounts() {
        keep(board(1, 1), board(2, 1));
        keep(board(1, 2));

        assertThat(kept().values()).containsExactlyInAnyOrder(board(1, 2), board(2, 1));
    }

    @Test
    void fileIsForTheServerOnly() throws IOException {
        keep(FULL);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void changeIsWrittenWithoutBeingAskedFor() {
        try (LedgerFile ledger = open(CHANGES_ONLY)) {
            ledger.note(board(1, 1));

            Awaitility.await().until(() -> kept().containsValue(board(1, 1)));
        }
    }

    /** A fleet that polls and does nothing else must not write all the time. */
    @Test
    void timeAloneIsWrittenRarely() throws IOException {
        try (LedgerFile ledger = open(CHANGES_ONLY)) {
            ledger.note(board(1, 1));
            Awaitility.await().until(() -> kept().size() == 1);
            long before = Files.size(file());

            ledger.note(seenAt(board(1, 1), 1_900_000_000));
            ledger.note(board(2, 1));
            Awaitility.await().until(() -> kept().size() == 2);

            assertThat(kept()).containsValue(board(1, 1));
            assertThat(Files.size(file())).isEqualTo(2 * before);
        }
        assertThat(kept()).containsValue(seenAt(board(1, 1), 1_900_000_000));
    }

    @Test
    void timeAloneIsWrittenInTheEnd() {
        LedgerFile.Pace pace = new LedgerFile.Pace(Duration.ofMillis(1), Duration.ofMillis(50), Duration.ofDays(1));
        try (LedgerFile ledger = open(pace)) {
            ledger.note(board(1, 1));
            ledger.note(seenAt(board(1, 1), 1_900_000_000));

            Awaitility.await().until(() -> kept().containsValue(seenAt(board(1, 1), 1_900_000_000)));
        }
    }

    @Test
    void tornTailCostsItsOwnLineOnly() throws IOException {
        keep(board(1, 1), board(2, 1));
        int first = BoardLine.of(board(1, 1)).length;
        byte[] whole = Files.readAllBytes(file());
        try (CapturedLog log = new CapturedLog()) {
            for (int length = first; length < whole.length; length++) {
                Files.write(file(), Arrays.copyOf(whole, length));
                int before = log.lines().size();

                try (LedgerFile ledger = open()) {
                    assertThat(ledger.boards()).as("%d bytes", length).containsExactly(board(1, 1));
                    ledger.note(board(3, 1));
                }

                assertThat(kept().values()).containsExactlyInAnyOrder(board(1, 1), board(3, 1));
                assertThat(log.lines()).hasSize(before + (length == first ? 0 : 1));
            }
        }
    }

    @Test
    void flippedByteCostsItsOwnLineOnly() throws IOException {
        keep(board(1, 1), FULL, board(2, 1));
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            for (int bit : new int[] {0x01, 0x80, '\n' ^ whole[at]}) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) bit;
                Files.write(file(), damaged);

                // The end of a line is part of two.
                assertThat(kept().size()).as("byte %d", at).isGreaterThanOrEqualTo(whole[at] == '\n' ? 1 : 2);
                assertThat(List.of(board(1, 1), FULL, board(2, 1))).containsAll(kept().values());
            }
        }
    }

    @Test
    void zerosOfAPowerCutAreLeftOut() throws IOException {
        keep(board(1, 1));
        Files.write(file(), new byte[5000], StandardOpenOption.APPEND);

        keep(board(2, 1));

        assertThat(kept().values()).containsExactlyInAnyOrder(board(1, 1), board(2, 1));
        assertThat(Files.size(file())).isLessThan(1000);
    }

    /** It may be a second server that was started by mistake, and ends because it cannot listen. */
    @Test
    void ledgerThatNotesNothingTouchesNothing() throws IOException {
        keep(board(1, 1));
        Files.writeString(file(), "torn", StandardOpenOption.APPEND);
        byte[] before = Files.readAllBytes(file());

        open(CHANGES_ONLY).close();

        assertThat(file()).hasBinaryContent(before);
    }

    @Test
    void otherFilesAreNotTakenForBoards() throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), "board-17 token\n".repeat(10) + "x".repeat(100_000));
        try (CapturedLog log = new CapturedLog()) {
            keep(board(1, 1));

            assertThat(log.lines()).singleElement().asString().contains("damaged lines, which are left out: 10");
        }
        assertThat(kept().values()).containsExactly(board(1, 1));
    }

    @Test
    void fileThatIsMostlyHistoryIsReplaced() throws IOException {
        long largest = 0;
        try (LedgerFile ledger = open()) {
            for (int release = 1; release <= 200; release++) {
                for (int board = 0; board < 100; board++) {
                    ledger.note(board(board, release));
                }
                ledger.flush();
                largest = Math.max(largest, Files.size(file()));
            }
        }

        assertThat(largest).isBetween(1024L * 1024 - 30_000, 1024L * 1024);
        assertThat(Files.size(file())).isLessThan(1024 * 1024);
        assertThat(kept()).hasSize(100).containsValue(board(7, 200)).doesNotContainValue(board(7, 199));
    }

    @Test
    void boardsBeyondTheBoundAreNotKept() {
        try (CapturedLog log = new CapturedLog();
                LedgerFile ledger = new LedgerFile(folder.resolve("state"), new DurableFiles(), 2, NEVER)) {
            assertThat(List.of(board(1, 1), board(2, 1), board(3, 1), board(4, 1), board(1, 2)))
                    .extracting(ledger::note)
                    .containsExactly(true, true, false, false, true);

            assertThat(ledger.boards()).containsExactlyInAnyOrder(board(1, 2), board(2, 1));
            assertThat(log.lines()).singleElement().asString().contains("has 2 boards and takes no more");
        }
    }

    @Test
    void fileThatSomebodyRemovedIsMadeAgain() throws IOException {
        try (LedgerFile ledger = open()) {
            ledger.note(board(1, 1));
            ledger.flush();
            Files.delete(file());
            ledger.note(board(2, 1));
        }

        assertThat(kept()).hasSize(2);
    }

    /** While it cannot be written all is in memory, and it is written once it can. */
    @Test
    void folderThatCannotBeWrittenIsWarnedOfOnce() throws IOException {
        Path state = folder.resolve("state");
        Files.writeString(state, "not a folder");
        try (CapturedLog log = new CapturedLog();
                LedgerFile ledger = new LedgerFile(state, new DurableFiles(), 10, CHANGES_ONLY)) {
            int before = log.lines().size();
            ledger.note(board(1, 1));
            ledger.flush();
            ledger.note(board(2, 1));
            ledger.flush();
            assertThat(log.lines()).hasSize(before + 1);

            Files.delete(state);
            Awaitility.await().until(() -> kept().size() == 2);
        }
    }

    @Test
    void readersBesideTheWriterSeeWholeRecordsThatOnlyGetNewer() throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(2);
        AtomicBoolean isOver = new AtomicBoolean();
        try (LedgerFile ledger = open()) {
            List<Future<Integer>> reading =
                    List.of(readers.submit(() -> readUntil(isOver)), readers.submit(() -> readUntil(isOver)));
            for (int release = 1; release <= 150; release++) {
                for (int board = 0; board < 200; board++) {
                    ledger.note(board(board, release));
                }
                ledger.flush();
            }
            isOver.set(true);

            for (Future<Integer> reader : reading) {
                assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
            }
        } finally {
            isOver.set(true);
            readers.shutdown();
        }
    }

    private int readUntil(AtomicBoolean isOver) {
        int readings = 0;
        long newest = 0;
        while (!isOver.get()) {
            LedgerFile.Content content = LedgerFile.read(folder.resolve("state"));
            assertThat(content.damaged()).isZero();
            long release = content.boards().values().stream()
                    .mapToLong(BoardRecord::release)
                    .min()
                    .orElse(0);
            assertThat(release).isGreaterThanOrEqualTo(newest);
            newest = release;
            readings++;
        }
        return readings;
    }

    /** In time of the processor: others may be busy on this machine. */
    @Test
    void tenThousandBoardsAreNoBurden() throws IOException {
        Path state = folder.resolve("state");
        long all = 0;
        try (LedgerFile ledger = new LedgerFile(state, new DurableFiles(), 100_000, NEVER)) {
            for (int release = 1; release <= 4; release++) {
                int now = release;
                List<BoardRecord> boards = IntStream.range(0, 10_000)
                        .mapToObj(board -> board(board, now))
                        .toList();
                long begin = cpuNanos();
                boards.forEach(ledger::note);
                long noted = cpuNanos();
                ledger.flush();
                long flushed = cpuNanos();
                int read = kept().size();
                long end = cpuNanos();

                System.out.printf(
                        "10,000 boards: note %d ns each, written in %d ms, %d bytes in the file, read in %d ms%n",
                        (noted - begin) / 10_000,
                        (flushed - noted) / 1_000_000,
                        Files.size(file()),
                        (end - flushed) / 1_000_000);
                assertThat(read).isEqualTo(10_000);
                all += end - begin;
            }
        }
        assertThat(Duration.ofNanos(all)).isLessThan(Duration.ofSeconds(10));
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    @Test
    void linesAreReadableByPeople() throws IOException {
        keep(FULL);

        assertThat(Files.readString(file(), StandardCharsets.UTF_8))
                .startsWith(
                        "1\tboard-17\tgateway\t固件 1.4.0 (测试).tar.gz\t42\tfailed\tfw-2\t43\t70\tdownloading\tfw-3\t44\t0\t"
                                + "1790000000\t1790000017\t");
    }
}
