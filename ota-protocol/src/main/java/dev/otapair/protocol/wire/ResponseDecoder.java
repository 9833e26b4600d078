package dev.otapair.protocol.wire;

import dev.otapair.protocol.message.Response;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Client side: bytes in, {@link Response}s and, after one that announces bytes of its own, exactly those
 * in {@link PayloadChunk}s out, whatever the segmentation.
 */
public final class ResponseDecoder extends ChannelInboundHandlerAdapter {
    private final SessionCodec codec;
    private final JsonFrame frame = new JsonFrame();
    private long payloadDue;
    private boolean broken;

    /** @param codec of this session */
    public ResponseDecoder(SessionCodec codec) {
        this.codec = codec;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            while (bytes.isReadable() && !broken && ctx.channel().isOpen()) {
                if (payloadDue > 0) {
                    readPayload(ctx, bytes);
                } else {
                    readMessage(ctx, bytes);
                }
            }
        } finally {
            bytes.release();
        }
    }

    private void readPayload(ChannelHandlerContext ctx, ByteBuf bytes) {
        int length = (int) Math.min(payloadDue, bytes.readableBytes());
        payloadDue -= length;
        ctx.fireChannelRead(new PayloadChunk(bytes.readRetainedSlice(length), payloadDue == 0));
    }

    private void readMessage(ChannelHandlerContext ctx, ByteBuf bytes) {
        Optional<Response> response = decodeOne(bytes);
        response.ifPresent(ctx::fireChannelRead);
        response.map(Response::following).filter(OptionalLong::isPresent).ifPresent(length -> {
            payloadDue = length.getAsLong();
            if (payloadDue == 0) {
                ctx.fireChannelRead(new PayloadChunk(bytes.alloc().buffer(0), true));
            }
        });
    }

    private Optional<Response> decodeOne(ByteBuf bytes) {
        broken = true;
        Optional<Response> response = frame.read(bytes).map(codec::decodeResponse);
        broken = false;
        return response;
    }
}
