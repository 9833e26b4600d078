package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What came out of a decoder, in a form that does not depend on the segmentation.
 *
 * @param messages in order
 * @param payload all payload bytes, a character each
 * @param packages number of packages whose last chunk came
 * @param failure why decoding ended, if it did; what fails after that is nobody's business
 */
record Decoding(List<Object> messages, String payload, int packages, Optional<ErrorCode> failure) {
    /** Feeds the pieces one by one, also those after a failure. */
    static Decoding of(ChannelHandler decoder, byte[]... pieces) {
        return of(new ChannelHandler[] {decoder}, pieces);
    }

    /** As above, through several handlers. */
    static Decoding of(ChannelHandler[] decoders, byte[]... pieces) {
        EmbeddedChannel channel = new EmbeddedChannel(decoders);
        Optional<ErrorCode> failure = Optional.empty();
        for (byte[] piece : pieces) {
            try {
                channel.writeInbound(Unpooled.copiedBuffer(piece));
            } catch (OtaException e) {
                failure = failure.isPresent() ? failure : Optional.of(e.code());
            }
        }
        List<Object> messages = new ArrayList<>();
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        int packages = 0;
        for (Object out = channel.readInbound(); out != null; out = channel.readInbound()) {
            if (out instanceof PayloadChunk chunk) {
                payload.writeBytes(ByteBufUtil.getBytes(chunk.content()));
                packages += chunk.isLast() ? 1 : 0;
                chunk.release();
            } else {
                messages.add(out);
            }
        }
        channel.finishAndReleaseAll();
        return new Decoding(messages, payload.toString(StandardCharsets.ISO_8859_1), packages, failure);
    }
}
