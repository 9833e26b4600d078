package dev.otapair.protocol.wire;

import dev.otapair.protocol.message.Response;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Client side: bytes in, {@link Response}s and, after one that announces bytes of its own, exactly those out, whatever the
 * segmentation. After bytes that are no response the rest of the stream has no meaning and is dropped. Not thread-safe.
 */
public final class ResponseReader {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SessionCodec codec;
    private final Receiver receiver;
    private final JsonFrame frame = new JsonFrame();
    private long payloadDue;
    private boolean broken;

    /** Who is told what came. */
    public interface Receiver {
        /** A message came. */
        void received(Response response);

        /**
         * Some of the raw bytes came that the last message announced, in their order. If it announced none, this is called once.
         *
         * @param bytes valid during the call only
         * @param last whether they end with these
         */
        void payload(ByteBuffer bytes, boolean last);

        /** Says whether anything of what follows is wanted. */
        boolean isListening();
    }

    /**
     * @param codec of this session
     * @param receiver called by {@link #read}
     */
    public ResponseReader(SessionCodec codec, Receiver receiver) {
        this.codec = codec;
        this.receiver = receiver;
    }

    /**
     * Reads all of some bytes, or up to where the receiver does not listen any more.
     *
     * @throws dev.otapair.protocol.error.OtaException if they are no response; once
     */
    public void read(ByteBuffer bytes) {
        while (bytes.hasRemaining() && !broken && receiver.isListening()) {
            if (payloadDue > 0) {
                readPayload(bytes);
            } else {
                readMessage(bytes);
            }
        }
    }

    private void readPayload(ByteBuffer bytes) {
        int length = (int) Math.min(payloadDue, bytes.remaining());
        payloadDue -= length;
        ByteBuffer part = bytes.slice(bytes.position(), length);
        bytes.position(bytes.position() + length);
        receiver.payload(part, payloadDue == 0);
    }

    private void readMessage(ByteBuffer bytes) {
        Optional<Response> response = decodeOne(bytes);
        if (response.isPresent()) {
            receiver.received(response.get());
            OptionalLong following = response.get().following();
            payloadDue = following.orElse(0);
            if (following.isPresent() && payloadDue == 0) {
                receiver.payload(NOTHING.duplicate(), true);
            }
        }
    }

    private Optional<Response> decodeOne(ByteBuffer bytes) {
        broken = true;
        Optional<Response> response = frame.read(bytes).map(codec::decodeResponse);
        broken = false;
        return response;
    }
}
