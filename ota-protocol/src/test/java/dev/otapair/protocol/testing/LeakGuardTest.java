package dev.otapair.protocol.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

class LeakGuardTest {
    @Test
    void bufferThatNobodyReleasedIsReportedWithItsTrace() throws Exception {
        leak();

        assertThat(LeakGuard.drain()).singleElement().asString().contains("ByteBuf", "LeakGuardTest.leak");
    }

    @Test
    void bufferThatWasReleasedIsNotReported() throws Exception {
        ByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1).release();

        assertThat(LeakGuard.drain()).isEmpty();
    }

    @Test
    void everyBufferIsWatched() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    private static void leak() {
        ByteBufAllocator.DEFAULT.directBuffer(16).writeByte(1);
    }
}
