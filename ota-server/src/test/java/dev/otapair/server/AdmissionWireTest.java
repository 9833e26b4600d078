package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.PackageInfo;
import dev.otapair.protocol.testing.V1Message;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More boards than places. */
class AdmissionWireTest {
    private static final int BOARDS = 200;
    private static final int PLACES = 50;
    private static final byte[] PACKAGE = new byte[50_000];

    static {
        new Random(20210323).nextBytes(PACKAGE);
    }

    @TempDir
    private Path folder;

    private final ExecutorService boards = Executors.newFixedThreadPool(BOARDS);
    private final AtomicInteger inside = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private ConfigFile config;

    @BeforeEach
    void write() {
        config = new ConfigFile(folder).with("max_clients", Integer.toString(PLACES));
        config.put(ConfigFile.LATEST, PACKAGE);
    }

    @AfterEach
    void end() {
        boards.shutdownNow();
    }

    private <T> List<T> onAllBoards(java.util.concurrent.Callable<T> visit) {
        List<CompletableFuture<T>> visits = Stream.generate(() -> CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return visit.call();
                            } catch (Exception e) {
                                throw new CompletionException(e);
                            }
                        },
                        boards))
                .limit(BOARDS)
                .toList();
        return visits.stream().map(CompletableFuture::join).toList();
    }

    /** Counts itself out before it says exit: the next one is admitted only after that. */
    private byte[] visit(RunningServer server) throws Exception {
        try (V1Client client = server.connect()) {
            assertThat(client.handshake(ConfigFile.TOKEN).kind()).isEqualTo("connected");
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            assertThat(client.header()).isEqualTo(ConfigFile.LATEST);
            PackageInfo info = client.packageInfo();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            client.receive(out, info.size());
            inside.decrementAndGet();
            client.exit();
            client.awaitEof();
            return out.toByteArray();
        }
    }

    @Test
    void allAreServedAndNeverMoreThanTheLimitAtATime() {
        try (RunningServer server = new RunningServer(config, Duration.ofSeconds(1))) {
            List<byte[]> received = onAllBoards(() -> visit(server));

            assertThat(received)
                    .hasSize(BOARDS)
                    .allSatisfy(bytes -> assertThat(bytes).isEqualTo(PACKAGE));
            assertThat(most.get()).isLessThanOrEqualTo(PLACES);
        }
    }

    @Test
    void whoFindsNoPlaceInTimeIsToldThatTheServerIsBusy() throws Exception {
        List<V1Client> clients = new ArrayList<>();
        try (RunningServer server = new RunningServer(config.with("queue_timeout", "1"))) {
            for (int i = 0; i < BOARDS; i++) {
                clients.add(server.connect());
            }

            for (V1Client client : clients) {
                client.send("{\"request\": \"handshake\", \"data\": {\"security\": \"correct horse\"}}");
            }
            List<String> answers = new ArrayList<>();
            for (V1Client client : clients) {
                V1Message answer = client.recvMessage();
                answers.add(answer.kind().equals("error") ? answer.get("reason") : answer.kind());
                if (answer.kind().equals("error")) {
                    client.exit();
                    client.awaitEof();
                }
            }

            assertThat(answers.stream().filter("connected"::equals)).hasSize(PLACES);
            assertThat(answers.stream().filter("Server is busy, try again later."::equals))
                    .hasSize(BOARDS - PLACES);
        } finally {
            for (V1Client client : clients) {
                client.close();
            }
        }
    }
}
