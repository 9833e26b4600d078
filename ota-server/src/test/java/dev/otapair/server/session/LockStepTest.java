package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LockStepTest {
    private static final PackageResponse THREE_BYTES = PackageResponse.whole(
            new PackageName("fw"), 3, new Digest(Digest.Algorithm.MD5, "900150983cd24fb0d6963f7d28e17f72"));

    private final LockStep lockStep = new LockStep(Duration.ofSeconds(300));
    private final Network network = new Network();
    private final List<Object> events = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel(network, lockStep, new ChannelInboundHandlerAdapter() {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            events.add(event);
        }
    });

    @AfterEach
    void release() {
        channel.finishAndReleaseAll();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.US_ASCII);
    }

    @Test
    void secondRequestIsHeldUntilTheFirstIsAnswered() {
        channel.writeInbound(new HeaderRequest(Optional.empty()), new ExitRequest());

        assertThat(channel.<Object>readInbound()).isEqualTo(new HeaderRequest(Optional.empty()));
        assertThat(channel.<Object>readInbound()).isNull();
        channel.writeOutbound(new ConnectedResponse(Optional.empty()));
        assertThat(channel.<Object>readInbound()).isEqualTo(new ExitRequest());
    }

    @Test
    void packageIsAnsweredWhenItsLastByteIsOut() {
        channel.writeInbound(new PackageRequest(Optional.empty()), new HeaderRequest(Optional.empty()));
        channel.readInbound();

        channel.writeOutbound(THREE_BYTES, bytes("ab"));
        assertThat(channel.<Object>readInbound()).isNull();
        channel.writeOutbound(bytes("c"));
        assertThat(channel.<Object>readInbound()).isEqualTo(new HeaderRequest(Optional.empty()));
    }

    @Test
    void answerCountsWhenTheNetworkHasIt() {
        network.isSlow = true;
        channel.writeInbound(new HeaderRequest(Optional.empty()), new ExitRequest());
        channel.readInbound();

        channel.writeAndFlush(new ConnectedResponse(Optional.empty()));
        assertThat(channel.<Object>readInbound()).isNull();
        network.take();
        assertThat(channel.<Object>readInbound()).isEqualTo(new ExitRequest());
    }

    @Test
    void answerThatTheNetworkDoesNotTakeEndsTheSession() {
        channel.freezeTime();
        network.isSlow = true;
        channel.writeInbound(new HeaderRequest(Optional.empty()));
        channel.writeAndFlush(new ConnectedResponse(Optional.empty()));

        channel.advanceTimeBy(301, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();

        assertThatThrownBy(channel::checkException)
                .isInstanceOf(OtaException.class)
                .hasMessageContaining("not taken within 300 s");
    }

    @Test
    void bodyIsOwedFromItsAnnouncementOn() {
        channel.writeInbound(new PackageRequest(Optional.empty()));
        assertThat(lockStep.owesBody()).isFalse();

        channel.writeOutbound(THREE_BYTES);

        assertThat(lockStep.owesBody()).isTrue();
    }

    @Test
    void bodyIsOwedUntilTheNetworkHasItsEnd() {
        channel.writeInbound(new PackageRequest(Optional.empty()));
        channel.writeOutbound(THREE_BYTES);
        network.isSlow = true;

        channel.writeAndFlush(bytes("abc"));

        assertThat(lockStep.owesBody()).isTrue();
        network.take();
        assertThat(lockStep.owesBody()).isFalse();
    }

    @Test
    void turnsAreTold() {
        channel.writeInbound(new PackageRequest(Optional.empty()));
        channel.writeOutbound(THREE_BYTES);
        assertThat(events).containsExactly(Turn.SERVER);

        channel.writeOutbound(bytes("abc"));

        assertThat(events).containsExactly(Turn.SERVER, Turn.PEER);
    }

    @Test
    void fourRequestsAheadAreHeld() {
        channel.writeInbound(new HeaderRequest(Optional.empty()));
        channel.writeInbound(
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()));

        for (int i = 0; i < 5; i++) {
            assertThat(channel.<Object>readInbound()).isEqualTo(new HeaderRequest(Optional.empty()));
            channel.writeOutbound(new ConnectedResponse(Optional.empty()));
        }
    }

    @Test
    void fiveRequestsAheadAreRefused() {
        channel.writeInbound(new HeaderRequest(Optional.empty()));
        channel.writeInbound(
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()),
                new HeaderRequest(Optional.empty()));

        assertThatThrownBy(() -> channel.writeInbound(new HeaderRequest(Optional.empty())))
                .isInstanceOf(OtaException.class)
                .hasMessage("more than 4 requests came ahead of their answers");
    }

    @Test
    void shutdownClosesASessionThatIsIdle() {
        channel.pipeline().fireUserEventTriggered(Shutdown.REQUESTED);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shutdownLetsABodyEndAndThenCloses() {
        channel.writeInbound(new PackageRequest(Optional.empty()));
        channel.writeOutbound(THREE_BYTES);
        channel.pipeline().fireUserEventTriggered(Shutdown.REQUESTED);
        assertThat(channel.isOpen()).isTrue();

        channel.writeOutbound(bytes("abc"));

        assertThat(channel.isOpen()).isFalse();
    }

    /** Takes what is written when it is told to. */
    private static final class Network extends ChannelOutboundHandlerAdapter {
        private final Queue<ChannelPromise> pending = new ArrayDeque<>();
        private boolean isSlow;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (isSlow) {
                io.netty.util.ReferenceCountUtil.release(message);
                pending.add(promise);
            } else {
                ctx.write(message, promise);
            }
        }

        void take() {
            pending.remove().setSuccess();
        }
    }
}
