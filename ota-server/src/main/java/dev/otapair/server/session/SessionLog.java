package dev.otapair.server.session;

import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Response;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** Tells the operator of a session: a line at its start, one at its end, and each message at DEBUG. Never a token. */
final class SessionLog extends ChannelDuplexHandler {
    private static final Logger LOG = Loggers.of(SessionLog.class);

    /** Requests by kind, in order of first appearance. */
    private final Map<String, Integer> counts = new LinkedHashMap<>();

    private String board = "";
    private String runs = "";
    private long start;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        start = ctx.executor().ticker().nanoTime();
        LOG.info("{} accepted", Peer.of(ctx.channel()));
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Request request) {
            counts.merge(request.verb(), 1, Integer::sum);
            if (request instanceof HelloRequest hello) {
                board = "board " + hello.device();
            }
            if (request instanceof HeaderRequest header) {
                runs = header.board().map(SessionLog::runs).orElse("");
            }
            LOG.debug("{} -> {}", Peer.of(ctx.channel()), request);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Response response && LOG.isDebugEnabled()) {
            LOG.debug("{} <- {}", Peer.of(ctx.channel()), LogText.ofPeer(response.toString()));
        }
        ctx.write(message, promise);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        long millis = TimeUnit.NANOSECONDS.toMillis(ctx.executor().ticker().nanoTime() - start);
        String done = counts.entrySet().stream()
                .map(step -> step.getValue() == 1 ? step.getKey() : step.getKey() + " x" + step.getValue())
                .collect(Collectors.joining(", "));
        LOG.info(
                "{} closed after {} ms: {}{}",
                Peer.of(ctx.channel()),
                millis,
                board.isEmpty() ? "" : board + runs + ": ",
                done.isEmpty() ? "no request" : done);
        ctx.fireChannelInactive();
    }

    private static String runs(Board board) {
        String release = board.standing()
                .filter(standing -> standing.release() > 0)
                .map(standing -> ", release " + standing.release())
                .orElse("");
        return board.installed().map(name -> " with " + name + release).orElse("");
    }
}
