package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SendBuffersTest {
    private final SendBuffers buffers = new SendBuffers();

    @Test
    void fewTransfersHaveMuch() {
        begin(16);

        assertThat(buffers.share()).isEqualTo(2 * 1024 * 1024);
    }

    @Test
    void twoHundredTakeNoMoreTogetherThanTheirLeast() {
        begin(200);

        assertThat(buffers.share()).isEqualTo(256 * 1024);
    }

    @Test
    void whatLiesBetweenIsSharedOut() {
        begin(64);

        assertThat(buffers.share()).isEqualTo(512 * 1024);
    }

    @Test
    void whatEndsMakesRoom() {
        begin(200);
        IntStream.range(0, 190).forEach(each -> buffers.end());

        assertThat(buffers.share()).isEqualTo(2 * 1024 * 1024);
    }

    @Test
    void withoutATransferThereIsAShareAsWell() {
        assertThat(buffers.share()).isEqualTo(2 * 1024 * 1024);
    }

    private void begin(int transfers) {
        IntStream.range(0, transfers).forEach(each -> buffers.begin());
    }
}
