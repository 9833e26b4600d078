package dev.otapair.client.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Octets;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;

/** One connection to a server, in the clear or within TLS, that waits for nothing longer than its conversation does. One thread, but for {@link #stop}. */
final class SocketLink implements Conversation.Link, Closeable {
    private static final Logger LOG = Loggers.of(SocketLink.class);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAX_LEAVING = 256 * 1024;
    private static final int READS_IN_A_ROW = 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Selector selector;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Optional<TlsLayer> tls;
    private final ByteBuffer arriving = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private ByteBuffer leaving = NOTHING;
    private volatile boolean isStopped;

    /** @param engine of TLS, for a client; nothing has passed it yet */
    SocketLink(Optional<SSLEngine> engine) throws IOException {
        this.tls = engine.map(made -> new TlsLayer(made, this::queue));
        this.selector = Selector.open();
        try {
            this.channel = SocketChannel.open();
            channel.configureBlocking(false);
            this.key = channel.register(selector, SelectionKey.OP_CONNECT);
        } catch (IOException e) {
            selector.close();
            throw e;
        }
    }

    /**
     * Connects.
     *
     * @return false if it was stopped
     * @throws IOException if there is no connection, or none in time
     */
    boolean connect(InetSocketAddress target, Duration timeout) throws IOException {
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean isConnected = connect(target);
        while (!isConnected && !isStopped) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new SocketTimeoutException("no answer within " + timeout.toSeconds() + " s");
            }
            select(left);
            isConnected = channel.finishConnect();
        }
        key.interestOps(SelectionKey.OP_READ);
        return !isStopped;
    }

    /** A board without IPv6 may find an address of that kind. */
    private boolean connect(InetSocketAddress target) throws IOException {
        try {
            return channel.connect(target);
        } catch (UnsupportedAddressTypeException e) {
            throw new IOException("this machine has no addresses of this kind", e);
        }
    }

    /**
     * Holds a conversation to its end; returns when it is over, or stopped.
     *
     * @param timeout for the handshake of TLS
     */
    void hold(Conversation conversation, Duration timeout) {
        try {
            if (tls.isPresent()) {
                shakeHands(tls.get(), conversation, timeout);
            }
            if (conversation.isListening() && !isStopped) {
                conversation.connected();
                // What came with the end of the handshake.
                take(conversation);
            }
            while (conversation.isListening() && !isStopped) {
                await(conversation.nanosUntilLook());
                receive(conversation);
                conversation.look();
            }
            tls.ifPresent(this::leave);
        } catch (OtaException e) {
            conversation.broke(e);
        } catch (SSLException e) {
            conversation.broke(told(e));
        } catch (IOException e) {
            conversation.broke(e);
        }
    }

    /** A handshake that fails is refused, and so is whom the server tells so later; else a record was damaged on the way. */
    private OtaException told(SSLException failure) {
        boolean isRefused = tls.filter(TlsLayer::isEstablished).isEmpty() || TlsClient.isAlert(failure);
        return isRefused
                ? TlsClient.refused(failure)
                : new OtaException(
                        ErrorCode.CONNECTION_LOST,
                        "a TLS record was damaged on the way: " + FileFault.why(failure),
                        failure);
    }

    @Override
    public void send(byte[] bytes, boolean more) throws IOException {
        if (tls.isPresent()) {
            tls.get().send(ByteBuffer.wrap(bytes));
        } else {
            queue(ByteBuffer.wrap(bytes));
        }
        if (!more) {
            flush();
        }
    }

    @Override
    public Octets channelBinding() {
        return tls.map(TlsLayer::certificateDigest).orElseGet(Octets::new);
    }

    /** Ends what goes on, soon. Any thread. */
    void stop() {
        isStopped = true;
        selector.wakeup();
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            selector.close();
        }
    }

    private void shakeHands(TlsLayer layer, Conversation conversation, Duration timeout) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        layer.begin();
        flush();
        while (!layer.isEstablished() && !isStopped) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new OtaException(ErrorCode.TIMED_OUT, "the server does not answer the TLS handshake");
            }
            await(left);
            boolean isEnd = channel.read(arriving) < 0;
            feed(layer, conversation);
            if (isEnd && !layer.isEstablished()) {
                throw new OtaException(ErrorCode.CONNECTION_LOST, "the connection ended within the TLS handshake");
            }
        }
    }

    /** Reads what is there, but not for ever: the clock wants to be looked at. */
    private void receive(Conversation conversation) throws IOException {
        for (int i = 0; i < READS_IN_A_ROW && conversation.isListening(); i++) {
            int length = channel.read(arriving);
            take(conversation);
            if (length < 0) {
                conversation.ended();
            }
            if (arriving.position() > 0 || length < BUFFER_BYTES) {
                return;
            }
        }
    }

    private void take(Conversation conversation) throws IOException {
        if (tls.isPresent()) {
            feed(tls.get(), conversation);
            if (tls.get().isEnded()) {
                conversation.ended();
            }
        } else {
            arriving.flip();
            conversation.arrived(arriving);
            arriving.clear();
        }
    }

    /** Takes records that are whole, and leaves the rest for later. */
    private void feed(TlsLayer layer, Conversation conversation) throws IOException {
        arriving.flip();
        try {
            layer.receive(arriving, conversation::arrived);
        } catch (SSLException e) {
            tell(layer::goOn);
            throw e;
        }
        arriving.compact();
        flush();
    }

    private void leave(TlsLayer layer) {
        tell(layer::end);
    }

    /** The server may learn how it ends; it need not. */
    private void tell(Word word) {
        try {
            word.say();
            flush();
        } catch (IOException e) {
            LOG.debug("the end could not be told: {}", e.getMessage());
        }
    }

    private void await(long nanos) throws IOException {
        key.interestOps(leaving.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        select(nanos);
        flush();
    }

    private void select(long nanos) throws IOException {
        // 0 would be for ever.
        selector.select(Math.max(1, Math.min(TimeUnit.NANOSECONDS.toMillis(nanos) + 1, Integer.MAX_VALUE)));
        selector.selectedKeys().clear();
    }

    private void flush() throws IOException {
        if (leaving.hasRemaining()) {
            channel.write(leaving);
        }
    }

    /** @throws OtaException CONNECTION_LOST if the server makes us answer, and reads no answer */
    private void queue(ByteBuffer bytes) {
        if (leaving.remaining() > MAX_LEAVING) {
            throw new OtaException(ErrorCode.CONNECTION_LOST, "the server does not read what it is sent");
        }
        if (leaving.hasRemaining()) {
            leaving = ByteBuffer.allocate(leaving.remaining() + bytes.remaining())
                    .put(leaving)
                    .put(bytes)
                    .flip();
        } else {
            leaving = bytes;
        }
    }

    /** A last word. */
    @FunctionalInterface
    private interface Word {
        void say() throws IOException;
    }
}
