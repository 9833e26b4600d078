package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Messages to JSON, in one dialect. Strict and the same bytes for the same message. Stateless and thread-safe. */
final class MessageWriter implements Request.Visitor<byte[]>, Response.Visitor<byte[]> {
    private final Dialect dialect;

    MessageWriter(Dialect dialect) {
        this.dialect = dialect;
    }

    /** Returns a client's message, within what the dialect's peers read. */
    byte[] write(Request request) {
        return request.accept(this);
    }

    /** Returns a server's message, within what the dialect's peers read. */
    byte[] write(Response response) {
        return response.accept(this);
    }

    @Override
    public byte[] visit(HandshakeRequest request) {
        return request(Names.HANDSHAKE, json -> json.writeStringField(Names.SECURITY, request.secret()));
    }

    @Override
    public byte[] visit(HelloRequest request) {
        return request(Names.HANDSHAKE, json -> {
            json.writeStringField(Names.SECURITY, "");
            json.writeNumberField(Names.VERSION, MessageCodec.VERSION);
            json.writeStringField(Names.CLIENT_NONCE, request.nonce().toBase64());
            json.writeStringField(Names.ID, request.device().value());
            writeFeatures(json, request.features());
        });
    }

    @Override
    public byte[] visit(ProofRequest request) {
        return request(Names.HANDSHAKE, json -> {
            json.writeStringField(Names.SECURITY, "");
            json.writeStringField(Names.PROOF, request.proof().toBase64());
        });
    }

    @Override
    public byte[] visit(HeaderRequest request) {
        return request(Names.HEADER, json -> {
            if (request.board().isPresent()) {
                Board board = request.board().get();
                json.writeStringField(Names.PRODUCT, board.product().value());
                json.writeStringField(
                        Names.INSTALLED,
                        board.installed().map(PackageName::value).orElse(""));
                if (board.standing().isPresent()) {
                    json.writeNumberField(Names.RELEASE, board.standing().get().release());
                    json.writeNumberField(Names.KEYS, board.standing().get().keys());
                }
                if (board.report().isPresent()) {
                    writeReport(json, board.report().get());
                }
            }
        });
    }

    @Override
    public byte[] visit(PackageRequest request) {
        return request(Names.PACKAGE, json -> {
            if (request.range().isPresent()) {
                Range range = request.range().get();
                json.writeStringField(Names.PRODUCT, range.product().value());
                json.writeStringField(Names.SHA256, range.sha256().hex());
                json.writeNumberField(Names.OFFSET, range.offset());
            }
        });
    }

    @Override
    public byte[] visit(PlanRequest request) {
        return request(Names.PLAN, json -> {
            json.writeStringField(Names.PRODUCT, request.product().value());
            json.writeStringField(Names.WANT, request.want().hex());
            if (request.base().isPresent()) {
                json.writeStringField(Names.BASE, request.base().get().hex());
            }
            if (!request.damaged().isEmpty()) {
                json.writeStringField(Names.DAMAGED, request.damaged().toString());
            }
            json.writeArrayFieldStart(Names.CODINGS);
            for (String coding : new TreeSet<>(request.codings())) {
                json.writeString(coding);
            }
            json.writeEndArray();
            if (request.resumed().isPresent()) {
                json.writeStringField(Names.PLAN, request.resumed().get().hex());
            }
            if (request.offset().isPresent()) {
                json.writeNumberField(Names.OFFSET, request.offset().getAsLong());
            }
        });
    }

    @Override
    public byte[] visit(ExitRequest request) {
        return request(Names.EXIT, json -> {});
    }

    @Override
    public byte[] visit(ConnectedResponse response) {
        return response(Names.CONNECTED, json -> {
            if (response.proof().isPresent()) {
                json.writeStringField(Names.PROOF, response.proof().get().toBase64());
            }
        });
    }

    @Override
    public byte[] visit(ChallengeResponse response) {
        return response(Names.CHALLENGE, json -> {
            json.writeNumberField(Names.VERSION, MessageCodec.VERSION);
            json.writeStringField(Names.SERVER_NONCE, response.nonce().toBase64());
            json.writeStringField(Names.SALT, response.salt().toBase64());
            json.writeNumberField(Names.ITERATIONS, response.iterations());
            writeFeatures(json, response.features());
        });
    }

    @Override
    public byte[] visit(HeaderResponse response) {
        return response(Names.HEADER, json -> {
            json.writeStringField(
                    Names.LATEST,
                    response.offer().map(offer -> offer.name().value()).orElse(""));
            Optional<Response.Content> content = response.offer().flatMap(Response.Offer::content);
            if (content.isPresent()) {
                json.writeNumberField(Names.SIZE, content.get().size());
                json.writeStringField(Names.SHA256, content.get().sha256().hex());
            }
            Optional<SignedMetadata> signed = response.offer().flatMap(Response.Offer::signed);
            if (signed.isPresent()) {
                writeMetadata(json, signed.get());
            }
            if (response.now().isPresent()) {
                json.writeNumberField(Names.NOW, response.now().getAsLong());
            }
            if (response.nextPoll().isPresent()) {
                json.writeNumberField(Names.NEXT_POLL, response.nextPoll().get().toSeconds());
            }
        });
    }

    @Override
    public byte[] visit(PackageResponse response) {
        return response(Names.PACKAGE, json -> {
            json.writeStringField(Names.LATEST, response.latest().value());
            if (dialect == Dialect.V1) {
                json.writeStringField(Names.SIZE, Long.toString(response.size()));
                json.writeStringField(Names.MD5, response.digest().hex());
            } else {
                json.writeNumberField(Names.SIZE, response.size());
                json.writeStringField(Names.SHA256, response.digest().hex());
                json.writeNumberField(Names.OFFSET, response.offset());
                json.writeNumberField(Names.LENGTH, response.length());
            }
        });
    }

    @Override
    public byte[] visit(PlanResponse response) {
        return response(Names.PLAN, json -> {
            json.writeStringField(Names.WANT, response.want().hex());
            json.writeStringField(Names.PLAN, response.id().hex());
            json.writeNumberField(Names.SIZE, response.size());
            json.writeNumberField(Names.ADDED, response.change().added());
            json.writeNumberField(Names.CHANGED, response.change().changed());
            json.writeNumberField(Names.REMOVED, response.change().removed());
            if (response.body().isPresent()) {
                writeBody(json, response.body().get());
            }
            json.writeNumberField(Names.OFFSET, response.offset());
            json.writeNumberField(Names.LENGTH, response.length());
        });
    }

    @Override
    public byte[] visit(BusyResponse response) {
        return response(Names.BUSY, json -> {
            json.writeNumberField(Names.VERSION, MessageCodec.VERSION);
            json.writeNumberField(Names.RETRY_AFTER, response.retryAfter().toSeconds());
        });
    }

    @Override
    public byte[] visit(ErrorResponse response) {
        return response(Names.ERROR, json -> {
            if (dialect == Dialect.V2) {
                json.writeNumberField(Names.VERSION, MessageCodec.VERSION);
            }
            json.writeStringField(Names.REASON, response.reason());
        });
    }

    private static void writeReport(JsonGenerator json, Report report) throws IOException {
        json.writeStringField(Names.STATE, report.state().word());
        json.writeStringField(
                Names.ABOUT, report.about().map(PackageName::value).orElse(""));
        json.writeNumberField(Names.ABOUT_RELEASE, report.release());
        json.writeNumberField(Names.CODE, report.code());
    }

    private static void writeBody(JsonGenerator json, Body body) throws IOException {
        json.writeObjectFieldStart(Names.BODY);
        json.writeNumberField(Names.MANIFEST, body.manifest());
        json.writeNumberField(Names.PATCH, body.isPatch() ? 1 : 0);
        json.writeNumberField(Names.PLAN, body.plan());
        json.writeStringField(Names.SHA256, body.sha256().hex());
        json.writeEndObject();
    }

    private static void writeMetadata(JsonGenerator json, SignedMetadata signed) throws IOException {
        json.writeStringField(Names.METADATA, signed.bytes().toBase64());
        json.writeArrayFieldStart(Names.SIGNATURES);
        for (Signature signature : signed.signatures()) {
            json.writeString(signature.toText());
        }
        json.writeEndArray();
    }

    private static void writeFeatures(JsonGenerator json, Set<Feature> features) throws IOException {
        json.writeArrayFieldStart(Names.FEATURES);
        for (Feature feature : Feature.values()) {
            if (features.contains(feature)) {
                json.writeString(feature.wireName());
            }
        }
        json.writeEndArray();
    }

    private byte[] request(String verb, JsonText.Members data) {
        return envelope(Names.REQUEST, verb, data);
    }

    private byte[] response(String kind, JsonText.Members data) {
        return envelope(Names.RESPONSE, kind, data);
    }

    private byte[] envelope(String key, String kind, JsonText.Members data) {
        byte[] message = dialect.text().object(json -> {
            json.writeStringField(key, kind);
            json.writeObjectFieldStart(Names.DATA);
            data.writeTo(json);
            json.writeEndObject();
        });
        if (message.length > dialect.maxBytes()) {
            throw new OtaException(
                    ErrorCode.MALFORMED_MESSAGE,
                    "a message has %d bytes, a peer of %s reads %d"
                            .formatted(message.length, dialect, dialect.maxBytes()));
        }
        return message;
    }
}
