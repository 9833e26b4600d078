package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Messages to JSON and back: the one place that knows verbs, field names and v1's quirks. Strict in what it writes; what
 * it tolerates is in PROTOCOL.md. Stateless and thread-safe.
 *
 * @see "PROTOCOL.md, section 3: Messages"
 */
public final class MessageCodec {
    /** What v1 peers read at once: a longer message would be cut. */
    public static final int MAX_V1_BYTES = 1024;

    private static final String REQUEST = "request";
    private static final String RESPONSE = "response";
    private static final String DATA = "data";
    private static final String SECURITY = "security";
    private static final String LATEST = "latest";
    private static final String SIZE = "size";
    private static final String MD5 = "md5";
    private static final String REASON = "reason";

    private final JsonReader reader = new JsonReader();
    private final JsonText text = new JsonText();
    private final Request.Visitor<byte[]> requestWriter = new RequestWriter();
    private final Response.Visitor<byte[]> responseWriter = new ResponseWriter();

    /**
     * Reads a client's message.
     *
     * @param json one whole object
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE} or {@link ErrorCode#UNKNOWN_REQUEST}
     */
    public Request decodeRequest(byte[] json) {
        Fields envelope = reader.read("message", json);
        String verb = envelope.text(REQUEST);
        Fields data = envelope.object(DATA);
        return switch (verb) {
            case "handshake" -> new HandshakeRequest(data.text(SECURITY));
            case "header" -> new HeaderRequest();
            case "package" -> new PackageRequest();
            case "exit" -> new ExitRequest();
            default -> throw new OtaException(ErrorCode.UNKNOWN_REQUEST, "the request is none of the protocol's");
        };
    }

    /**
     * Reads a server's message.
     *
     * @param json one whole object
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE}
     */
    public Response decodeResponse(byte[] json) {
        Fields envelope = reader.read("message", json);
        String kind = envelope.text(RESPONSE);
        Fields data = envelope.object(DATA);
        return switch (kind) {
            case "connected" -> new ConnectedResponse();
            case "header" ->
                new HeaderResponse(data.text(LATEST).isEmpty() ? Optional.empty() : Optional.of(packageName(data)));
            case "package" -> new PackageResponse(packageName(data), data.decimalText(SIZE), md5(data));
            case "error" -> new ErrorResponse(data.text(REASON));
            default -> throw envelope.wrong(RESPONSE, "is none of the protocol's");
        };
    }

    /** Writes a client's message, at most {@value #MAX_V1_BYTES} bytes. */
    public byte[] encode(Request request) {
        return bounded(request.accept(requestWriter));
    }

    /** Writes a server's message, at most {@value #MAX_V1_BYTES} bytes. */
    public byte[] encode(Response response) {
        return bounded(response.accept(responseWriter));
    }

    private static PackageName packageName(Fields data) {
        return checked(data, LATEST, PackageName::new);
    }

    private static Digest md5(Fields data) {
        return checked(data, MD5, hex -> new Digest(Digest.Algorithm.MD5, hex));
    }

    private static <T> T checked(Fields data, String name, Function<String, T> constructor) {
        String value = data.text(name);
        try {
            return constructor.apply(value);
        } catch (IllegalArgumentException e) {
            throw data.wrong(name, "is refused: " + e.getMessage());
        }
    }

    private static byte[] bounded(byte[] message) {
        if (message.length > MAX_V1_BYTES) {
            throw new OtaException(
                    ErrorCode.MALFORMED_MESSAGE,
                    "a message has %d bytes, a v1 peer reads %d".formatted(message.length, MAX_V1_BYTES));
        }
        return message;
    }

    private byte[] envelope(String key, String kind, JsonText.Members data) {
        return text.object(json -> {
            json.writeStringField(key, kind);
            json.writeObjectFieldStart(DATA);
            data.writeTo(json);
            json.writeEndObject();
        });
    }

    private static void nothing(JsonGenerator json) {}

    private final class RequestWriter implements Request.Visitor<byte[]> {
        @Override
        public byte[] visit(HandshakeRequest request) {
            return envelope(REQUEST, "handshake", json -> json.writeStringField(SECURITY, request.secret()));
        }

        @Override
        public byte[] visit(HeaderRequest request) {
            return envelope(REQUEST, "header", MessageCodec::nothing);
        }

        @Override
        public byte[] visit(PackageRequest request) {
            return envelope(REQUEST, "package", MessageCodec::nothing);
        }

        @Override
        public byte[] visit(ExitRequest request) {
            return envelope(REQUEST, "exit", MessageCodec::nothing);
        }
    }

    private final class ResponseWriter implements Response.Visitor<byte[]> {
        @Override
        public byte[] visit(ConnectedResponse response) {
            return envelope(RESPONSE, "connected", MessageCodec::nothing);
        }

        @Override
        public byte[] visit(HeaderResponse response) {
            String latest = response.latest().map(PackageName::value).orElse("");
            return envelope(RESPONSE, "header", json -> json.writeStringField(LATEST, latest));
        }

        @Override
        public byte[] visit(PackageResponse response) {
            return envelope(RESPONSE, "package", json -> writePackage(json, response));
        }

        @Override
        public byte[] visit(ErrorResponse response) {
            return envelope(RESPONSE, "error", json -> json.writeStringField(REASON, response.reason()));
        }

        private static void writePackage(JsonGenerator json, PackageResponse response) throws IOException {
            json.writeStringField(LATEST, response.latest().value());
            json.writeStringField(SIZE, Long.toString(response.size()));
            json.writeStringField(MD5, response.md5().hex());
        }
    }
}
