package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Uptime;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server, and a board that trusts it, for tests of the install step. */
abstract class InstallScene {
    static final SigningKey KEY = SigningKey.generate();

    @TempDir
    Path folder;

    RealServer server;
    Board board;

    @BeforeEach
    void start() throws IOException {
        server = new RealServer(folder.resolve("server")).start();
        board = new Board(Files.createDirectory(folder.resolve("board")))
                .asking(server.address())
                .with("legacy_server", "no")
                .with("health_timeout", "1")
                .with("health_window", "1")
                .with("health_interval", "1")
                .trusting(KEY)
                .withScript("echo \"after $OTA_NAME $OTA_ROLLBACK $(readlink packages/current)\" >>calls");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** As a run leaves it that was killed in this step of installing fw-2. */
    Journal.Entry interrupted(Journal.Step step, String boot) throws IOException {
        publish("fw-2");
        board.withScript("exit 75");
        failure();
        board.withScript("echo \"after $OTA_NAME $OTA_ROLLBACK $(readlink packages/current)\" >>calls");
        BoardStore store = BoardStore.of(board.config(), new DurableFiles(), () -> {});
        Deployment before = store.history().current().orElseThrow();
        Deployment next = deployment("fw-2", before.release().release() + 1);
        Journal.Links links = store.releases().links();
        Uptime now = boot.equals("here") ? Uptime.now() : new Uptime(boot, 100);
        if (step != Journal.Step.PREPARING) {
            store.releases().point(next, Optional.of(before));
        }
        return write(
                Journal.Entry.begin(next, 0, Optional.of(before), links, 1, now).at(step, now));
    }

    static Deployment deployment(String name, long release) {
        PackageName place = new PackageName(name);
        InstalledRelease known = new InstalledRelease(Optional.of(place), release, "", Optional.of(digest(name)));
        return new Deployment(known, place, digest(name), name.length(), false);
    }

    Journal.Entry write(Journal.Entry entry) throws IOException {
        return BoardStore.of(board.config(), new DurableFiles(), () -> {})
                .journal()
                .write(entry);
    }

    Optional<Journal.Entry> journal() throws IOException {
        return BoardStore.of(board.config(), new DurableFiles(), () -> {})
                .journal()
                .read();
    }

    void installed(String name) throws IOException {
        publish(name);
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    void publish(String name) throws IOException {
        server.publish(name, bytes(name), UnaryOperator.identity(), KEY);
    }

    OtaException failure() {
        return catchThrowableOfType(OtaException.class, board::update);
    }

    Optional<String> link(String name) throws IOException {
        Path link = board.packages().resolve(name);
        return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                ? Optional.of(Files.readSymbolicLink(link).toString())
                : Optional.empty();
    }

    List<String> calls() throws IOException {
        return Files.readAllLines(board.file("calls"));
    }

    void program(String key, String... lines) throws IOException {
        Files.writeString(board.file(key + ".sh"), String.join("\n", lines) + "\n");
        board.with(key, key + ".sh");
    }

    static void awaitSaid(ClientProcess client, String text) {
        await().atMost(Duration.ofSeconds(30)).until(() -> client.saidSoFar().contains(text));
    }

    static Digest digest(String content) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(ByteBuffer.wrap(bytes(content)));
        return digester.finish(Digest.Algorithm.SHA256);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
