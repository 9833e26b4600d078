package dev.otapair.server.delta;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.BoardRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes plans before a board asks: for boards that hold one of the newest releases of a product, or one that the fleet reports. Each by
 * a process of its own, as the daemon does it; what the daemon makes at the same time is waited for, not made twice. Blocks.
 */
public final class Preparation {
    private final Catalog catalog;
    private final PatchCache cache;
    private final ServerConfig.Deltas settings;
    private final MakerProgram program;

    /** @param packages their folder */
    public Preparation(Path packages, ServerConfig.Deltas settings, MakerProgram program) {
        this.catalog = new Catalog(packages);
        this.cache = new PatchCache(settings.folder(), new DurableFiles());
        this.settings = settings;
        this.program = program;
    }

    /**
     * A plan.
     *
     * @param base the release that boards hold
     * @param bytes of all that is sent for it; empty when it could not be made
     */
    public record Prepared(ReleaseMetadata base, Optional<Long> bytes) {}

    /** Follows what is done. */
    public interface Progress {
        /**
         * Another plan begins.
         *
         * @param number of this one, from 1 on
         * @param base as in {@link Prepared}
         */
        void begins(int number, int count, ReleaseMetadata base);

        /** It is done, or given up. */
        void ended(Prepared prepared);
    }

    /**
     * Makes the plans.
     *
     * @param wanted what boards are to get
     * @param fleet what is known of boards, of any product
     * @return in the order in which they were made
     */
    public List<Prepared> prepare(ReleaseMetadata wanted, Collection<BoardRecord> fleet, Progress progress) {
        List<ReleaseMetadata> bases = basesOf(wanted, fleet);
        List<Prepared> all = new ArrayList<>();
        for (ReleaseMetadata base : bases) {
            progress.begins(all.size() + 1, bases.size(), base);
            Pair pair = new Pair(digestOf(wanted), Optional.of(digestOf(base)), Ability.ALL, ObjectNumbers.NONE);
            boolean isMade = program.run(pair) == 0;
            Prepared prepared = new Prepared(base, isMade ? cache.pair(pair).map(this::bytesOf) : Optional.empty());
            all.add(prepared);
            progress.ended(prepared);
        }
        return all;
    }

    /** Returns what boards may hold, the newest first: releases of the product, and of the same kind. */
    List<ReleaseMetadata> basesOf(ReleaseMetadata wanted, Collection<BoardRecord> fleet) {
        List<ReleaseMetadata> others = catalog.releases().stream()
                .filter(release -> release.product().equals(wanted.product()))
                .filter(release ->
                        release.manifest().isPresent() == wanted.manifest().isPresent())
                .filter(release -> !digestOf(release).equals(digestOf(wanted)))
                .sorted(Comparator.comparing(ReleaseMetadata::release).reversed())
                .toList();
        Map<Digest, ReleaseMetadata> bases = new LinkedHashMap<>();
        others.stream().limit(settings.keep()).forEach(release -> bases.put(digestOf(release), release));
        for (ReleaseMetadata release : others) {
            boolean isHeld =
                    fleet.stream().anyMatch(board -> board.product().equals(wanted.product()) && holds(board, release));
            if (isHeld) {
                bases.put(digestOf(release), release);
            }
        }
        return List.copyOf(bases.values());
    }

    /** Boards that know of no counters go by names. */
    private static boolean holds(BoardRecord board, ReleaseMetadata release) {
        Optional<PackageName> installed = board.installed();
        return board.release() > 0
                ? board.release() == release.release()
                : installed.filter(release.name()::equals).isPresent();
    }

    private long bytesOf(PairRecord record) {
        long pieces = cache.plan(record.plan()).map(plan -> plan.length()).orElse(0L);
        return pieces + record.body().length();
    }

    private static Digest digestOf(ReleaseMetadata release) {
        return release.manifest()
                .map(Content::sha256)
                .orElseGet(() -> release.content().sha256());
    }
}
