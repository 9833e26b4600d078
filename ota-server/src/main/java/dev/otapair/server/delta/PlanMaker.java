package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.server.config.ServerConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes plans and their pieces. Blocks for as long as that takes, and takes the memory it is given: for a process of its own. Not
 * thread-safe.
 */
public final class PlanMaker {
    private static final Logger LOG = LoggerFactory.getLogger(PlanMaker.class);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final PatchCache cache;
    private final Catalog catalog;
    private final Contents contents;
    private final Memory memory;

    /** @param packages their folder */
    public static PlanMaker of(Path packages, ServerConfig.Deltas settings) {
        return new PlanMaker(
                new PatchCache(settings.folder(), new DurableFiles()),
                new Catalog(packages),
                Memory.of(settings.memoryBytes()));
    }

    PlanMaker(PatchCache cache, Catalog catalog, Memory memory) {
        this.cache = cache;
        this.catalog = catalog;
        this.contents = new Contents(catalog);
        this.memory = memory;
    }

    /**
     * Makes a pair's plan, unless it is made; waits for whoever is making it.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if a release is not here, DIGEST_MISMATCH if one is damaged, CANNOT_WRITE
     */
    public void make(Pair pair) {
        Optional<PatchCache.Making> making = cache.begin(pair);
        while (making.isEmpty()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            making = cache.begin(pair);
        }
        try (PatchCache.Making held = making.get()) {
            if (cache.pair(pair).isEmpty()) {
                makeNow(pair, held);
            }
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(cache.folder(), FileFault.why(e)), e);
        }
    }

    private void makeNow(Pair pair, PatchCache.Making making) throws IOException {
        long start = System.nanoTime();
        boolean isTree = catalog.isTree(pair.want());
        Objects wanted = objects(pair.want(), isTree);
        Objects base = pair.base().isPresent() ? objects(pair.base().get(), isTree) : Objects.NONE;
        List<Draft> drafts = draft(pair, wanted, base, making);
        for (Draft draft : drafts) {
            draft.file()
                    .ifPresent(file -> making.keepPiece(file, draft.content().sha256()));
        }
        Plan plan = new Plan(
                pair.want(), pair.base(), drafts.stream().map(Draft::piece).toList());
        making.keepPlan(plan);
        making.finish(recordOf(pair, plan, wanted, base, making));
        LOG.info(
                "Plan {}: {} pieces, {} bytes, made in {} s",
                pair,
                plan.pieces().size(),
                plan.length(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
    }

    private List<Draft> draft(Pair pair, Objects wanted, Objects base, PatchCache.Making making) throws IOException {
        Set<Content> held = Set.copyOf(base.contents());
        List<Integer> news = IntStream.range(0, wanted.contents().size())
                .filter(number -> wanted.contents().get(number).size() > 0
                        && !held.contains(wanted.contents().get(number)))
                .boxed()
                .toList();
        PieceMaker pieces = new PieceMaker(base, wanted, contents, making, memory);
        return switch (pair.ability()) {
            case NONE -> pieces.raw(Side.NEW, news);
            case ZSTD -> new SolidPieces(pieces, wanted).of(news);
            case ALL ->
                pair.base().isEmpty()
                        ? new SolidPieces(pieces, wanted).of(news)
                        : new PatchPieces(pieces, base, wanted, contents, memory).of(news);
        };
    }

    private PairRecord recordOf(Pair pair, Plan plan, Objects wanted, Objects base, PatchCache.Making making) {
        byte[] text = plan.toBytes();
        byte[] codedPlan = pair.ability() == Ability.NONE ? text : ZstdCoder.code(text);
        Optional<byte[]> manifest = wanted.manifest().map(Manifest::toBytes);
        boolean isPatch = pair.ability() == Ability.ALL && base.manifest().isPresent();
        Optional<byte[]> codedManifest = manifest.map(plain -> codedManifest(pair.ability(), plain, base.manifest()));
        ContentDigester body = new ContentDigester(Digest.Algorithm.SHA256);
        codedManifest.ifPresent(bytes -> body.update(ByteBuffer.wrap(bytes)));
        body.update(ByteBuffer.wrap(codedPlan));
        return new PairRecord(
                plan.id(),
                making.keepPiece(codedPlan),
                codedManifest.map(making::keepPiece),
                new Body(
                        codedManifest.map(bytes -> bytes.length).orElse(0),
                        isPatch,
                        codedPlan.length,
                        body.finish(Digest.Algorithm.SHA256)),
                wanted.manifest()
                        .map(tree -> tree.changeFrom(base.manifest()))
                        .orElseGet(() -> pair.base().isPresent() ? new Change(0, 1, 0) : new Change(1, 0, 0)));
    }

    private static byte[] codedManifest(Ability ability, byte[] manifest, Optional<Manifest> base) {
        return switch (ability) {
            case NONE -> manifest;
            case ZSTD -> ZstdCoder.code(manifest);
            case ALL ->
                base.map(old -> ZstdCoder.code(manifest, old.toBytes())).orElseGet(() -> ZstdCoder.code(manifest));
        };
    }

    private Objects objects(Digest sha256, boolean isTree) {
        Content content = catalog.contentOf(sha256).orElseThrow(() -> Catalog.missing(sha256));
        return isTree ? Objects.ofTree(Manifest.parse(contents.read(content))) : Objects.ofFile(content);
    }
}
