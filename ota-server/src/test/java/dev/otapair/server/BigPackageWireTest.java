package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sizes beyond 32 bits. Most of the time goes into the server's digests. */
@Tag("big")
class BigPackageWireTest {
    private static final long SIZE = (4L << 30) + 1;

    /** {@code (head -c 4294967296 /dev/zero; printf x) | md5sum} */
    private static final String MD5 = "946005287ba386e1aa04031fcb20051d";

    private static final int DIGEST_MILLIS = 120_000;

    @TempDir
    private Path folder;

    @Test
    void packageAboveFourGibibytesArrivesWhole() throws IOException {
        ConfigFile config = new ConfigFile(folder);
        writeSparse(config.packages().resolve(ConfigFile.LATEST));

        try (RunningServer server = new RunningServer(config);
                Socket socket = new Socket(
                        server.address().getAddress(), server.address().getPort())) {
            socket.setSoTimeout(DIGEST_MILLIS);
            ask(socket, "{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");

            assertThat(ask(socket, "{\"request\": \"package\", \"data\": {}}"))
                    .isEqualTo("{\"response\": \"package\", \"data\": {\"latest\": \"fw.tar.gz\", "
                            + "\"size\": \"4294967297\", \"md5\": \"" + MD5 + "\"}}");
            assertThat(countZeros(socket.getInputStream())).isEqualTo(SIZE - 1);
        }
    }

    /** Takes no space on the disk: a hole of 4 GiB, and one byte behind it. */
    private static void writeSparse(Path file) throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(SIZE);
            sparse.seek(SIZE - 1);
            sparse.write('x');
        }
    }

    private static String ask(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        byte[] answer = new byte[V1Client.RECV_BYTES];
        int length = socket.getInputStream().read(answer);
        return new String(answer, 0, length, StandardCharsets.US_ASCII);
    }

    /** Receives the package; fails unless it is zeros and an x. */
    private static long countZeros(InputStream in) throws IOException {
        byte[] zeros = new byte[256 * 1024];
        byte[] buffer = new byte[zeros.length];
        long count = 0;
        while (count < SIZE - 1) {
            int length = in.read(buffer, 0, (int) Math.min(buffer.length, SIZE - 1 - count));
            assertThat(length).as("after %d bytes", count).isPositive();
            if (Arrays.mismatch(buffer, 0, length, zeros, 0, length) >= 0) {
                throw new AssertionError("other bytes than zeros came after " + count);
            }
            count += length;
        }
        assertThat(in.read()).isEqualTo('x');
        return count;
    }
}
