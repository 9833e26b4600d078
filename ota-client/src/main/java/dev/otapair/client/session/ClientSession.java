package dev.otapair.client.session;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.ChallengeResponse;
import dev.otapair.protocol.message.Response.ConnectedResponse;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.wire.SessionCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * One conversation with a server, as a state machine: no sockets, no clock, no threads. What the server may say in which
 * phase, and what follows:
 *
 * <pre>
 * phase      allowed      next       says                  waits
 * CHALLENGE  challenge    PROOF      proof, header         response
 * CHALLENGE  connected*   HEADER     header                response    only where v1 is allowed
 * CHALLENGE  error**      HANDSHAKE  handshake             handshake   only where v1 is allowed
 * PROOF      connected    HEADER     -                     response    its proof must be right
 * HANDSHAKE  connected*   HEADER     header                response
 * HEADER     header       PACKAGE    package               response    or OVER, exit: nothing wanted
 * HEADER     header       PLAN       plan                  response    where both ends know plans
 * PACKAGE    package      PAYLOAD    -                     read        or OVER: not wanted
 * PACKAGE    package      HEADER     header                response    not what was offered; 3 times
 * PLAN       plan         PAYLOAD    -                     read        or OVER, HEADER: as for a package
 * PLAN       error***     PACKAGE    package               response    or OVER, exit
 * PLAN       busy         OVER       exit                  -           where the visit does without, as a check; or PACKAGE
 * PAYLOAD    bytes        PAYLOAD    -                     read        or OVER: enough
 * PAYLOAD    last bytes   OVER       exit                  -
 * any        busy         OVER       -                     -           fails: SERVER_BUSY
 * any        error        OVER       exit                  -           fails by the reason
 * any        the rest     OVER       -                     -           fails
 *
 * *  without a proof   ** v1's reason for a wrong token, and nothing else in it   *** that there is none
 * </pre>
 *
 * Failures are thrown; after one the session is over.
 *
 * @see "PROTOCOL.md, sections 5 and 7: Sessions"
 */
public final class ClientSession {
    private static final int MAX_ASKED = 3;

    private final Credentials credentials;
    private final Timeouts timeouts;
    private final Visit visit;
    private final SessionCodec codec;
    private final Line line;
    private Phase phase = Phase.CHALLENGE;
    private boolean isLegacy;
    private Set<Feature> features = Set.of();
    private TokenKey key;
    private Octets transcript;
    private int asked;
    private String receiving = "";
    private long receivedBefore;
    private long toReceive;
    private long received;

    /**
     * How long the server may take.
     *
     * @param handshake from a v1 handshake to its answer: the wait for a place among others
     * @param response for each other answer
     * @param read silence within a package
     */
    public record Timeouts(Duration handshake, Duration response, Duration read) {}

    /** The way to the server. */
    public interface Line {
        /** Returns 16 bytes that nobody could foresee. */
        Octets nonce();

        /** Returns SHA-256 of the server's certificate, or nothing where there is no TLS. */
        Octets channelBinding();

        /** Sends one message; together with the next one if {@code more} is to come at once. */
        void send(Request request, boolean more);

        /** Starts the clock anew: something must come within this time. */
        void expectWithin(Duration time);

        /** The conversation has ended well; the connection can be closed once all is sent. */
        void over();
    }

    /**
     * @param visit told what comes
     * @param codec spells the messages that pass {@code line}
     * @param line used only from within the methods below
     */
    public ClientSession(Credentials credentials, Timeouts timeouts, Visit visit, SessionCodec codec, Line line) {
        this.credentials = credentials;
        this.timeouts = timeouts;
        this.visit = visit;
        this.codec = codec;
        this.line = line;
    }

    /** The connection is there. */
    public void connected() {
        line.send(new HelloRequest(line.nonce(), credentials.device(), EnumSet.allOf(Feature.class)), false);
        line.expectWithin(timeouts.response());
    }

    /** A message came. */
    public void received(Response response) {
        if (phase == Phase.OVER) {
            return;
        }
        if (response instanceof ErrorResponse error) {
            refused(error);
        } else if (response instanceof BusyResponse && phase == Phase.PLAN && visit.unplanned(true)) {
            askForWanted();
        } else if (response instanceof BusyResponse busy) {
            throw failed(new OtaException(
                    ErrorCode.SERVER_BUSY,
                    "the server is busy and asks to come again in %d s"
                            .formatted(busy.retryAfter().toSeconds()),
                    busy.retryAfter()));
        } else if (phase == Phase.CHALLENGE && response instanceof ChallengeResponse challenge) {
            prove(challenge);
        } else if (response instanceof ConnectedResponse connected) {
            connected(connected);
        } else if (phase == Phase.HEADER && response instanceof HeaderResponse header) {
            offered(header);
        } else if (phase == Phase.PACKAGE && response instanceof PackageResponse announced) {
            receiveUnless(
                    visit.announced(announced), announced.latest().toString(), announced.offset(), announced.size());
        } else if (phase == Phase.PLAN && response instanceof PlanResponse announced) {
            receiveUnless(
                    visit.planned(announced),
                    "what is missing",
                    0,
                    announced.following().orElseThrow());
        } else {
            throw unexpected(response);
        }
    }

    /**
     * Bytes of the package came.
     *
     * @param last whether the package ends with them
     */
    public void payload(ByteBuffer bytes, boolean last) {
        if (phase != Phase.PAYLOAD) {
            return;
        }
        received += bytes.remaining();
        boolean wantsMore = visit.payload(bytes);
        if (last) {
            leave();
        } else if (!wantsMore) {
            phase = Phase.OVER;
            line.over();
        } else {
            line.expectWithin(timeouts.read());
        }
    }

    /** The connection ended; who ended it is not known. */
    public void closed() {
        if (phase != Phase.OVER) {
            String when = phase == Phase.PAYLOAD ? "after " + arrived() : "before " + phase.owed();
            throw failed(ErrorCode.CONNECTION_LOST, "the server ended the connection " + when);
        }
    }

    /** The time of the last {@link Line#expectWithin} is up. */
    public void expired() {
        if (phase != Phase.OVER) {
            String when = phase == Phase.PAYLOAD ? " after " + arrived() : "; it owes " + phase.owed();
            throw failed(ErrorCode.TIMED_OUT, "nothing came from the server in time" + when);
        }
    }

    /** Proof and first question travel together; nothing of the answer counts before the server's own proof does. */
    private void prove(ChallengeResponse challenge) {
        features = challenge.features();
        key = credentials.keys().of(credentials.secret(), challenge.salt(), challenge.iterations());
        transcript = codec.transcript(line.channelBinding());
        line.send(new ProofRequest(key.proof(Role.CLIENT, transcript)), true);
        codec.sealSent(key.session(transcript));
        line.send(headerRequest(), false);
        phase = Phase.PROOF;
        line.expectWithin(timeouts.response());
    }

    private void connected(ConnectedResponse connected) {
        if (phase == Phase.PROOF && connected.proof().isPresent()) {
            believe(connected.proof().get());
        } else if (phase == Phase.CHALLENGE && connected.proof().isEmpty()) {
            requireLegacyAllowed();
            ask(headerRequest(), Phase.HEADER);
        } else if (phase == Phase.HANDSHAKE && connected.proof().isEmpty()) {
            ask(headerRequest(), Phase.HEADER);
        } else {
            throw unexpected(connected);
        }
    }

    private void believe(Octets proof) {
        if (!key.proof(Role.SERVER, transcript).equals(proof)) {
            throw failed(
                    ErrorCode.SERVER_NOT_PROVEN,
                    "the server does not know the token, or somebody stands between: its proof is wrong");
        }
        codec.requireSeals(key.session(transcript));
        credentials.trust().proven();
        phase = Phase.HEADER;
        line.expectWithin(timeouts.response());
    }

    private void requireLegacyAllowed() {
        if (!credentials.trust().allowsLegacy()) {
            throw failed(ErrorCode.LEGACY_SERVER, credentials.trust().whyNoLegacy());
        }
        isLegacy = true;
        codec.speakV1();
    }

    private void offered(HeaderResponse header) {
        if (visit.offered(header)) {
            askForWanted();
        } else {
            leave();
        }
    }

    private void askForWanted() {
        Optional<Request> wanted = visit.wanted(features);
        if (wanted.isEmpty()) {
            leave();
        } else {
            ask(wanted.get(), wanted.get() instanceof PlanRequest ? Phase.PLAN : Phase.PACKAGE);
        }
    }

    private void askAgain() {
        asked++;
        if (asked > MAX_ASKED) {
            throw failed(
                    ErrorCode.PACKAGE_UNAVAILABLE,
                    "the offer changed %d times while its package was asked for".formatted(asked));
        }
        ask(headerRequest(), Phase.HEADER);
    }

    private void receiveUnless(Visit.Decision decision, String what, long before, long size) {
        switch (decision) {
            case RECEIVE -> {
                receiving = what;
                receivedBefore = before;
                toReceive = size;
                phase = Phase.PAYLOAD;
                line.expectWithin(timeouts.read());
            }
            case ASK_AGAIN -> askAgain();
            case LEAVE -> {
                phase = Phase.OVER;
                line.over();
            }
        }
    }

    private HeaderRequest headerRequest() {
        return new HeaderRequest(isLegacy ? Optional.empty() : Optional.of(visit.board()));
    }

    private void ask(Request request, Phase next) {
        phase = next;
        line.send(request, false);
        line.expectWithin(timeouts.response());
    }

    private void leave() {
        phase = Phase.OVER;
        line.send(new ExitRequest(), false);
        line.over();
    }

    private void refused(ErrorResponse error) {
        ErrorCode code = meant(error.reason());
        if (phase == Phase.CHALLENGE && code == ErrorCode.SECRET_REJECTED && error.bare()) {
            requireLegacyAllowed();
            phase = Phase.HANDSHAKE;
            line.send(new HandshakeRequest(credentials.secret().reveal()), false);
            line.expectWithin(timeouts.handshake());
            return;
        }
        if (phase == Phase.PLAN && code == ErrorCode.PACKAGE_UNAVAILABLE && visit.unplanned(false)) {
            askForWanted();
            return;
        }
        phase = Phase.OVER;
        line.send(new ExitRequest(), false);
        // A reason that is none of ours is some other server's word for no: a person has to read it.
        String advice = code == ErrorCode.SECRET_REJECTED ? " Is 'security' the same on both ends?" : "";
        throw new OtaException(code, "the server refused: " + LogText.ofPeer(error.reason()) + advice);
    }

    /** What broke on the server's side is no failure of this board's disk. */
    private static ErrorCode meant(String reason) {
        ErrorCode code = ErrorCode.ofReason(reason).orElse(ErrorCode.UNEXPECTED_MESSAGE);
        return code == ErrorCode.IO_ERROR ? ErrorCode.PACKAGE_UNAVAILABLE : code;
    }

    private OtaException unexpected(Response response) {
        return failed(
                ErrorCode.UNEXPECTED_MESSAGE,
                "the server said '%s', expected %s".formatted(LogText.ofPeer(response.toString()), phase.owed()));
    }

    private String arrived() {
        return "%d of %d bytes of %s".formatted(receivedBefore + received, toReceive, receiving);
    }

    private OtaException failed(ErrorCode code, String message) {
        return failed(new OtaException(code, message));
    }

    private OtaException failed(OtaException failure) {
        phase = Phase.OVER;
        return failure;
    }
}
