package dev.otapair.client.session;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;
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
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One conversation with a server, as a state machine: no sockets, no clock, no threads. What the server may say in which
 * phase, and what follows:
 *
 * <pre>
 * phase      allowed     next       says            waits
 * HANDSHAKE  connected   HEADER     header          responseTimeout
 * HEADER     header      PACKAGE    package         responseTimeout   or OVER, exit: nothing wanted
 * PACKAGE    package     PAYLOAD    -               readTimeout       or OVER: not wanted
 * PAYLOAD    bytes       PAYLOAD    -               readTimeout
 * PAYLOAD    last bytes  OVER       exit            -
 * any        error       OVER       exit            -                 fails by the reason
 * any        the rest    OVER       -               -                 fails
 * </pre>
 *
 * Failures are thrown; after one the session is over.
 *
 * @see "PROTOCOL.md, section 5: Sessions"
 */
public final class ClientSession {
    private final Secret secret;
    private final Timeouts timeouts;
    private final Visit visit;
    private final Line line;
    private Phase phase = Phase.HANDSHAKE;

    /**
     * How long the server may take.
     *
     * @param handshake from the connection to the answer to the handshake
     * @param response for each other answer
     * @param read silence within a package
     */
    public record Timeouts(Duration handshake, Duration response, Duration read) {}

    /** The way to the server. */
    public interface Line {
        /** Sends one message. */
        void send(Request request);

        /** Starts the clock anew: something must come within this time. */
        void expectWithin(Duration time);

        /** The conversation has ended well; the connection can be closed once all is sent. */
        void over();
    }

    /** @param visit told what comes; {@code line} is used only from within the methods below */
    public ClientSession(Secret secret, Timeouts timeouts, Visit visit, Line line) {
        this.secret = secret;
        this.timeouts = timeouts;
        this.visit = visit;
        this.line = line;
    }

    /** The connection is there. */
    public void connected() {
        line.send(new HandshakeRequest(secret.reveal()));
        line.expectWithin(timeouts.handshake());
    }

    /** A message came. */
    public void received(Response response) {
        if (phase == Phase.OVER) {
            return;
        }
        if (response instanceof ErrorResponse error) {
            phase = Phase.OVER;
            line.send(new ExitRequest());
            throw refused(error);
        }
        if (phase == Phase.HANDSHAKE && response instanceof ConnectedResponse) {
            ask(new HeaderRequest(), Phase.HEADER);
        } else if (phase == Phase.HEADER && response instanceof HeaderResponse header) {
            offered(header);
        } else if (phase == Phase.PACKAGE && response instanceof PackageResponse announced) {
            announced(announced);
        } else {
            throw failed(
                    ErrorCode.UNEXPECTED_MESSAGE,
                    "the server said '%s', expected the answer to %s"
                            .formatted(LogText.ofPeer(response.toString()), phase));
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
        visit.payload(bytes);
        if (last) {
            leave();
        } else {
            line.expectWithin(timeouts.read());
        }
    }

    /** The connection ended; who ended it is not known. */
    public void closed() {
        if (phase != Phase.OVER) {
            throw failed(ErrorCode.CONNECTION_LOST, "the server ended the connection before the answer to " + phase);
        }
    }

    /** The time of the last {@link Line#expectWithin} is up. */
    public void expired() {
        if (phase != Phase.OVER) {
            throw failed(ErrorCode.TIMED_OUT, "nothing came from the server in time; it owes " + phase);
        }
    }

    private void offered(HeaderResponse header) {
        if (visit.offered(header.latest())) {
            ask(new PackageRequest(), Phase.PACKAGE);
        } else {
            leave();
        }
    }

    private void announced(PackageResponse announced) {
        if (visit.announced(announced)) {
            phase = Phase.PAYLOAD;
            line.expectWithin(timeouts.read());
        } else {
            phase = Phase.OVER;
            line.over();
        }
    }

    private void ask(Request request, Phase next) {
        phase = next;
        line.send(request);
        line.expectWithin(timeouts.response());
    }

    private void leave() {
        phase = Phase.OVER;
        line.send(new ExitRequest());
        line.over();
    }

    private OtaException failed(ErrorCode code, String message) {
        phase = Phase.OVER;
        return new OtaException(code, message);
    }

    /** A reason that is none of ours is some other server's word for no: a person has to read it. */
    private static OtaException refused(ErrorResponse error) {
        ErrorCode code = ErrorCode.ofReason(error.reason()).orElse(ErrorCode.UNEXPECTED_MESSAGE);
        String advice = code == ErrorCode.SECRET_REJECTED ? " Is 'security' the same on both ends?" : "";
        return new OtaException(code, "the server refused: " + LogText.ofPeer(error.reason()) + advice);
    }
}
