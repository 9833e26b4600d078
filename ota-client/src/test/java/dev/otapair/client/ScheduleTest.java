package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScheduleTest {
    private static final Duration TEN = Duration.ofMinutes(10);
    private static final Duration TWELVE = Duration.ofMinutes(12);

    @TempDir
    private Path folder;

    private Schedule schedule;

    @BeforeEach
    void open() throws IOException {
        Board board = new Board(folder).with("interval", "10m").with("splay", "2m");
        schedule = new Schedule(board.config(), new SplittableRandom(1));
    }

    @Test
    void firstRunComesAnyTimeWithinTheSplay() {
        assertThat(Stream.generate(schedule::first).limit(1000))
                .allMatch(wait -> wait.compareTo(Duration.ofMinutes(2)) <= 0)
                .anyMatch(wait -> wait.toSeconds() < 10)
                .anyMatch(wait -> wait.toSeconds() > 110);
    }

    @Test
    void nextRunComesAfterTheIntervalAndSomeSplay() {
        assertThat(Stream.generate(() -> schedule.after(outcome(Optional.empty())))
                        .limit(1000))
                .allMatch(wait -> wait.compareTo(TEN) >= 0 && wait.compareTo(TWELVE) <= 0);
    }

    @Test
    void serversAdviceCountsBeforeTheInterval() {
        assertThat(schedule.after(outcome(Optional.of(Duration.ofHours(1)))))
                .isBetween(Duration.ofMinutes(60), Duration.ofMinutes(62));
    }

    @Test
    void runThatFailedIsFollowedAsAlways() {
        assertThat(schedule.after(new OtaException(ErrorCode.UNREACHABLE, "down"), Optional.empty()))
                .isBetween(TEN, TWELVE);
    }

    @Test
    void busyServerIsObeyed() {
        OtaException busy = new OtaException(ErrorCode.SERVER_BUSY, "busy", Duration.ofMinutes(30));

        assertThat(schedule.after(busy, Optional.of(Duration.ofHours(1))))
                .isBetween(Duration.ofMinutes(30), Duration.ofMinutes(32));
    }

    @Test
    void serversAdviceCountsAfterARunThatFailed() {
        OtaException failure = new OtaException(ErrorCode.SCRIPT_FAILED, "status 1");

        assertThat(schedule.after(failure, Optional.of(Duration.ofHours(1))))
                .isBetween(Duration.ofMinutes(60), Duration.ofMinutes(62));
    }

    private static Outcome outcome(Optional<Duration> nextPoll) {
        return new Outcome(
                Outcome.Result.UP_TO_DATE, InstalledRelease.NONE, Optional.empty(), Optional.empty(), nextPoll);
    }
}
