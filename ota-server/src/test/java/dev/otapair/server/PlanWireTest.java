package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.delta.Shelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Increments as boards ask for them. */
class PlanWireTest {
    private static final String ALL = "[\"zstd\",\"zstd-patch\",\"bsdiff\"]";

    @TempDir
    private Path folder;

    private ConfigFile config;
    private Shelf shelf;
    private RunningServer server;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder).with("state_dir", "state");
        shelf = new Shelf(config.packages());
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void boardThatHoldsNothingGetsAllOfATree() throws IOException {
        Map<String, byte[]> files = Map.of("bin/app", bytes("app"), "etc/conf", bytes("conf"));
        Manifest manifest = shelf.tree(ConfigFile.LATEST, files);

        try (V2Client board = server.enterV2()) {
            V2Message answer = board.request(plan(manifest.sha256(), "", 0));
            byte[] body = board.body(inBody(answer, "manifest") + inBody(answer, "plan"));
            byte[] pieces = board.body(answer.number("length"));

            assertThat(Shelf.sha256(body).hex()).isEqualTo(body(answer).get("sha256"));
            int split = (int) inBody(answer, "manifest");
            assertThat(unzstd(Arrays.copyOf(body, split))).isEqualTo(manifest.toBytes());
            Plan plan = Plan.parse(unzstd(Arrays.copyOfRange(body, split, body.length)));
            assertThat(plan.id().hex()).isEqualTo(answer.get("plan"));
            assertThat(plan.length()).isEqualTo(pieces.length).isEqualTo(answer.number("size"));
            assertThat(board.request(V2Client.header("default")).get("latest")).isEqualTo(ConfigFile.LATEST);
        }
    }

    private static Map<?, ?> body(V2Message answer) {
        return (Map<?, ?>) answer.data().get("body");
    }

    private static long inBody(V2Message answer, String name) {
        return Long.parseLong(body(answer).get(name).toString());
    }

    private static byte[] unzstd(byte[] frame) {
        byte[] content = new byte[1 << 20];
        return Arrays.copyOf(content, (int) com.github.luben.zstd.Zstd.decompress(content, frame));
    }

    private static String plan(Digest want, String more, long offset) {
        return "{\"request\":\"plan\",\"data\":{\"product\":\"default\",\"want\":\"%s\",\"codings\":%s,\"offset\":%d%s}}"
                .formatted(want.hex(), ALL, offset, more);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
