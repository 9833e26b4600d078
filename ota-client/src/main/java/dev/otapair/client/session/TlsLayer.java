package dev.otapair.client.session;

import dev.otapair.protocol.message.Octets;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/** A client's TLS between plain bytes and records, without a socket. One thread; what has thrown can only be told of by {@link #goOn}. */
final class TlsLayer {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final Consumer<ByteBuffer> outlet;
    private ByteBuffer plain;
    private boolean isEstablished;
    private boolean isEnded;

    /**
     * @param engine of a client; nothing has passed it yet
     * @param outlet given each record that is to be sent, in their order, to keep
     */
    TlsLayer(SSLEngine engine, Consumer<ByteBuffer> outlet) {
        this.engine = engine;
        this.outlet = outlet;
        this.plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    }

    /** Says whether the server is known, and bytes can pass. */
    boolean isEstablished() {
        return isEstablished;
    }

    /** Says whether the server has said that nothing more comes. */
    boolean isEnded() {
        return isEnded;
    }

    /** Returns SHA-256 of the server's certificate. */
    Octets certificateDigest() {
        return TlsClient.certificateDigest(engine.getSession());
    }

    /** Begins the handshake. */
    void begin() throws SSLException {
        engine.beginHandshake();
        goOn();
    }

    /** Says what the handshake, or its end, has to say now. */
    void goOn() throws SSLException {
        boolean goesOn = true;
        while (goesOn && engine.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP) {
            goesOn = work();
        }
    }

    /** Tells the server that nothing more comes. */
    void end() throws SSLException {
        engine.closeOutbound();
        goOn();
    }

    /** Sends some bytes, all of which are read. */
    void send(ByteBuffer bytes) throws SSLException {
        while (bytes.hasRemaining()) {
            if (wrap(bytes) == Status.CLOSED) {
                throw new SSLException("the connection is closed for what is sent");
            }
        }
    }

    /**
     * Reads the whole records of some bytes, or up to the end of the handshake; the rest stays in them.
     *
     * @param sink called with what was within, valid during the call only; it may {@link #send}
     */
    void receive(ByteBuffer bytes, Consumer<ByteBuffer> sink) throws SSLException {
        boolean wasEstablished = isEstablished;
        boolean goesOn = true;
        while (goesOn && !isEnded && isEstablished == wasEstablished) {
            goesOn = work() || bytes.hasRemaining() && unwrap(bytes, sink);
        }
    }

    /** Does what the engine waits for, but for bytes of the server; says whether there was something. */
    private boolean work() throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
                return true;
            }
            case NEED_WRAP -> {
                return wrap(NOTHING.duplicate()) != Status.CLOSED;
            }
            default -> {
                return false;
            }
        }
    }

    private Status wrap(ByteBuffer source) throws SSLException {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        SSLEngineResult result = engine.wrap(source, record);
        note(result);
        if (record.position() > 0) {
            outlet.accept(record.flip());
        }
        return result.getStatus();
    }

    /** Reads one record; says whether there may be more. */
    private boolean unwrap(ByteBuffer bytes, Consumer<ByteBuffer> sink) throws SSLException {
        SSLEngineResult result = engine.unwrap(bytes, plain);
        note(result);
        if (plain.position() > 0) {
            plain.flip();
            sink.accept(plain);
            plain.clear();
        }
        switch (result.getStatus()) {
            case BUFFER_UNDERFLOW -> {
                return false;
            }
            case BUFFER_OVERFLOW ->
                plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
            case CLOSED -> isEnded = true;
            default -> {
                // There may be more.
            }
        }
        return true;
    }

    private void note(SSLEngineResult result) {
        isEstablished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }
}
