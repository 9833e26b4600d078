package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.ResponseReader;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Whatever the segmentation, the same comes out; and what follows an object is not touched. */
public final class FrameFuzzTarget {
    private static final MessageCodec CODEC = new MessageCodec();

    private FrameFuzzTarget() {}

    /** @param data four piece lengths, then a stream: see {@link Chunks} */
    public static void fuzzerTestOneInput(byte[] data) {
        byte[] stream = Chunks.stream(data);
        List<byte[]> pieces = Chunks.of(data);
        frames(stream, pieces);
        same(decoded(List.of(stream)), decoded(pieces));
    }

    private static void frames(byte[] stream, List<byte[]> pieces) {
        Cut whole = new Cut();
        whole.feed(stream);
        Cut inPieces = new Cut();
        pieces.forEach(inPieces::feed);
        if (!whole.text().equals(inPieces.text())) {
            throw new AssertionError("whole: " + whole.text() + " in pieces: " + inPieces.text());
        }
    }

    private static void same(String whole, String pieces) {
        if (!whole.equals(pieces)) {
            throw new AssertionError("whole: " + whole + " in pieces: " + pieces);
        }
    }

    private static String decoded(List<byte[]> pieces) {
        Collected collected = new Collected();
        SessionCodec session = SessionCodec.ofClient(CODEC);
        session.speakV1();
        ResponseReader reader = new ResponseReader(session, collected);
        Optional<ErrorCode> failure = Optional.empty();
        for (byte[] piece : pieces) {
            try {
                reader.read(ByteBuffer.wrap(piece));
            } catch (OtaException e) {
                if (failure.isPresent()) {
                    throw new AssertionError("broken twice", e);
                }
                failure = Optional.of(e.code());
            }
        }
        return collected.text() + " " + failure;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What was cut out of a stream, and where. */
    private static final class Cut {
        private final JsonFrame frame = new JsonFrame();
        private final List<String> objects = new ArrayList<>();
        private final ByteArrayOutputStream read = new ByteArrayOutputStream();
        private Optional<ErrorCode> failure = Optional.empty();

        void feed(byte[] piece) {
            ByteBuffer in = ByteBuffer.wrap(piece);
            while (failure.isEmpty() && in.hasRemaining()) {
                int from = in.position();
                try {
                    Optional<byte[]> object = frame.read(in);
                    read.write(piece, from, in.position() - from);
                    object.ifPresent(this::check);
                } catch (OtaException e) {
                    failure = Optional.of(e.code());
                }
            }
        }

        /** An object is the end of what was read for it, after white space. */
        private void check(byte[] object) {
            byte[] all = read.toByteArray();
            read.reset();
            int start = all.length - object.length;
            boolean isEnd = start >= 0 && Arrays.equals(all, start, all.length, object, 0, object.length);
            boolean isBounded = start <= JsonFrame.MAX_WHITE_SPACE && object.length <= JsonFrame.MAX_BYTES;
            boolean isObject = object[0] == '{' && object[object.length - 1] == '}';
            if (!isEnd || !isBounded || !isObject || frame.isIncomplete()) {
                throw new AssertionError(FrameFuzzTarget.text(object) + " out of " + FrameFuzzTarget.text(all));
            }
            objects.add(FrameFuzzTarget.text(object));
        }

        String text() {
            return objects + " " + failure + (failure.isEmpty() ? " " + frame.isIncomplete() : "");
        }
    }

    /** What a client's end made of a stream. */
    private static final class Collected implements ResponseReader.Receiver {
        private final List<String> messages = new ArrayList<>();
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private int packages;

        @Override
        public void received(Response response) {
            messages.add(response.toString());
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

        String text() {
            return messages + " " + FrameFuzzTarget.text(payload.toByteArray()) + " " + packages;
        }
    }
}
