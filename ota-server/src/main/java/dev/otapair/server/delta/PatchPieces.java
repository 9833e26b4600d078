package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How objects are sent to who has old ones: one patch for as many as there is memory for, or another coding where that is smaller.
 */
final class PatchPieces {
    /** What zstd makes of something is never so much smaller than the estimate. */
    private static final int ESTIMATE_TO_BEST = 3;

    /** Smaller ones are not worth a piece of their own. */
    private static final long MIN_LOOSE = 64 * 1024;

    /** In hundredths: what zstd can not make smaller than this is packed already. */
    private static final int PACKED = 97;

    private final PieceMaker pieces;
    private final Objects base;
    private final Objects wanted;
    private final Contents contents;
    private final Memory memory;
    private final boolean isZips;

    /** @param isZips whether zips may be taken apart */
    PatchPieces(PieceMaker pieces, Objects base, Objects wanted, Contents contents, Memory memory, boolean isZips) {
        this.pieces = pieces;
        this.base = base;
        this.wanted = wanted;
        this.contents = contents;
        this.memory = memory;
        this.isZips = isZips;
    }

    /** @param news numbers, ascending */
    List<Draft> of(List<Integer> news) throws IOException {
        Counterparts counterparts = Counterparts.of(base, wanted, news, contents::sketch);
        List<Integer> related = new ArrayList<>();
        List<Integer> loose = new ArrayList<>();
        List<Draft> drafts = new ArrayList<>();
        for (int number : news) {
            Optional<Draft> zip = isZips ? zipOf(number, counterparts.of(number)) : Optional.empty();
            if (zip.isPresent()) {
                drafts.add(zip.get());
                continue;
            }
            boolean isAlone = news.size() == 1;
            (!isAlone && isLoose(number, counterparts.of(number)) ? loose : related).add(number);
        }
        for (Group group : Group.of(base, wanted, related, counterparts, memory)) {
            drafts.addAll(smallest(group));
        }
        drafts.addAll(solid().of(loose));
        return drafts;
    }

    /** A zip that is taken apart is a piece of its own, where that is smaller than a patch of it as it lies. */
    private Optional<Draft> zipOf(int number, OptionalInt old) throws IOException {
        if (old.isEmpty()) {
            return Optional.empty();
        }
        Optional<Draft> apart = pieces.zipPatch(old.getAsInt(), number);
        if (apart.isEmpty()) {
            return apart;
        }
        Optional<Draft> whole = pieces.bsdiff(List.of(old.getAsInt()), List.of(number));
        boolean isSmaller = apart.get().size() < whole.map(Draft::size).orElse(Long.MAX_VALUE)
                && apart.get().size() < pieces.estimate(List.of(number));
        if (whole.isPresent()) {
            pieces.discard(whole.get());
        }
        if (!isSmaller) {
            pieces.discard(apart.get());
        }
        return apart.filter(draft -> isSmaller);
    }

    /** What is packed and has nothing in common with what it was would only be in the way of the others. */
    private boolean isLoose(int number, OptionalInt old) throws IOException {
        Content content = wanted.contents().get(number);
        boolean isPacked =
                content.size() >= MIN_LOOSE && pieces.estimate(List.of(number)) > content.size() * PACKED / 100;
        return isPacked
                && (old.isEmpty()
                        || Sketch.common(
                                        contents.sketch(content),
                                        contents.sketch(base.contents().get(old.getAsInt())))
                                == 0);
    }

    private List<Draft> smallest(Group group) throws IOException {
        Optional<Draft> patch = pieces.bsdiff(group.olds(), group.news());
        if (group.olds().size() == 1 && group.news().size() == 1) {
            long limit = patch.map(Draft::size).orElse(Long.MAX_VALUE);
            patch = smaller(
                    patch, pieces.zstdPatch(group.olds().get(0), group.news().get(0), limit));
        }
        if (patch.isPresent() && patch.get().size() < pieces.estimate(group.news()) / ESTIMATE_TO_BEST) {
            return List.of(patch.get());
        }
        List<Draft> others = solid().of(group.news());
        long size = others.stream().mapToLong(Draft::size).sum();
        if (patch.isPresent() && patch.get().size() <= size) {
            for (Draft other : others) {
                pieces.discard(other);
            }
            return List.of(patch.get());
        }
        if (patch.isPresent()) {
            pieces.discard(patch.get());
        }
        return others;
    }

    private SolidPieces solid() {
        return new SolidPieces(pieces, Side.NEW, wanted, OptionalInt.of(ZstdCoder.LEVEL));
    }

    private Optional<Draft> smaller(Optional<Draft> one, Optional<Draft> other) throws IOException {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        boolean isOne = one.get().size() <= other.get().size();
        pieces.discard(isOne ? other.get() : one.get());
        return isOne ? one : other;
    }
}
