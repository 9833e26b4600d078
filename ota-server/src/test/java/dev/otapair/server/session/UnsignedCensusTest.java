package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.CapturedLog;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UnsignedCensusTest {
    private final UnsignedCensus census = new UnsignedCensus();

    @Test
    void boardsAreCountedOnceAndNamed() {
        census.add("board-17");
        census.add("10.0.0.1");
        census.add("board-17");

        try (CapturedLog log = new CapturedLog()) {
            census.report();

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("[WARNING]")
                    .contains("2 boards took answers without a signature")
                    .contains("10.0.0.1, board-17. ");
        }
    }

    @Test
    void nobodyIsNotWorthALine() {
        try (CapturedLog log = new CapturedLog()) {
            census.report();

            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void reportBeginsAnew() {
        census.add("board-17");
        try (CapturedLog log = new CapturedLog()) {
            census.report();
            census.report();
            census.add("board-18");
            census.report();

            assertThat(log.lines())
                    .hasSize(2)
                    .last()
                    .asString()
                    .contains("1 board took")
                    .contains("board-18");
        }
    }

    @Test
    void lineStaysShortHoweverManyThereAre() {
        IntStream.range(0, 200_000).forEach(number -> census.add("board-%06d".formatted(number)));

        try (CapturedLog log = new CapturedLog()) {
            census.report();

            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .contains("100000 boards")
                    .endsWith("board-000004, …. Give them a key: docs/signing.md");
        }
    }
}
