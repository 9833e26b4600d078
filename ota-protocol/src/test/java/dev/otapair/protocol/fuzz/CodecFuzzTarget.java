package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the codec takes it can write, and takes again as the same; what it does not take is malformed or unknown; and it never
 * says what a token was.
 */
public final class CodecFuzzTarget {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final Set<ErrorCode> REFUSALS = Set.of(ErrorCode.MALFORMED_MESSAGE, ErrorCode.UNKNOWN_REQUEST);
    /** With letters and digits: words and numbers of the protocol stand in refusals for another reason. */
    private static final Pattern TOKEN =
            Pattern.compile("\"security\"\\s*:\\s*\"([A-Za-z0-9]{4,}[A-Za-z][0-9][A-Za-z0-9]{4,})\"");

    private static final byte[] HELLO =
            "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"AAECAwQFBgcICQoLDA0ODw\",\"id\":\"b\"}}"
                    .getBytes(StandardCharsets.US_ASCII);

    private CodecFuzzTarget() {}

    /** @param data one object; what follows it is not looked at */
    public static void fuzzerTestOneInput(byte[] data) {
        byte[] object;
        try {
            object = new JsonFrame().read(ByteBuffer.wrap(data)).orElse(null);
        } catch (OtaException e) {
            return;
        }
        if (object != null) {
            for (boolean v2 : new boolean[] {false, true}) {
                request(object, v2);
                response(object, v2);
            }
        }
    }

    private static void request(byte[] object, boolean v2) {
        try {
            Request read = server(v2).decodeRequest(object.clone());
            if (!read.equals(rewritten(read, v2))) {
                throw new AssertionError(read + " is another after it was written");
            }
            boolean tells = read instanceof HandshakeRequest handshake
                    && handshake.secret().length() > 9
                    && read.toString().contains(handshake.secret());
            if (tells) {
                throw new AssertionError("a request tells its token");
            }
        } catch (OtaException e) {
            refused(e, object);
        }
    }

    private static void response(byte[] object, boolean v2) {
        try {
            Response read = client(v2).decodeResponse(object.clone());
            Response again = client(v2).decodeResponse(server(v2).encode(read));
            boolean isSame = read instanceof ErrorResponse error && again instanceof ErrorResponse other
                    ? error.reason().equals(other.reason())
                    : read.equals(again);
            if (!isSame) {
                throw new AssertionError(read + " is another after it was written");
            }
        } catch (OtaException e) {
            refused(e, object);
        }
    }

    /** A token may be too long to be written with escapes; then it stays what it was. */
    private static Request rewritten(Request read, boolean v2) {
        try {
            return server(v2).decodeRequest(client(v2).encode(read));
        } catch (OtaException e) {
            if (read instanceof HandshakeRequest && e.getMessage().startsWith("a message has")) {
                return read;
            }
            throw new AssertionError(read + " cannot be written again", e);
        }
    }

    private static void refused(OtaException refusal, byte[] object) {
        if (!REFUSALS.contains(refusal.code())) {
            throw new AssertionError("refused by another code", refusal);
        }
        String text = new String(object, StandardCharsets.ISO_8859_1);
        Matcher token = TOKEN.matcher(text);
        if (token.find()) {
            boolean isOnlyToken = text.indexOf(token.group(1)) == text.lastIndexOf(token.group(1));
            for (Throwable told = refusal; told != null && isOnlyToken; told = told.getCause()) {
                if (String.valueOf(told.getMessage()).contains(token.group(1))) {
                    throw new AssertionError("a refusal tells the token", told);
                }
            }
        }
    }

    private static SessionCodec server(boolean v2) {
        SessionCodec session = SessionCodec.ofServer(CODEC);
        if (v2) {
            session.decodeRequest(HELLO);
        }
        return session;
    }

    private static SessionCodec client(boolean v2) {
        SessionCodec session = SessionCodec.ofClient(CODEC);
        if (!v2) {
            session.speakV1();
        }
        return session;
    }
}
