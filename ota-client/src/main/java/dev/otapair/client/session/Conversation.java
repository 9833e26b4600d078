package dev.otapair.client.session;

import dev.otapair.protocol.auth.RandomBytes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.wire.ResponseReader;
import dev.otapair.protocol.wire.SessionCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** Lets a {@link ClientSession} talk over a link, and keeps its clock. One thread. */
final class Conversation implements ClientSession.Line, ResponseReader.Receiver {
    private static final Logger LOG = Loggers.of(Conversation.class);

    private final SessionCodec codec;
    private final ClientSession session;
    private final ResponseReader reader;
    private final LowSpeedGuard guard;
    private final LongSupplier clock;
    private final Link link;
    private RuntimeException failure;
    private boolean isClosed;
    private boolean hasDeadline;
    private long deadline;

    /** What carries bytes to the server. */
    interface Link {
        /**
         * Sends bytes, in the end.
         *
         * @param more whether others follow at once, with which they may travel
         * @throws IOException if the connection is known to be broken
         */
        void send(byte[] bytes, boolean more) throws IOException;

        /** Returns SHA-256 of the server's certificate, or nothing where there is no TLS. */
        Octets channelBinding();
    }

    /**
     * @param newSession makes the session that talks over this
     * @param clock like {@link System#nanoTime}
     */
    Conversation(
            Function<ClientSession.Line, ClientSession> newSession,
            SessionCodec codec,
            LowSpeedGuard guard,
            LongSupplier clock,
            Link link) {
        this.codec = codec;
        this.reader = new ResponseReader(codec, this);
        this.guard = guard;
        this.clock = clock;
        this.link = link;
        this.session = newSession.apply(this);
    }

    /** The link is there. */
    void connected() {
        attempt(session::connected);
    }

    /** Bytes came; {@code bytes} is read to its end, or to where nothing is wanted any more. */
    void arrived(ByteBuffer bytes) {
        attempt(() -> reader.read(bytes));
    }

    /** The server ended the connection. */
    void ended() {
        attempt(session::closed);
        isClosed = true;
    }

    /** The connection broke, or could not be made what it should be; the first failure is the one that counts. */
    void broke(RuntimeException cause) {
        if (!isClosed) {
            failure = cause;
            isClosed = true;
        }
    }

    /** As above. */
    void broke(IOException cause) {
        broke(lost(cause));
    }

    private static OtaException lost(IOException cause) {
        return new OtaException(ErrorCode.CONNECTION_LOST, "the connection broke: " + FileFault.why(cause), cause);
    }

    /** Looks at the clock: what is late, or too slow, has failed. */
    void look() {
        long now = clock.getAsLong();
        if (isListening() && hasDeadline && now - deadline >= 0) {
            attempt(session::expired);
        }
        if (isListening()) {
            attempt(() -> guard.look(now));
        }
    }

    /** Returns for how many nanoseconds nothing is due; above 0 while nothing is late. */
    long nanosUntilLook() {
        long now = clock.getAsLong();
        long left = hasDeadline ? deadline - now : Long.MAX_VALUE;
        return Math.min(left, guard.nanosUntilLook(now));
    }

    /** Says whether it goes on; once it does not the link is to be closed. */
    @Override
    public boolean isListening() {
        return !isClosed;
    }

    /** Returns what went wrong. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void received(Response response) {
        LOG.debug("<- {}", response);
        session.received(response);
    }

    @Override
    public void payload(ByteBuffer bytes, boolean last) {
        guard.count(bytes.remaining(), last, clock.getAsLong());
        session.payload(bytes, last);
    }

    @Override
    public Octets nonce() {
        return new Octets(RandomBytes.of(Request.HelloRequest.NONCE_BYTES));
    }

    @Override
    public Octets channelBinding() {
        return link.channelBinding();
    }

    /** Nobody waits for an exit: the server may be gone when all is said. */
    @Override
    public void send(Request request, boolean more) {
        LOG.debug("-> {}", request);
        try {
            link.send(codec.encode(request), more);
        } catch (IOException e) {
            if (!(request instanceof ExitRequest)) {
                throw lost(e);
            }
        }
    }

    @Override
    public void expectWithin(Duration time) {
        deadline = clock.getAsLong() + time.toNanos();
        hasDeadline = true;
    }

    @Override
    public void over() {
        isClosed = true;
    }

    private void attempt(Runnable step) {
        if (!isClosed) {
            try {
                step.run();
            } catch (RuntimeException e) {
                broke(e);
            }
        }
    }
}
