package dev.otapair.server.session;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.wire.SessionCodec;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.TokenKeys;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The server's side of the v2 handshake: one challenge, one proof each way, then sealed messages. One per session; after
 * {@link #open} has completed, for the channel's thread alone.
 *
 * @see "PROTOCOL.md, section 7.2: Proofs"
 */
final class Challenge {
    private final ServerConfig.Access access;
    private final Set<Feature> offered;
    private final TokenKeys keys;
    private final SecureRandom random;
    private final SessionCodec codec;
    private final Supplier<Octets> channelBinding;
    private Optional<DeviceId> device = Optional.empty();
    private TokenKey key;
    private Octets transcript;

    /**
     * @param offered what boards may use
     * @param channelBinding SHA-256 of the certificate when the session runs under TLS, else empty
     */
    Challenge(
            ServerConfig.Access access,
            Set<Feature> offered,
            TokenKeys keys,
            SecureRandom random,
            SessionCodec codec,
            Supplier<Octets> channelBinding) {
        this.access = access;
        this.offered = offered;
        this.keys = keys;
        this.random = random;
        this.codec = codec;
        this.channelBinding = channelBinding;
    }

    /**
     * Makes the challenge for a board. Boards that are not known get one as well, which they cannot meet.
     *
     * @throws OtaException UNEXPECTED_MESSAGE if there was a challenge before
     */
    CompletionStage<ChallengeResponse> open(HelloRequest hello) {
        if (device.isPresent()) {
            throw new OtaException(ErrorCode.UNEXPECTED_MESSAGE, "a second hello came");
        }
        device = Optional.of(hello.device());
        Set<Feature> agreed = EnumSet.copyOf(offered);
        agreed.retainAll(hello.features());
        byte[] nonce = new byte[HelloRequest.NONCE_BYTES];
        random.nextBytes(nonce);
        ChallengeResponse question =
                new ChallengeResponse(new Octets(nonce), keys.salt(), TokenKeys.ITERATIONS, agreed);
        return keyOf(hello.device()).thenApply(known -> {
            key = known;
            return question;
        });
    }

    /** Says whether a board said hello. */
    boolean isOpen() {
        return device.isPresent();
    }

    /**
     * Says whether the proof is right.
     *
     * @throws OtaException UNEXPECTED_MESSAGE if there was no challenge
     */
    boolean isAnswered(ProofRequest proof) {
        transcript = codec.transcript(channelBinding.get());
        return key.proof(Role.CLIENT, transcript).equals(proof.proof());
    }

    /** Returns the server's own proof; to be asked after a right answer. */
    Octets proof() {
        return key.proof(Role.SERVER, transcript);
    }

    void requireSeals() {
        codec.requireSeals(key.session(transcript));
    }

    void sealAnswers() {
        codec.sealSent(key.session(transcript));
    }

    /** Returns who wants in. */
    String device() {
        return device.map(DeviceId::value).orElse("(none)");
    }

    /** Returns who was let in; to be asked after a right answer. */
    DeviceId board() {
        return device.orElseThrow();
    }

    private CompletionStage<TokenKey> keyOf(DeviceId id) {
        Optional<Secret> secret = access.devices().isPresent()
                ? Optional.ofNullable(access.devices().get().get(id))
                : Optional.of(access.secret());
        return secret.map(keys::of).orElseGet(() -> CompletableFuture.completedFuture(keys.ofNobody()));
    }
}
