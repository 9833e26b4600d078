package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.ResponseDecoder;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** T6: a download that drips is ended, however often a byte comes. Time is the channel's own, and stands still. */
class LowSpeedGuardTest {
    private static final String PACKAGE =
            "{\"response\": \"package\", \"data\": {\"latest\": \"fw-2\", \"size\": \"%d\","
                    + " \"md5\": \"0123456789abcdef0123456789abcdef\"}}";

    private final List<Throwable> failures = new ArrayList<>();
    private EmbeddedChannel channel;
    private boolean isInPackage;

    @AfterEach
    void releaseWhatIsLeft() {
        channel.finishAndReleaseAll();
    }

    @Test
    void dripIsEndedWhenTheWindowIsOver() {
        open(64);
        drip(12);

        boolean wasFine = failures.isEmpty();
        pass(120);

        assertThat(wasFine).isTrue();
        assertThat(failures).singleElement().isInstanceOfSatisfying(OtaException.class, failure -> {
            assertThat(failure.code().exitStatus()).isEqualTo(75);
            assertThat(failure).hasMessageContaining("min_rate");
        });
    }

    @Test
    void exactlyTheLeastIsEnough() {
        open(64);
        chunk(64 * 120, false);

        pass(120);

        assertThat(failures).isEmpty();
    }

    @Test
    void oneByteLessIsNot() {
        open(64);
        chunk(64 * 120 - 1, false);

        pass(120);

        assertThat(failures).hasSize(1);
    }

    @Test
    void everyWindowIsJudgedByItself() {
        open(64);
        chunk(1_000_000, false);
        pass(120);
        boolean wasFine = failures.isEmpty();
        chunk(1, false);

        pass(120);

        assertThat(wasFine).isTrue();
        assertThat(failures).hasSize(1);
    }

    @Test
    void nothingIsJudgedBeforeThePackageBegins() {
        open(64);

        pass(1000);

        assertThat(failures).isEmpty();
    }

    @Test
    void nothingIsJudgedAfterItsLastByte() {
        open(64);
        chunk(1, true);

        pass(1000);

        assertThat(failures).isEmpty();
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    /** A package that changed while it was asked for ends before it began; the one that is asked for then counts. */
    @Test
    void packageAfterAnEmptyOneIsJudged() {
        open(64);
        chunk(0, true);
        chunk(1, false);

        pass(120);

        assertThat(failures).hasSize(1);
    }

    @Test
    void noLimitIsNoLimit() {
        open(0);
        chunk(1, false);

        pass(1000);

        assertThat(failures).isEmpty();
    }

    @Test
    void clockStopsWithTheConnection() {
        open(64);
        chunk(1, false);
        channel.close();

        pass(1000);

        assertThat(failures).isEmpty();
    }

    private void open(long minRate) {
        SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
        codec.speakV1();
        channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.pipeline()
                .addLast(new ResponseDecoder(codec), new LowSpeedGuard(minRate), new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        ReferenceCountUtil.release(message);
                    }

                    @Override
                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                        failures.add(cause);
                    }
                });
    }

    private void drip(int bytes) {
        for (int i = 0; i < bytes; i++) {
            chunk(1, false);
        }
    }

    private void chunk(int bytes, boolean isLast) {
        if (!isInPackage) {
            hear(PACKAGE.formatted(isLast ? bytes : 999_999_999).getBytes(StandardCharsets.US_ASCII));
        }
        isInPackage = !isLast;
        hear(new byte[bytes]);
    }

    private void hear(byte[] bytes) {
        channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(bytes));
    }

    private void pass(long seconds) {
        channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }
}
