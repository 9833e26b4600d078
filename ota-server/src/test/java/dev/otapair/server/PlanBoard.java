package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.testing.V2Client;
import dev.otapair.protocol.testing.V2Message;
import dev.otapair.server.delta.Shelf;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** A board that asks for plans, and does what it is told. */
final class PlanBoard implements AutoCloseable {
    static final String ALL = "[\"zstd\",\"zstd-patch\",\"bsdiff\",\"zip-bsdiff\"]";
    private static final int PATIENCE_MILLIS = 150_000;
    private static final int MAX_TEXT = 16 << 20;

    private final V2Client client;
    private String codings = ALL;

    PlanBoard(V2Client client) throws IOException {
        this.client = client;
        client.setTimeoutMillis(PATIENCE_MILLIS);
    }

    /** Decodes only this from now on. */
    PlanBoard with(String names) {
        codings = names;
        return this;
    }

    V2Client client() {
        return client;
    }

    /**
     * What came of a request.
     *
     * @param body empty where none was announced
     * @param pieces from the offset on
     */
    record Got(V2Message answer, byte[] body, byte[] pieces) {
        /** Returns the manifest that came. */
        Manifest manifest(Optional<Manifest> base) {
            byte[] coded = Arrays.copyOf(body, split());
            boolean isPatch = number(answer, "patch") == 1;
            if (!isPatch) {
                return Manifest.parse(unzstd(coded));
            }
            try (ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
                return Manifest.parse(
                        zstd.loadDict(base.orElseThrow().toBytes()).decompress(coded, MAX_TEXT));
            }
        }

        Plan plan() {
            Plan plan = Plan.parse(unzstd(Arrays.copyOfRange(body, split(), body.length)));
            assertThat(plan.id().hex()).isEqualTo(answer.get("plan"));
            assertThat(plan.length()).isEqualTo(answer.number("size"));
            return plan;
        }

        private int split() {
            return (int) number(answer, "manifest");
        }
    }

    /** Asks for a plan and all that belongs to it. */
    Got fetch(Digest want, Optional<Digest> base) throws IOException {
        return ask(want, base, "", Optional.empty(), OptionalLong.of(0));
    }

    /** Asks, and receives what is announced. */
    Got ask(Digest want, Optional<Digest> base, String damaged, Optional<Digest> plan, OptionalLong offset)
            throws IOException {
        V2Message answer = client.request(request(want, base, damaged, plan, offset));
        if (!answer.kind().equals("plan")) {
            return new Got(answer, new byte[0], new byte[0]);
        }
        byte[] body = {};
        if (answer.data().containsKey("body")) {
            body = client.body(number(answer, "manifest") + number(answer, "plan"));
            assertThat(Shelf.sha256(body).hex()).isEqualTo(member(answer, "sha256"));
        }
        return new Got(answer, body, client.body(answer.number("length")));
    }

    /** Returns the request's text. */
    String request(Digest want, Optional<Digest> base, String damaged, Optional<Digest> plan, OptionalLong offset) {
        StringBuilder text = new StringBuilder("{\"request\":\"plan\",\"data\":{\"product\":\"default\",\"want\":\"")
                .append(want.hex())
                .append("\",\"codings\":")
                .append(codings);
        base.ifPresent(
                digest -> text.append(",\"base\":\"").append(digest.hex()).append('"'));
        if (!damaged.isEmpty()) {
            text.append(",\"damaged\":\"").append(damaged).append('"');
        }
        plan.ifPresent(
                digest -> text.append(",\"plan\":\"").append(digest.hex()).append('"'));
        offset.ifPresent(number -> text.append(",\"offset\":").append(number));
        return text.append("}}").toString();
    }

    /** Returns a number of the answer's body. */
    static long number(V2Message answer, String name) {
        return Long.parseLong(member(answer, name));
    }

    @Override
    public void close() throws IOException {
        client.close();
    }

    private static String member(V2Message answer, String name) {
        return ((Map<?, ?>) answer.data().get("body")).get(name).toString();
    }

    private static byte[] unzstd(byte[] frame) {
        byte[] content = new byte[MAX_TEXT];
        return Arrays.copyOf(content, (int) Zstd.decompress(content, frame));
    }
}
