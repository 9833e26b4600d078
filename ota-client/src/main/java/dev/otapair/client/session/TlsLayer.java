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
    private final SSLEngine engine;
    private ByteBuffer plain;
    private boolean isEstablished;
    private boolean isEnded;

    TlsLayer(SSLEngine engine) {
        this.engine = engine;
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

    /** Returns what the handshake begins with. */
    ByteBuffer begin() throws SSLException {
        engine.beginHandshake();
        return goOn();
    }

    /** Returns what the handshake, or its end, has to say now. */
    ByteBuffer goOn() throws SSLException {
        Records records = new Records();
        while (engine.getHandshakeStatus() != HandshakeStatus.NEED_UNWRAP && needsWork(records)) {
            // needsWork has done some.
        }
        return records.flipped();
    }

    /** Returns what tells the server that nothing more comes. */
    ByteBuffer end() throws SSLException {
        engine.closeOutbound();
        return goOn();
    }

    /** Returns the records of some bytes, all of which are read. */
    ByteBuffer wrap(ByteBuffer bytes) throws SSLException {
        Records records = new Records();
        while (bytes.hasRemaining()) {
            records.add(bytes);
        }
        return records.flipped();
    }

    /**
     * Reads the whole records of some bytes, or up to the end of the handshake; the rest stays in them.
     *
     * @param sink called with what was within, valid during the call only
     * @return records that are to be sent because of that
     */
    ByteBuffer unwrap(ByteBuffer bytes, Consumer<ByteBuffer> sink) throws SSLException {
        Records records = new Records();
        boolean wasEstablished = isEstablished;
        while (!isEnded && isEstablished == wasEstablished) {
            if (needsWork(records)) {
                continue;
            }
            if (!bytes.hasRemaining()) {
                break;
            }
            SSLEngineResult result = engine.unwrap(bytes, plain);
            note(result);
            if (plain.position() > 0) {
                plain.flip();
                sink.accept(plain);
                plain.clear();
            }
            if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
                break;
            }
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
            }
            isEnded = result.getStatus() == Status.CLOSED;
        }
        return records.flipped();
    }

    /** Does what the engine waits for, but for bytes of the server; says whether there was something. */
    private boolean needsWork(Records records) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                    task.run();
                }
                return true;
            }
            case NEED_WRAP -> {
                return records.add(ByteBuffer.allocate(0)) != Status.CLOSED;
            }
            default -> {
                return false;
            }
        }
    }

    private void note(SSLEngineResult result) {
        isEstablished |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }

    /** Records that are to be sent. */
    private final class Records {
        private ByteBuffer bytes = ByteBuffer.allocate(0);

        Status add(ByteBuffer source) throws SSLException {
            bytes = roomier(engine.getSession().getPacketBufferSize());
            SSLEngineResult result = engine.wrap(source, bytes);
            note(result);
            return result.getStatus();
        }

        ByteBuffer flipped() {
            return bytes.flip();
        }

        private ByteBuffer roomier(int needed) {
            return bytes.remaining() >= needed
                    ? bytes
                    : ByteBuffer.allocate(bytes.position() + 2 * needed).put(bytes.flip());
        }
    }
}
