package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
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
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * Makes plans and their pieces. Blocks for as long as that takes, and takes the memory it is given: for a process of its own. Not
 * thread-safe.
 */
public final class PlanMaker {
    private static final Logger LOG = Loggers.of(PlanMaker.class);
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
     * Makes a pair's plan, unless it is made; waits for whoever is making it. What repairs needs the plan for boards that have lost nothing.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if a release is not here, DIGEST_MISMATCH if one is damaged, CANNOT_WRITE
     */
    public void make(Pair pair) {
        Optional<Making> making = cache.begin(pair);
        while (making.isEmpty()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            making = cache.begin(pair);
        }
        try (Making held = making.get()) {
            if (cache.pair(pair).isEmpty()) {
                makeNow(pair, held);
            }
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%s cannot be written: %s".formatted(cache.folder(), FileFault.why(e)), e);
        } catch (LinkageError e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR,
                    "zstd's library cannot be used on this machine: %s; set deltas = no".formatted(Causes.why(e)),
                    e);
        }
    }

    /** Removes what was asked for longest ago, as far as there is too much. */
    public void makeRoom(ServerConfig.Deltas settings) {
        cache.sweep(settings.cacheBytes(), settings.planKeep(), Instant.now());
    }

    private void makeNow(Pair pair, Making making) throws IOException {
        long start = System.nanoTime();
        boolean isTree = catalog.isTree(pair.want());
        Objects wanted = objects(pair.want(), isTree);
        Objects base = pair.base().isPresent() ? objects(pair.base().get(), isTree) : Objects.NONE;
        if (pair.damaged().isEmpty()) {
            making.finish(made(pair, wanted, base, making));
        } else {
            making.finish(repaired(pair, wanted, base, making));
        }
        LOG.info("Plan {}: made in {} s", pair, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
    }

    private PairRecord made(Pair pair, Objects wanted, Objects base, Making making) throws IOException {
        Plan plan = kept(pair, drafts(pair, wanted, base, making), List.of(), making);
        Optional<byte[]> manifest = wanted.manifest()
                .map(Manifest::toBytes)
                .map(plain -> codedManifest(pair.ability(), plain, base.manifest()));
        Change change = wanted.manifest()
                .map(tree -> tree.changeFrom(base.manifest()))
                .orElseGet(() -> pair.base().isEmpty() ? new Change(1, 0, 0) : new Change(0, 1, 0));
        boolean isPatch = pair.ability().knowsPatches() && base.manifest().isPresent() && manifest.isPresent();
        return recordOf(pair, plan, manifest, isPatch, change, making);
    }

    /** What was lost is made anew before what builds on it. */
    private PairRecord repaired(Pair pair, Objects wanted, Objects base, Making making) throws IOException {
        PairRecord whole = cache.pair(pair.undamaged())
                .orElseThrow(() -> new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE, "plan %s comes first".formatted(pair.undamaged())));
        // From now on its pieces are kept.
        cache.touch(whole.plan(), Instant.now());
        Plan plan = cache.plan(whole.plan()).orElseThrow(() -> Catalog.missing(whole.plan()));
        Repair repair = Repair.of(base, wanted, pair.damaged(), plan, pair.ability());
        if (!repair.isWorthIt()) {
            return fromNothing(pair.unknown());
        }
        making.requireRoom(repair.bytes());
        PieceMaker pieces = new PieceMaker(base, wanted, contents, making, memory);
        List<Draft> drafts = new SolidPieces(pieces, Side.OLD, base, repair.level()).of(repair.objects());
        Plan longer = kept(pair, drafts, plan.pieces(), making);
        Optional<byte[]> manifest = whole.manifest().map(coded -> cache.read(coded));
        return recordOf(pair, longer, manifest, whole.body().isPatch(), whole.change(), making);
    }

    private PairRecord fromNothing(Pair pair) {
        if (cache.pair(pair).isEmpty()) {
            make(pair);
        }
        return cache.pair(pair).orElseThrow(() -> Catalog.missing(pair.want()));
    }

    private List<Draft> drafts(Pair pair, Objects wanted, Objects base, Making making) throws IOException {
        Set<Content> held = Set.copyOf(base.contents());
        List<Integer> news = IntStream.range(0, wanted.contents().size())
                .filter(number -> wanted.contents().get(number).size() > 0
                        && !held.contains(wanted.contents().get(number)))
                .boxed()
                .toList();
        PieceMaker pieces = new PieceMaker(base, wanted, contents, making, memory);
        if (pair.ability().knowsPatches() && pair.base().isPresent()) {
            boolean isZips = pair.ability() == Ability.ALL;
            return new PatchPieces(pieces, base, wanted, contents, memory, isZips).of(news);
        }
        OptionalInt level = pair.ability() == Ability.NONE ? OptionalInt.empty() : OptionalInt.of(ZstdCoder.LEVEL);
        return new SolidPieces(pieces, Side.NEW, wanted, level).of(news);
    }

    /** Keeps some pieces, and the plan that has them and some others after them. */
    private static Plan kept(Pair pair, List<Draft> drafts, List<Plan.Piece> others, Making making) {
        for (Draft draft : drafts) {
            draft.file()
                    .ifPresent(file -> making.keepPiece(file, draft.content().sha256()));
        }
        Plan plan = new Plan(
                pair.want(),
                pair.base(),
                Stream.concat(drafts.stream().map(Draft::piece), others.stream())
                        .toList());
        making.keepPlan(plan);
        return plan;
    }

    private static PairRecord recordOf(
            Pair pair, Plan plan, Optional<byte[]> manifest, boolean isPatch, Change change, Making making) {
        byte[] text = plan.toBytes();
        byte[] coded = pair.ability() == Ability.NONE ? text : ZstdCoder.code(text);
        ContentDigester body = new ContentDigester(Digest.Algorithm.SHA256);
        manifest.ifPresent(bytes -> body.update(ByteBuffer.wrap(bytes)));
        body.update(ByteBuffer.wrap(coded));
        LOG.info("Plan {}: {} pieces, {} bytes; {} files", pair, plan.pieces().size(), plan.length(), change);
        return new PairRecord(
                plan.id(),
                making.keepPiece(coded),
                manifest.map(making::keepPiece),
                new Body(
                        manifest.map(bytes -> bytes.length).orElse(0),
                        isPatch,
                        coded.length,
                        body.finish(Digest.Algorithm.SHA256)),
                change);
    }

    private static byte[] codedManifest(Ability ability, byte[] manifest, Optional<Manifest> base) {
        return switch (ability) {
            case NONE -> manifest;
            case ZSTD -> ZstdCoder.code(manifest);
            case ALL, NO_ZIPS ->
                base.map(old -> ZstdCoder.code(manifest, old.toBytes())).orElseGet(() -> ZstdCoder.code(manifest));
        };
    }

    private Objects objects(Digest sha256, boolean isTree) {
        Content content = catalog.contentOf(sha256).orElseThrow(() -> Catalog.missing(sha256));
        return isTree ? Objects.ofTree(Manifest.parse(contents.read(content))) : Objects.ofFile(content);
    }
}
