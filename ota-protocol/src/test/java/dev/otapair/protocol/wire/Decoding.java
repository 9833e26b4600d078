package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What came out of a decoder, in a form that does not depend on the segmentation.
 *
 * @param messages in order
 * @param payload all payload bytes, a character each
 * @param packages number of packages whose last chunk came
 * @param failure why decoding ended, if it did; what fails after that is nobody's business
 */
record Decoding(List<Object> messages, String payload, int packages, Optional<ErrorCode> failure) {
    /** Feeds the pieces to a server's end one by one, up to a failure. */
    static Decoding ofRequests(SessionCodec server, byte[]... pieces) {
        return ofRequests(server, message -> {}, pieces);
    }

    /** As above; {@code then} is told each message before the next one is read. */
    static Decoding ofRequests(SessionCodec server, Consumer<Object> then, byte[]... pieces) {
        JsonFrame frame = new JsonFrame();
        List<Object> messages = new ArrayList<>();
        Optional<ErrorCode> failure = fed(pieces, bytes -> {
            while (bytes.hasRemaining()) {
                frame.read(bytes).map(server::decodeRequest).ifPresent(request -> {
                    messages.add(request);
                    then.accept(request);
                });
            }
        });
        return new Decoding(messages, "", 0, failure);
    }

    /** Feeds the pieces to a client's end one by one, also those after a failure. */
    static Decoding ofResponses(SessionCodec client, byte[]... pieces) {
        return ofResponses(client, message -> {}, pieces);
    }

    /** As above; {@code then} is told each message before the next one is read. */
    static Decoding ofResponses(SessionCodec client, Consumer<Object> then, byte[]... pieces) {
        Collected collected = new Collected(then);
        ResponseReader reader = new ResponseReader(client, collected);
        Optional<ErrorCode> failure = Optional.empty();
        for (byte[] piece : pieces) {
            Optional<ErrorCode> next = fed(new byte[][] {piece}, reader::read);
            failure = failure.isPresent() ? failure : next;
        }
        return new Decoding(
                collected.messages,
                collected.payload.toString(StandardCharsets.ISO_8859_1),
                collected.packages,
                failure);
    }

    private static Optional<ErrorCode> fed(byte[][] pieces, Consumer<ByteBuffer> decoder) {
        try {
            for (byte[] piece : pieces) {
                decoder.accept(ByteBuffer.wrap(piece));
            }
            return Optional.empty();
        } catch (OtaException e) {
            return Optional.of(e.code());
        }
    }

    private static final class Collected implements ResponseReader.Receiver {
        private final Consumer<Object> then;
        private final List<Object> messages = new ArrayList<>();
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private int packages;

        Collected(Consumer<Object> then) {
            this.then = then;
        }

        @Override
        public void received(Response response) {
            messages.add(response);
            then.accept(response);
        }

        @Override
        public void payload(ByteBuffer bytes, boolean last) {
            byte[] chunk = new byte[bytes.remaining()];
            bytes.get(chunk);
            payload.writeBytes(chunk);
            packages += last ? 1 : 0;
        }

        @Override
        public boolean isListening() {
            return true;
        }
    }
}
