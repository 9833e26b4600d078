package dev.otapair.client;

import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.ZstdInputStream;
import dev.otapair.protocol.delta.ZstdPatch;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A plan and a manifest on their way: collected in memory, which bounds them, and believed once they have their digests. Not thread-safe.
 *
 * @see "PROTOCOL.md, section 9: Increments"
 */
final class PlanBody {
    private static final int WINDOW_BYTES = 8 * 1024 * 1024;

    private final PlanResponse announced;
    private final Body body;
    private final ByteBuffer bytes;

    PlanBody(PlanResponse announced, Body body) {
        this.announced = announced;
        this.body = body;
        this.bytes = ByteBuffer.allocate((int) body.length());
    }

    /** Says whether a body is more than this board has memory for. */
    static boolean isTooLarge(Body body) {
        return body.length() > BoardTrees.maxManifestBytes();
    }

    /** Takes what belongs to it, and leaves the rest. */
    void take(ByteBuffer more) {
        int count = Math.min(more.remaining(), bytes.remaining());
        bytes.put(more.slice(more.position(), count));
        more.position(more.position() + count);
    }

    boolean isWhole() {
        return !bytes.hasRemaining();
    }

    /**
     * Reads both.
     *
     * @param aim learns its manifest
     * @throws OtaException DIGEST_MISMATCH, METADATA_REJECTED: they are not to be followed
     */
    Plan read(Aim aim) {
        require(ContentDigester.sha256Of(bytes.array()).equals(body.sha256()), "the plan came with a wrong digest");
        if (aim.manifest().isPresent() && (body.manifest() > 0 || !aim.isKnown())) {
            Content wanted = aim.manifest().get();
            require(
                    wanted.size() <= BoardTrees.maxManifestBytes(),
                    "the manifest is more than this board has memory for");
            byte[] text = manifest(aim, (int) wanted.size());
            require(
                    ContentDigester.sha256Of(text).equals(wanted.sha256()),
                    "the manifest is not the one that was signed");
            aim.know(text, Manifest.parse(text));
        }
        byte[] text = decoded(part((int) body.manifest(), body.plan()), BoardTrees.maxManifestBytes());
        require(ContentDigester.sha256Of(text).equals(announced.id()), "the plan is not the one that was announced");
        Plan plan = Plan.parse(text);
        require(
                plan.want().equals(aim.want()) && plan.length() == announced.size(),
                "the plan makes something else than was announced");
        return plan;
    }

    private byte[] manifest(Aim aim, int size) {
        InputStream coded = part(0, body.manifest());
        if (!body.isPatch()) {
            return decoded(coded, size);
        }
        byte[] base = aim.baseManifest()
                .orElseThrow(() -> new OtaException(
                        ErrorCode.DIGEST_MISMATCH, "the manifest came as a patch on one that is not here"));
        return patched(coded, base, size);
    }

    private InputStream part(int offset, long length) {
        return new ByteArrayInputStream(bytes.array(), offset, (int) length);
    }

    private static byte[] patched(InputStream patch, byte[] base, int size) {
        MadeText made = new MadeText(size);
        try {
            ZstdPatch.apply(patch, OldContent.of(base), made, size);
            return made.bytes();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static byte[] decoded(InputStream coded, int most) {
        try {
            byte[] text = new ZstdInputStream(coded, WINDOW_BYTES).readNBytes(most + 1);
            require(text.length <= most, "the plan is longer than it may be");
            return text;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private static OtaException unreadable(IOException cause) {
        return new OtaException(ErrorCode.DIGEST_MISMATCH, "the plan cannot be read: " + FileFault.why(cause), cause);
    }

    /** A text that comes to be in memory. */
    private record MadeText(ByteBuffer whole) implements NewContent {
        MadeText(int size) {
            this(ByteBuffer.allocate(size));
        }

        byte[] bytes() {
            return whole.array();
        }

        @Override
        public void append(ByteBuffer bytes) {
            whole.put(bytes);
        }

        @Override
        public void read(long position, ByteBuffer into) {
            into.put(whole.slice((int) position, into.remaining()));
        }
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new OtaException(ErrorCode.DIGEST_MISMATCH, fault);
        }
    }
}
