package dev.otapair.protocol.wire;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.Transcript;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;

/**
 * The messages of one session: knows which dialect is spoken, remembers the handshake to the byte, and seals and opens
 * what comes after it. One thread.
 *
 * @see "PROTOCOL.md, section 7: Version 2"
 */
public final class SessionCodec {
    private static final byte[] NOTHING = {};
    private static final MessageWriter V1 = new MessageWriter(Dialect.V1);
    private static final MessageWriter V2 = new MessageWriter(Dialect.V2);

    private final MessageCodec codec;
    private final Role self;
    private Dialect dialect;
    private byte[] hello = NOTHING;
    private byte[] challenge = NOTHING;
    private SealedFrames sent;
    private SealedFrames received;

    private SessionCodec(MessageCodec codec, Role self, Dialect dialect) {
        this.codec = codec;
        this.self = self;
        this.dialect = dialect;
    }

    /** Returns the server's end of a session: v1 until a client says hello. */
    public static SessionCodec ofServer(MessageCodec codec) {
        return new SessionCodec(codec, Role.SERVER, Dialect.V1);
    }

    /** Returns the client's end of a session: v2 until {@link #speakV1}. */
    public static SessionCodec ofClient(MessageCodec codec) {
        return new SessionCodec(codec, Role.CLIENT, Dialect.V2);
    }

    /** Goes on in v1, because the peer knows nothing else. */
    public void speakV1() {
        dialect = Dialect.V1;
    }

    /**
     * Returns the digest of the handshake so far.
     *
     * @param channelBinding SHA-256 of the server's certificate under TLS, else empty
     * @throws OtaException {@link ErrorCode#UNEXPECTED_MESSAGE} before hello and challenge have passed
     */
    public Octets transcript(Octets channelBinding) {
        if (hello.length == 0 || challenge.length == 0) {
            throw new OtaException(ErrorCode.UNEXPECTED_MESSAGE, "a proof came before hello and challenge");
        }
        return Transcript.of(hello, challenge, channelBinding);
    }

    /** Seals every message that is sent from now on. */
    public void sealSent(SessionKey key) {
        sent = new SealedFrames(key, self);
    }

    /** Requires a good seal of every message that comes from now on. */
    public void requireSeals(SessionKey key) {
        received = new SealedFrames(key, self == Role.SERVER ? Role.CLIENT : Role.SERVER);
    }

    /**
     * Reads a client's message.
     *
     * @param frame one whole object
     * @throws OtaException SEAL_REJECTED, MALFORMED_MESSAGE or UNKNOWN_REQUEST
     */
    public Request decodeRequest(byte[] frame) {
        Request request = codec.decodeRequest(open(frame), dialect);
        if (request instanceof HelloRequest) {
            hello = frame;
            dialect = Dialect.V2;
        }
        return request;
    }

    /**
     * Reads a server's message.
     *
     * @param frame one whole object
     * @throws OtaException SEAL_REJECTED or MALFORMED_MESSAGE
     */
    public Response decodeResponse(byte[] frame) {
        Response response = codec.decodeResponse(open(frame), dialect);
        if (response instanceof ChallengeResponse) {
            challenge = frame;
        }
        return response;
    }

    /** Writes a client's message. */
    public byte[] encode(Request request) {
        byte[] message = writer().write(request);
        if (request instanceof HelloRequest) {
            hello = message;
        }
        return seal(message);
    }

    /** Writes a server's message. */
    public byte[] encode(Response response) {
        byte[] message = writer().write(response);
        if (response instanceof ChallengeResponse) {
            challenge = message;
        }
        // The proof of a server goes ahead of the seals, however early those were asked for.
        return response instanceof ConnectedResponse ? message : seal(message);
    }

    private MessageWriter writer() {
        return dialect == Dialect.V1 ? V1 : V2;
    }

    private byte[] seal(byte[] message) {
        return sent == null ? message : sent.seal(message);
    }

    private byte[] open(byte[] frame) {
        return received == null ? frame : received.open(frame);
    }
}
