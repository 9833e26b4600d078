package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
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
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * JSON to messages: with {@link MessageWriter} the one place that knows verbs, field names and the quirks of a dialect.
 * What it tolerates is in PROTOCOL.md. Stateless and thread-safe.
 *
 * @see "PROTOCOL.md, sections 3 and 7: Messages"
 */
public final class MessageCodec {
    /** The version this project speaks; a client of a later one still says what it can. */
    static final int VERSION = 2;

    private static final long MAX_VERSION = 1000;
    private static final long MAX_SECONDS = Integer.MAX_VALUE;

    private final JsonReader reader = new JsonReader();

    /**
     * Reads a client's message.
     *
     * @param json one whole object, without a seal
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE} or {@link ErrorCode#UNKNOWN_REQUEST}
     */
    Request decodeRequest(byte[] json, Dialect dialect) {
        Fields envelope = reader.read("message", json);
        String verb = envelope.text(Names.REQUEST);
        Fields data = data(envelope);
        return switch (verb) {
            case Names.HANDSHAKE -> handshake(data);
            case Names.HEADER -> new HeaderRequest(dialect == Dialect.V1 ? Optional.empty() : Optional.of(board(data)));
            case Names.PACKAGE ->
                new PackageRequest(dialect == Dialect.V1 ? Optional.empty() : Optional.of(range(data)));
            case Names.PLAN -> {
                if (dialect == Dialect.V1) {
                    throw unknown();
                }
                yield plan(data);
            }
            case Names.EXIT -> new ExitRequest();
            default -> throw unknown();
        };
    }

    /**
     * Reads a server's message.
     *
     * @param json one whole object, without a seal
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE}
     */
    Response decodeResponse(byte[] json, Dialect dialect) {
        Fields envelope = reader.read("message", json);
        String kind = envelope.text(Names.RESPONSE);
        if (kind.equals(Names.PLAN) && dialect == Dialect.V2) {
            return planFrom(envelope.object(Names.DATA));
        }
        Fields data = data(envelope);
        return switch (kind) {
            case Names.CONNECTED -> connected(data, dialect);
            case Names.CHALLENGE -> challenge(data);
            case Names.HEADER -> dialect == Dialect.V1 ? legacyHeader(data) : header(data);
            case Names.PACKAGE -> dialect == Dialect.V1 ? legacyPackage(data) : packageFrom(data);
            case Names.BUSY -> new BusyResponse(Duration.ofSeconds(data.number(Names.RETRY_AFTER, 0, MAX_SECONDS)));
            case Names.ERROR -> new ErrorResponse(data.text(Names.REASON), data.isOnly(Names.REASON));
            default -> throw envelope.wrong(Names.RESPONSE, "is none of the protocol's");
        };
    }

    private static OtaException unknown() {
        return new OtaException(ErrorCode.UNKNOWN_REQUEST, "the request is none of the protocol's");
    }

    /** A message that announces a body would be followed by bytes that this version has no use for. */
    private static Fields data(Fields envelope) {
        Fields data = envelope.object(Names.DATA);
        if (data.has(Names.BODY)) {
            throw data.wrong(Names.BODY, "is announced, which this message cannot have");
        }
        return data;
    }

    private static Request handshake(Fields data) {
        if (data.has(Names.VERSION)) {
            data.number(Names.VERSION, VERSION, MAX_VERSION);
            return data.value(
                    Names.CLIENT_NONCE,
                    nonce -> new HelloRequest(
                            Octets.ofBase64(nonce), data.value(Names.ID, DeviceId::new), features(data)));
        }
        if (data.has(Names.PROOF)) {
            return data.value(Names.PROOF, proof -> new ProofRequest(Octets.ofBase64(proof)));
        }
        return new HandshakeRequest(data.text(Names.SECURITY));
    }

    private static Board board(Fields data) {
        return new Board(
                data.value(Names.PRODUCT, Product::new),
                nameOrNone(data, Names.INSTALLED),
                data.has(Names.RELEASE) ? Optional.of(standing(data)) : Optional.empty(),
                data.has(Names.STATE) ? Optional.of(report(data)) : Optional.empty());
    }

    /** What goes with a state may be missing: a later client may have nothing to say there. */
    private static Report report(Fields data) {
        return new Report(
                data.value(Names.STATE, BoardState::new),
                data.has(Names.ABOUT) ? nameOrNone(data, Names.ABOUT) : Optional.empty(),
                data.has(Names.ABOUT_RELEASE) ? data.number(Names.ABOUT_RELEASE, 0, Standing.MAX_RELEASE) : 0,
                data.has(Names.CODE) ? (int) data.number(Names.CODE, 0, Report.MAX_CODE) : 0);
    }

    private static Optional<PackageName> nameOrNone(Fields data, String member) {
        return data.text(member).isEmpty() ? Optional.empty() : Optional.of(data.value(member, PackageName::new));
    }

    private static Standing standing(Fields data) {
        return new Standing(data.number(Names.RELEASE, 0, Standing.MAX_RELEASE), (int)
                data.number(Names.KEYS, 0, Standing.MAX_KEYS));
    }

    private static Range range(Fields data) {
        return new Range(
                data.value(Names.PRODUCT, Product::new),
                sha256(data),
                data.number(Names.OFFSET, 0, PackageResponse.MAX_SIZE));
    }

    private static PlanRequest plan(Fields data) {
        try {
            return new PlanRequest(
                    data.value(Names.PRODUCT, Product::new),
                    sha256(data, Names.WANT),
                    sha256OrNone(data, Names.BASE),
                    data.has(Names.DAMAGED) ? data.value(Names.DAMAGED, ObjectNumbers::parse) : ObjectNumbers.NONE,
                    Set.copyOf(data.texts(Names.CODINGS)),
                    sha256OrNone(data, Names.PLAN),
                    data.has(Names.OFFSET)
                            ? OptionalLong.of(data.number(Names.OFFSET, 0, PackageResponse.MAX_SIZE))
                            : OptionalLong.empty());
        } catch (IllegalArgumentException e) {
            throw data.wrong(Names.PLAN, "is refused: " + e.getMessage());
        }
    }

    private static PlanResponse planFrom(Fields data) {
        long size = size(data);
        Change change = new Change(
                data.number(Names.ADDED, 0, Change.MAX),
                data.number(Names.CHANGED, 0, Change.MAX),
                data.number(Names.REMOVED, 0, Change.MAX));
        long offset = data.number(Names.OFFSET, 0, size);
        try {
            return new PlanResponse(
                    sha256(data, Names.WANT),
                    sha256(data, Names.PLAN),
                    size,
                    change,
                    data.has(Names.BODY) ? Optional.of(body(data.object(Names.BODY))) : Optional.empty(),
                    offset,
                    data.number(Names.LENGTH, 0, size - offset));
        } catch (IllegalArgumentException e) {
            throw data.wrong(Names.LENGTH, "is refused: " + e.getMessage());
        }
    }

    private static Body body(Fields body) {
        return new Body(
                body.number(Names.MANIFEST, 0, Body.MAX_PART),
                body.number(Names.PATCH, 0, 1) == 1,
                body.number(Names.PLAN, 1, Body.MAX_PART),
                sha256(body));
    }

    /** A v1 server may say more, and still means v1; to a hello only empty data does. */
    private static Response connected(Fields data, Dialect dialect) {
        if (dialect == Dialect.V1 || data.isOnly()) {
            return new ConnectedResponse(Optional.empty());
        }
        return data.value(Names.PROOF, proof -> {
            Octets octets = Octets.ofBase64(proof);
            if (octets.length() != ProofRequest.PROOF_BYTES) {
                throw new IllegalArgumentException("not " + ProofRequest.PROOF_BYTES + " bytes");
            }
            return new ConnectedResponse(Optional.of(octets));
        });
    }

    private static Response challenge(Fields data) {
        data.number(Names.VERSION, VERSION, VERSION);
        int iterations =
                (int) data.number(Names.ITERATIONS, ChallengeResponse.MIN_ITERATIONS, ChallengeResponse.MAX_ITERATIONS);
        Octets salt = data.value(Names.SALT, Octets::ofBase64);
        return data.value(
                Names.SERVER_NONCE,
                nonce -> new ChallengeResponse(Octets.ofBase64(nonce), salt, iterations, features(data)));
    }

    private static Response legacyHeader(Fields data) {
        return new HeaderResponse(
                data.text(Names.LATEST).isEmpty() ? Optional.empty() : Optional.of(Offer.named(packageName(data))),
                OptionalLong.empty());
    }

    private static Response header(Fields data) {
        OptionalLong now = OptionalLong.of(data.number(Names.NOW, 0, Long.MAX_VALUE));
        Optional<Duration> nextPoll = data.has(Names.NEXT_POLL)
                ? Optional.of(Duration.ofSeconds(data.number(Names.NEXT_POLL, 0, MAX_SECONDS)))
                : Optional.empty();
        if (data.text(Names.LATEST).isEmpty()) {
            return new HeaderResponse(Optional.empty(), now, nextPoll);
        }
        Content content = new Content(size(data), sha256(data));
        Optional<SignedMetadata> signed = data.has(Names.METADATA) ? Optional.of(metadata(data)) : Optional.empty();
        return new HeaderResponse(
                Optional.of(new Offer(packageName(data), Optional.of(content), signed)), now, nextPoll);
    }

    private static SignedMetadata metadata(Fields data) {
        List<Signature> signatures = new ArrayList<>();
        try {
            for (String text : data.texts(Names.SIGNATURES)) {
                signatures.add(Signature.ofText(text));
            }
            return new SignedMetadata(Octets.ofBase64(data.text(Names.METADATA)), signatures);
        } catch (IllegalArgumentException e) {
            throw data.wrong(Names.METADATA, "or its signatures are refused: " + e.getMessage());
        }
    }

    private static Response legacyPackage(Fields data) {
        Digest md5 = data.value(Names.MD5, hex -> new Digest(Digest.Algorithm.MD5, hex));
        return PackageResponse.whole(packageName(data), data.decimalText(Names.SIZE), md5);
    }

    private static Response packageFrom(Fields data) {
        long size = size(data);
        long offset = data.number(Names.OFFSET, 0, size);
        long length = data.number(Names.LENGTH, 0, size - offset);
        try {
            return new PackageResponse(packageName(data), size, sha256(data), offset, length);
        } catch (IllegalArgumentException e) {
            throw data.wrong(Names.LENGTH, "is refused: " + e.getMessage());
        }
    }

    private static PackageName packageName(Fields data) {
        return data.value(Names.LATEST, PackageName::new);
    }

    private static long size(Fields data) {
        return data.number(Names.SIZE, 0, PackageResponse.MAX_SIZE);
    }

    private static Digest sha256(Fields data) {
        return sha256(data, Names.SHA256);
    }

    private static Digest sha256(Fields data, String member) {
        return data.value(member, hex -> new Digest(Digest.Algorithm.SHA256, hex));
    }

    private static Optional<Digest> sha256OrNone(Fields data, String member) {
        return data.has(member) ? Optional.of(sha256(data, member)) : Optional.empty();
    }

    private static Set<Feature> features(Fields data) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        for (String name : data.texts(Names.FEATURES)) {
            Feature.ofWireName(name).ifPresent(features::add);
        }
        return features;
    }
}
