package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan.Side;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/** How objects are sent to who has nothing that they could be made from: what is alike comes together. */
final class SolidPieces {
    /** Of the objects of one piece: what a board has to get again when one has come damaged. */
    private static final long MAX_BYTES = 32L << 20;

    /** One that has more, and is sent as it is, is sent from where it lies; of smaller ones there may be too many for that. */
    private static final long MIN_ALONE = 64 * 1024;

    private final PieceMaker pieces;
    private final Side side;
    private final Objects objects;
    private final OptionalInt level;

    /**
     * @param objects of that side
     * @param level of zstd; empty for boards that decode nothing
     */
    SolidPieces(PieceMaker pieces, Side side, Objects objects, OptionalInt level) {
        this.pieces = pieces;
        this.side = side;
        this.objects = objects;
        this.level = level;
    }

    /** Returns pieces that make some objects. */
    List<Draft> of(List<Integer> numbers) throws IOException {
        List<Integer> sorted = new ArrayList<>(numbers);
        sorted.sort(Comparator.comparing(
                        (Integer number) -> extension(objects.paths().get(number)))
                .thenComparing(Comparator.naturalOrder()));
        List<Draft> drafts = new ArrayList<>();
        List<Integer> group = new ArrayList<>();
        long bytes = 0;
        for (int number : sorted) {
            long size = objects.contents().get(number).size();
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
        if (level.isPresent()) {
            Draft solid = pieces.solid(side, group, level.getAsInt());
            if (solid.size() < bytes) {
                return List.of(solid);
            }
            pieces.discard(solid);
        }
        return raw(group);
    }

    private List<Draft> raw(List<Integer> group) throws IOException {
        List<Draft> drafts = new ArrayList<>();
        List<Integer> joined = new ArrayList<>();
        for (int number : group) {
            if (objects.contents().get(number).size() < MIN_ALONE) {
                joined.add(number);
            } else {
                drafts.add(pieces.raw(side, List.of(number)));
            }
        }
        if (!joined.isEmpty()) {
            drafts.add(pieces.raw(side, joined));
        }
        return drafts;
    }

    private static String extension(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
