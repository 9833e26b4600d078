package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.server.store.FileStamp;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/** Plans and their pieces on disk, as one configuration has them: which can be sent, all their bytes being there. Blocks; thread-safe. */
final class PlanFiles {
    private static final Logger LOG = Loggers.of(PlanFiles.class);

    private final Path packages;
    private final Path deltas;
    private final Catalog catalog;
    private final PatchCache cache;

    /**
     * @param packages their folder
     * @param deltas that of the patches; need not exist
     */
    PlanFiles(Path packages, Path deltas) {
        this.packages = packages;
        this.deltas = deltas;
        this.catalog = new Catalog(packages);
        this.cache = new PatchCache(deltas, new DurableFiles());
    }

    /** Says whether all is in these folders. */
    boolean areIn(Path packagesFolder, Path deltasFolder) {
        return packages.equals(packagesFolder) && deltas.equals(deltasFolder);
    }

    PatchCache cache() {
        return cache;
    }

    /**
     * What nobody has here is as good as nothing.
     *
     * @throws OtaException PACKAGE_UNAVAILABLE if that goes for what is wanted: a package that was only put there
     */
    Pair known(Pair pair) {
        boolean isTree = catalog.isTree(pair.want());
        if (!isTree && !catalog.isFile(pair.want())) {
            throw new OtaException(
                    ErrorCode.PACKAGE_UNAVAILABLE,
                    "a plan was asked for, and %s is no release that was published"
                            .formatted(pair.want().hex()));
        }
        boolean isKnown = pair.base()
                .filter(base -> isTree ? catalog.isTree(base) : catalog.isFile(base))
                .isPresent();
        return isKnown ? pair : pair.unknown();
    }

    /**
     * Reads a plan, and all its files, and marks it as used.
     *
     * @param record of the pair, where what goes before the pieces is needed
     * @param want what it has to make
     * @return empty when it makes something else, or not all of it is here and undamaged
     */
    Optional<ServedPlan> read(Digest id, Optional<PairRecord> record, Digest want, Instant now) {
        return cache.plan(id)
                .filter(text -> text.want().equals(want) && cache.touch(id, now))
                .flatMap(text -> served(id, text, record));
    }

    private Optional<ServedPlan> served(Digest id, Plan plan, Optional<PairRecord> record) {
        List<ServedPlan.Stored> pieces = new ArrayList<>();
        List<ServedPlan.Stored> body = new ArrayList<>();
        boolean isWhole = record.stream()
                .allMatch(known ->
                        known.manifest().stream().allMatch(part -> add(part, body)) && add(known.coded(), body));
        for (Plan.Piece piece : plan.pieces()) {
            isWhole = isWhole && add(new Content(piece.length(), piece.sha256()), pieces);
        }
        return isWhole
                ? Optional.of(new ServedPlan(
                        id,
                        plan.want(),
                        record.map(PairRecord::change).orElse(new Change(0, 0, 0)),
                        record.map(PairRecord::body),
                        body,
                        pieces))
                : Optional.empty();
    }

    /** Adds a file whose bytes are the ones they should be. */
    private boolean add(Content content, List<ServedPlan.Stored> files) {
        Optional<Path> piece = cache.piece(content.sha256());
        Optional<Path> file = piece.or(() -> catalog.find(content.sha256()));
        if (file.isEmpty()) {
            LOG.warn(
                    "Piece {} is not here any more: its plan is made anew",
                    content.sha256().hex());
            return false;
        }
        FileStamp seen = FileStamp.of(file.get());
        if (!isContent(file.get(), content)) {
            LOG.warn("{} is damaged: what needs it is made anew", file.get());
            piece.ifPresent(damaged -> cache.forgetPiece(content.sha256()));
            return false;
        }
        files.add(new ServedPlan.Stored(file.get(), content, seen));
        return true;
    }

    private static boolean isContent(Path file, Content content) {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
            return in.size() == content.size()
                    && digester.updateAll(in).finish(Digest.Algorithm.SHA256).equals(content.sha256());
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}", file, FileFault.why(e));
            return false;
        }
    }
}
