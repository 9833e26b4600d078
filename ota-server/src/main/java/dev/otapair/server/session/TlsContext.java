package dev.otapair.server.session;

import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.server.config.TlsFiles;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.util.concurrent.TimeUnit;

/**
 * As whom a server speaks TLS, and to whom. TLS 1.2 and 1.3 of the JDK, on the port that plain sessions use too unless TLS
 * is required. Immutable.
 *
 * @see "PROTOCOL.md, section 7.5: TLS"
 */
public final class TlsContext {
    private static final Octets NO_BINDING = new Octets();
    private static final long HANDSHAKE_SECONDS = 10;

    private final TlsFiles.Mode mode;
    private final SslContext context;
    private final Octets certificateDigest;

    private TlsContext(TlsFiles.Mode mode, SslContext context, Octets certificateDigest) {
        this.mode = mode;
        this.context = context;
        this.certificateDigest = certificateDigest;
    }

    /**
     * Loads certificate and key.
     *
     * @throws OtaException CONFIG_INVALID if they are of no use
     */
    public static TlsContext of(TlsFiles files) {
        if (files.mode() == TlsFiles.Mode.OFF) {
            return new TlsContext(files.mode(), null, NO_BINDING);
        }
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(
                            files.certificate().orElseThrow().toFile(),
                            files.key().orElseThrow().toFile())
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2");
            files.clientCa().ifPresent(ca -> builder.trustManager(ca.toFile()).clientAuth(ClientAuth.REQUIRE));
            return new TlsContext(files.mode(), builder.build(), digestOf(files));
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    "tls_cert, tls_key or tls_client_ca is of no use: %s; expected PEM, the key as PKCS#8 without a password"
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /** Puts TLS in front of a connection, as the mode says. */
    void addTo(ChannelPipeline pipeline) {
        switch (mode) {
            case OFF -> {}
            case REQUIRED -> pipeline.addFirst(handler(pipeline.channel().alloc()));
            case OPTIONAL ->
                pipeline.addFirst(new OptionalSslHandler(context) {
                    @Override
                    protected SslHandler newSslHandler(ChannelHandlerContext ctx, SslContext sslContext) {
                        return handler(ctx.alloc());
                    }
                });
        }
    }

    /** Returns what ties a session to its TLS connection: SHA-256 of our certificate, or nothing on a plain one. */
    Octets channelBinding(ChannelPipeline pipeline) {
        return pipeline.get(SslHandler.class) == null ? NO_BINDING : certificateDigest;
    }

    private SslHandler handler(ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        handler.setHandshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
        return handler;
    }

    private static Octets digestOf(TlsFiles files) throws IOException, GeneralSecurityException {
        Certificate own = PemPair.certificate(
                files.certificate().orElseThrow(), files.key().orElseThrow());
        return new Octets(Sha256.of(own.getEncoded()));
    }
}
