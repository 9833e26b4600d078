package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.PackageStore;
import dev.otapair.server.store.StoredPackage;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.util.concurrent.CompletionException;

/** Second phase of a session: answers what an admitted peer asks, by the configuration its connection began with. */
final class RequestHandler extends SimpleChannelInboundHandler<Request> implements Request.Visitor<Void> {
    static final String NAME = "request";

    private final ServerConfig config;
    private final PackageStore packages;
    private final LegacyPacing pacing;
    private ChannelHandlerContext ctx;

    RequestHandler(ServerConfig config, PackageStore packages, LegacyPacing pacing) {
        this.config = config;
        this.packages = packages;
        this.pacing = pacing;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Request request) {
        request.accept(this);
    }

    @Override
    public Void visit(HandshakeRequest request) {
        throw new OtaException(ErrorCode.UNEXPECTED_MESSAGE, "a second handshake came");
    }

    @Override
    public Void visit(HeaderRequest request) {
        answer(new HeaderResponse(config.latest()));
        return null;
    }

    @Override
    public Void visit(PackageRequest request) {
        PackageName latest = config.latest()
                .orElseThrow(() -> new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE,
                        "a package was asked for, but latest is empty: none is on offer"));
        packages.open(config.folder(), latest).whenCompleteAsync(this::opened, ctx.executor());
        return null;
    }

    @Override
    public Void visit(ExitRequest request) {
        ctx.close();
        return null;
    }

    private void opened(StoredPackage stored, Throwable failure) {
        boolean wanted = !ctx.isRemoved() && ctx.channel().isActive();
        if (failure != null && wanted) {
            ctx.fireExceptionCaught(failure instanceof CompletionException ? failure.getCause() : failure);
        } else if (wanted) {
            answer(new PackageResponse(stored.name(), stored.size(), stored.md5()));
            new PayloadSender(ctx, stored, pacing, config.stallTimeout()).start();
        } else if (failure == null) {
            stored.release();
        }
    }

    private void answer(Response response) {
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
