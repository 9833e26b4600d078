package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.TokenKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** T3, T13, T23 without a network. */
class ChallengeTest {
    private static final String HELLO =
            "{\"request\":\"handshake\",\"data\":{\"security\":\"\",\"v\":2,\"cn\":\"AAECAwQFBgcICQoLDA0ODw\","
                    + "\"id\":\"%s\",\"caps\":[\"sig\",\"resume\"]}}";

    @TempDir
    private Path folder;

    private final SessionCodec codec = SessionCodec.ofServer(new MessageCodec());
    private ChallengeResponse question;

    private Challenge challenge(Optional<Map<DeviceId, Secret>> devices) {
        return new Challenge(
                new ServerConfig.Access(new Secret("password"), devices, true),
                EnumSet.allOf(Feature.class),
                keys(),
                new Counting(),
                codec,
                Octets::new);
    }

    private TokenKeys keys() {
        try {
            Files.writeString(folder.resolve("token-keys"), "ota-token-keys/1\nsalt=ICEiIyQlJicoKSorLC0uLw\n");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return new TokenKeys(folder, new DurableFiles(), Runnable::run);
    }

    private String open(Challenge challenge, String id) {
        HelloRequest hello =
                (HelloRequest) codec.decodeRequest(HELLO.formatted(id).getBytes(StandardCharsets.US_ASCII));
        question = challenge.open(hello).toCompletableFuture().join();
        return new String(codec.encode(question), StandardCharsets.US_ASCII);
    }

    private boolean isAnswered(Challenge challenge, String token) {
        Octets proof = TokenKey.derive(new Secret(token), question.salt(), question.iterations())
                .proof(Role.CLIENT, codec.transcript(new Octets()));
        return challenge.isAnswered(new ProofRequest(proof));
    }

    /** Of PROTOCOL.md 7.2, but for the feature that we do not have: the challenge is ours to choose. */
    @Test
    void flowIsThatOfTheText() {
        Challenge challenge = challenge(Optional.empty());

        assertThat(open(challenge, "board-17"))
                .isEqualTo("{\"response\":\"challenge\",\"data\":{\"v\":2,\"sn\":\"EBESExQVFhcYGRobHB0eHw\","
                        + "\"salt\":\"ICEiIyQlJicoKSorLC0uLw\",\"iter\":20000,\"caps\":[\"resume\"]}}");
        assertThat(isAnswered(challenge, "password")).isTrue();
        Octets expected = TokenKey.derive(new Secret("password"), question.salt(), 20_000)
                .proof(Role.SERVER, codec.transcript(new Octets()));
        assertThat(challenge.proof()).isEqualTo(expected);
    }

    @Test
    void messagesAreSealedAfterTheProofsAndNotBefore() {
        Challenge challenge = challenge(Optional.empty());
        open(challenge, "board-17");
        isAnswered(challenge, "password");
        challenge.requireSeals();

        String connected = new String(
                codec.encode(new ConnectedResponse(Optional.of(challenge.proof()))), StandardCharsets.US_ASCII);
        challenge.sealAnswers();
        String next = new String(codec.encode(question), StandardCharsets.US_ASCII);

        assertThat(connected).doesNotContain("\"mac\"");
        assertThat(next).contains(",\"mac\":\"");
    }

    @Test
    void wrongTokenIsNoAnswer() {
        Challenge challenge = challenge(Optional.empty());
        open(challenge, "board-17");

        assertThat(isAnswered(challenge, "Password")).isFalse();
    }

    @Test
    void proofForTheServersRoleIsNoAnswer() {
        Challenge challenge = challenge(Optional.empty());
        open(challenge, "board-17");
        Octets reflected = TokenKey.derive(new Secret("password"), question.salt(), 20_000)
                .proof(Role.SERVER, codec.transcript(new Octets()));

        assertThat(challenge.isAnswered(new ProofRequest(reflected))).isFalse();
    }

    @Test
    void boardThatIsNotListedGetsAChallengeItCannotMeet() {
        Challenge challenge = challenge(Optional.of(Map.of(new DeviceId("board-18"), new Secret("eighteen"))));

        assertThat(open(challenge, "board-17")).contains("\"salt\":\"ICEiIyQlJicoKSorLC0uLw\",\"iter\":20000");
        assertThat(isAnswered(challenge, "eighteen")).isFalse();
        assertThat(isAnswered(challenge, "password")).isFalse();
        assertThat(isAnswered(challenge, "")).isFalse();
    }

    @Test
    void listedBoardHasItsOwnTokenOnly() {
        Challenge challenge = challenge(Optional.of(Map.of(new DeviceId("board-18"), new Secret("eighteen"))));
        open(challenge, "board-18");

        assertThat(isAnswered(challenge, "password")).isFalse();
        assertThat(isAnswered(challenge, "eighteen")).isTrue();
    }

    @Test
    void emptyListLetsNobodyIn() {
        Challenge challenge = challenge(Optional.of(Map.of()));
        open(challenge, "board-17");

        assertThat(isAnswered(challenge, "password")).isFalse();
    }

    @Test
    void secondHelloIsUnexpected() {
        Challenge challenge = challenge(Optional.empty());
        open(challenge, "board-17");

        assertThatThrownBy(() -> open(challenge, "board-17"))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.UNEXPECTED_MESSAGE));
    }

    @Test
    void proofWithoutAHelloIsUnexpected() {
        Challenge challenge = challenge(Optional.empty());

        assertThatThrownBy(() -> challenge.isAnswered(new ProofRequest(new Octets(new byte[32]))))
                .isInstanceOf(OtaException.class);
    }

    /** The nonce of the text. */
    private static final class Counting extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (0x10 + i);
            }
        }
    }
}
