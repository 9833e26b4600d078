package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MessageEncoderTest {
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new MessageEncoder(SessionCodec.ofServer(new MessageCodec())));

    @Test
    void eachMessageIsOneWrite() {
        channel.writeOutbound(new ConnectedResponse(Optional.empty()));

        ByteBuf written = channel.readOutbound();

        assertThat(written.toString(StandardCharsets.US_ASCII))
                .isEqualTo("{\"response\": \"connected\", \"data\": {}}");
        written.release();
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void payloadPassesAsItIs() {
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[] {0x1f});
        channel.writeOutbound(payload);

        assertThat(channel.<ByteBuf>readOutbound()).isSameAs(payload);
        payload.release();
    }
}
