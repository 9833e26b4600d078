package dev.otapair.client.session;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A server's half of the handshake, for the table's tests: knows a token, and nothing of channels. */
final class ProvingServer {
    static final ChallengeResponse CHALLENGE = new ChallengeResponse(
            Octets.ofBase64("EBESExQVFhcYGRobHB0eHw"),
            Octets.ofBase64("ICEiIyQlJicoKSorLC0uLw"),
            20_000,
            Set.of(Feature.values()));

    private final SessionCodec codec = SessionCodec.ofServer(new MessageCodec());
    private final TokenKey key;

    ProvingServer(String token) {
        this.key = TokenKey.derive(new Secret(token), CHALLENGE.salt(), CHALLENGE.iterations());
    }

    /** Hears the hello on {@code line} and returns the challenge as the client's codec reads it. */
    Response challenge(RecordingLine line, SessionCodec client) {
        List<byte[]> heard = line.frames();
        codec.decodeRequest(heard.get(0));
        return client.decodeResponse(codec.encode(CHALLENGE));
    }

    /** Returns the proof that a client with the same token has. */
    Octets expectedProof() {
        return key.proof(Role.CLIENT, transcript());
    }

    /** Returns the right answer to the client's proof. */
    ConnectedResponse connected() {
        return new ConnectedResponse(Optional.of(key.proof(Role.SERVER, transcript())));
    }

    /** Opens the client's first sealed message. */
    Request opened(byte[] frame) {
        codec.requireSeals(key.session(transcript()));
        return codec.decodeRequest(frame);
    }

    private Octets transcript() {
        return codec.transcript(new Octets());
    }
}
