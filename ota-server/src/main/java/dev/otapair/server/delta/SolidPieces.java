package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How objects are sent to who has nothing that they could be made from: what is alike comes together. */
final class SolidPieces {
    /** Of the objects of one piece: what a board has to get again when one has come damaged. */
    private static final long MAX_BYTES = 32L << 20;

    private final PieceMaker pieces;
    private final Objects wanted;

    SolidPieces(PieceMaker pieces, Objects wanted) {
        this.pieces = pieces;
        this.wanted = wanted;
    }

    /** Returns the smallest pieces that make some objects, one way or the other. */
    List<Draft> of(List<Integer> numbers) throws IOException {
        List<Integer> sorted = new ArrayList<>(numbers);
        sorted.sort(Comparator.comparing(
                        (Integer number) -> extension(wanted.paths().get(number)))
                .thenComparing(Comparator.naturalOrder()));
        List<Draft> drafts = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        long bytes = 0;
        for (int number : sorted) {
            long size = wanted.contents().get(number).size();
            if (!group.isEmpty() && bytes + size > MAX_BYTES) {
                drafts.addAll(smaller(group, bytes));
                group.clear();
                bytes = 0;
            }
            group.add(number);
            bytes += size;
        }
        if (!group.isEmpty()) {
            drafts.addAll(smaller(group, bytes));
        }
        return drafts;
    }

    private List<Draft> smaller(List<Integer> group, long bytes) throws IOException {
        Draft solid = pieces.solid(Side.NEW, group, ZstdCoder.LEVEL);
        if (solid.size() < bytes) {
            return List.of(solid);
        }
        pieces.discard(solid);
        return pieces.raw(Side.NEW, group);
    }

    private static String extension(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
