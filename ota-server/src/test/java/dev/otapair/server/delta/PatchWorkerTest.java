package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.ObjectNumbers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a shell script in place of the program. */
@Timeout(120)
class PatchWorkerTest {
    private final AtomicLong nanos = new AtomicLong();

    @TempDir
    private Path folder;

    private PatchWorker worker;

    @AfterEach
    void close() {
        worker.close();
    }

    private void start(String script) {
        worker = new PatchWorker(
                pair -> List.of("sh", "-c", "echo begin >> %1$s/log; %2$s".formatted(folder, script)), nanos::get);
    }

    @Test
    void whoAsksForTheSameSharesTheWork() throws Exception {
        start("while [ ! -e %s/go ]; do sleep 0.05; done".formatted(folder));

        List<CompletableFuture<Void>> all =
                IntStream.range(0, 50).mapToObj(i -> worker.make(pair("one"))).toList();
        Files.createFile(folder.resolve("go"));
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);

        assertThat(log()).containsExactly("begin");
    }

    @Test
    void patchesAreMadeOneAfterTheOther() throws Exception {
        start("sleep 0.2; echo end >> %s/log".formatted(folder));

        List<CompletableFuture<Void>> all = List.of(worker.make(pair("one")), worker.make(pair("two")));
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);

        assertThat(log()).containsExactly("begin", "end", "begin", "end");
    }

    @Test
    void whatIsLittleWorkWaitsForNoPatch() throws Exception {
        start("while [ ! -e %s/go ]; do sleep 0.05; done".formatted(folder));
        CompletableFuture<Void> heavy = worker.make(pair("one"));
        Awaitility.await().until(() -> log().size() == 1);

        CompletableFuture<Void> light = worker.make(new Pair(
                Shelf.sha256(bytes("one")),
                Optional.of(Shelf.sha256(bytes("base"))),
                Ability.ALL,
                ObjectNumbers.parse("0")));

        Awaitility.await().until(() -> log().size() == 2);
        Files.createFile(folder.resolve("go"));
        CompletableFuture.allOf(heavy, light).get(60, TimeUnit.SECONDS);
    }

    @Test
    void whatFailedIsLeftAloneForAWhileAndLongerEachTime() throws Exception {
        start("exit 76");

        assertUnavailable(worker.make(pair("one")), "status 76");
        assertUnavailable(worker.make(pair("one")), "could not be made a while ago");
        assertThat(log()).hasSize(1);
        nanos.addAndGet(Duration.ofSeconds(61).toNanos());
        assertUnavailable(worker.make(pair("one")), "status 76");
        nanos.addAndGet(Duration.ofSeconds(61).toNanos());
        assertUnavailable(worker.make(pair("one")), "could not be made a while ago");
        nanos.addAndGet(Duration.ofSeconds(60).toNanos());
        assertUnavailable(worker.make(pair("one")), "status 76");
        assertThat(log()).hasSize(3);
    }

    @Test
    void othersAreMadeAllTheSame() throws Exception {
        start("test -e %s/log2; s=$?; touch %s/log2; exit $((1 - s))".formatted(folder, folder));

        worker.make(pair("one")).get(60, TimeUnit.SECONDS);
        assertUnavailable(worker.make(pair("two")), "status 1");
    }

    @Test
    void tooManyAreTurnedAway() throws IOException {
        start("sleep 100");

        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(worker.make(pair("number " + i)));
        }

        assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSizeBetween(134, 136);
        assertUnavailable(all.get(199), "too many");
    }

    @Test
    void whatIsMadeEndsWithTheServer() throws Exception {
        start("echo $$ > %s/pid; sleep 100".formatted(folder));
        CompletableFuture<Void> made = worker.make(pair("one"));
        Path pid = folder.resolve("pid");
        Awaitility.await().until(() -> Files.exists(pid) && Files.size(pid) > 1);

        worker.close();

        assertUnavailable(made, "the server goes down");
        long process = Long.parseLong(Files.readString(pid).strip());
        Awaitility.await()
                .until(() ->
                        ProcessHandle.of(process).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void programThatIsNotThereIsAFailure() {
        worker = new PatchWorker(pair -> List.of(folder.resolve("nothing").toString()), nanos::get);

        assertUnavailable(worker.make(pair("one")), "cannot be started");
    }

    private List<String> log() throws IOException {
        try {
            return Files.readAllLines(folder.resolve("log"));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static void assertUnavailable(CompletableFuture<Void> made, String why) {
        assertThatThrownBy(() -> made.get(60, TimeUnit.SECONDS))
                .hasCauseInstanceOf(OtaException.class)
                .hasMessageContaining(why)
                .cause()
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE));
    }

    private static Pair pair(String want) {
        return new Pair(Shelf.sha256(bytes(want)), Optional.empty(), Ability.ALL, ObjectNumbers.NONE);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
