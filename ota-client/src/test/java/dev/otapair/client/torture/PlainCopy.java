package dev.otapair.client.torture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Copies bytes from one end of a loopback to the other by TCP alone, and says how many milliseconds that took: what a line can do. */
final class PlainCopy {
    private static final int PATIENCE_MILLIS = 600_000;

    private PlainCopy() {}

    /** @param arguments how many bytes */
    public static void main(String... arguments) throws IOException {
        int bytes = Integer.parseInt(arguments[0]);
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(listener, bytes));
            long start = System.nanoTime();
            try (Socket socket = new Socket()) {
                socket.connect(
                        new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()), PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
                InputStream in = socket.getInputStream();
                long came = in.transferTo(OutputStream.nullOutputStream());
                if (came != bytes) {
                    throw new IOException(came + " bytes came, expected " + bytes);
                }
            }
            System.out.println((System.nanoTime() - start) / 1_000_000);
            sent.join();
        }
    }

    private static void send(ServerSocket listener, int bytes) {
        try (Socket socket = listener.accept()) {
            socket.getOutputStream().write(new byte[bytes]);
        } catch (IOException e) {
            throw new CompletionException(e);
        }
    }
}
