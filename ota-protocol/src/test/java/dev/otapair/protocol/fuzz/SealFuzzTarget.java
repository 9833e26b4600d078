package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Only what the other end sealed as its next message is opened; and base64url has one spelling. */
public final class SealFuzzTarget {
    private static final MessageCodec CODEC = new MessageCodec();
    private static final SessionKey KEY =
            TokenKey.of(new Octets(new byte[TokenKey.BYTES])).session(new Octets());
    private static final byte[] HELLO =
            "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"AAECAwQFBgcICQoLDA0ODw\",\"id\":\"b\"}}"
                    .getBytes(StandardCharsets.US_ASCII);

    private SealFuzzTarget() {}

    /**
     * @param data first byte: 0 to 3 the message that is altered, in the order in which it is sent; 4 and more a frame of
     *     its own. Then alterations of three bytes each: what, where, by what
     */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        base64(rest);
        List<byte[]> sent = requests();
        int which = data[0] & 0xff;
        byte[] came = which < sent.size() ? altered(sent.get(which), rest, sent) : rest;
        SessionCodec server = server();
        for (int number = 0; number < sent.size(); number++) {
            boolean isAltered = which >= sent.size() ? number == 0 : number == which;
            if (isAltered && !Arrays.equals(came, sent.get(number))) {
                refused(server, came);
                return;
            }
            server.decodeRequest(sent.get(number));
        }
    }

    private static void refused(SessionCodec server, byte[] frame) {
        try {
            Request opened = server.decodeRequest(frame);
            throw new AssertionError(opened + " was opened");
        } catch (OtaException e) {
            if (e.code() != ErrorCode.SEAL_REJECTED) {
                throw new AssertionError("looked at before its seal was", e);
            }
        }
    }

    private static void base64(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        try {
            if (!Octets.ofBase64(text).toBase64().equals(text)) {
                throw new AssertionError("another spelling of the same bytes was read");
            }
        } catch (IllegalArgumentException e) {
            if (Octets.ofBase64(new Octets(bytes).toBase64()).length() != bytes.length) {
                throw new AssertionError("its own spelling was not read", e);
            }
        }
    }

    private static byte[] altered(byte[] frame, byte[] alterations, List<byte[]> sent) {
        byte[] result = frame;
        for (int at = 0; at + 3 <= alterations.length; at += 3) {
            int where = alterations[at + 1] & 0xff;
            result = altered(result, alterations[at] & 0xff, where % (result.length + 1), alterations[at + 2], sent);
        }
        return result;
    }

    private static byte[] altered(byte[] frame, int what, int where, byte by, List<byte[]> sent) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(frame, 0, where);
        int next = where;
        switch (what % 6) {
            case 0 -> {
                out.write(by);
                next = Math.min(frame.length, where + 1);
            }
            case 1 -> out.write(by);
            case 2 -> next = Math.min(frame.length, where + 1 + (by & 0x0f));
            case 3 -> next = frame.length;
            case 4 -> {
                byte[] other = sent.get((by & 0xff) % sent.size());
                out.write(other, Math.min(where, other.length), other.length - Math.min(where, other.length));
                next = frame.length;
            }
            default -> {
                out.reset();
                out.writeBytes(answers().get((by & 0xff) % 2));
                next = frame.length;
            }
        }
        out.write(frame, next, frame.length - next);
        return out.toByteArray();
    }

    private static SessionCodec server() {
        SessionCodec session = SessionCodec.ofServer(CODEC);
        session.decodeRequest(HELLO);
        session.requireSeals(KEY);
        return session;
    }

    private static List<byte[]> requests() {
        SessionCodec client = SessionCodec.ofClient(CODEC);
        client.sealSent(KEY);
        Request header = new HeaderRequest(Optional.of(new Board(Product.DEFAULT, Optional.empty(), Optional.empty())));
        return List.of(
                client.encode(header), client.encode(header), client.encode(header), client.encode(new ExitRequest()));
    }

    private static List<byte[]> answers() {
        SessionCodec session = SessionCodec.ofServer(CODEC);
        session.decodeRequest(HELLO);
        session.sealSent(KEY);
        Response header = new HeaderResponse(Optional.empty(), OptionalLong.of(1));
        return List.of(session.encode(header), session.encode(header));
    }
}
