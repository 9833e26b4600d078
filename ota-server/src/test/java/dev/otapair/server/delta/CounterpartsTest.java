package dev.otapair.server.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Digest;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CounterpartsTest {
    private final Map<String, byte[]> before = new TreeMap<>();
    private final Map<String, byte[]> after = new TreeMap<>();
    private int sketched;

    @Test
    void samePathCountsMost() {
        byte[] old = put(before, "lib/a.so", 1);
        put(before, "lib/a.so.1", 2);
        put(after, "lib/a.so", 3);

        assertThat(counterpart("lib/a.so")).contains(old);
        assertThat(sketched).isZero();
    }

    @Test
    void pathWithoutItsDigitsCountsNext() {
        byte[] old = put(before, "modules/6.1.0-21/net/a1.ko", 1);
        put(before, "modules/6.1.0-21/fs/a1.ko", 2);
        put(after, "modules/6.1.0-22/net/a1.ko", 3);
        put(after, "modules/6.1.0-22/fs/a1.ko", 4);

        assertThat(counterpart("modules/6.1.0-22/net/a1.ko")).contains(old);
        assertThat(sketched).isZero();
    }

    @Test
    void amongManyTheSameNameWins() {
        put(before, "v1/lib1.so", 1);
        byte[] old = put(before, "v1/lib2.so", 2);
        put(before, "v1/lib3.so", 3);
        put(after, "v2/lib2.so", 4);

        assertThat(counterpart("v2/lib2.so")).contains(old);
    }

    @Test
    void nameWithoutItsDigitsCountsAfterThat() {
        byte[] old = put(before, "usr/lib/libssl.so.3.0.1", 1);
        put(after, "lib64/libssl.so.3.0.2", 2);

        assertThat(counterpart("lib64/libssl.so.3.0.2")).contains(old);
    }

    @Test
    void atLastContentIsCompared() {
        byte[] old = put(before, "one/name", 1);
        put(before, "other/thing", 2);
        byte[] made = Trees.changed(old, new Random(1));
        after.put("third/stuff", made);

        assertThat(counterpart("third/stuff")).contains(old);
        assertThat(sketched).isEqualTo(3);
    }

    @Test
    void whatHasNothingInCommonHasNone() {
        put(before, "one/name", 1);
        put(after, "third/stuff", 2);

        assertThat(counterpart("third/stuff")).isEmpty();
    }

    /** It is needed as it is, and something else may have been made from it all the same. */
    @Test
    void whatIsKeptIsComparedByPathAlone() {
        byte[] kept = put(before, "app", 1);
        after.put("elsewhere", kept);
        after.put("app", Trees.changed(kept, new Random(1)));
        after.put("unrelated", Trees.changed(kept, new Random(2)));

        assertThat(counterpart("app")).contains(kept);
    }

    @Test
    void oneOldFileIsNotTakenForTwoOfTheSameText() {
        put(before, "a1", 1);
        put(before, "a2", 2);
        put(after, "b/a3", 3);
        put(after, "b/a4", 4);
        Counterparts found = counterparts();

        assertThat(IntStream.range(0, 2).mapToObj(found::of).flatMapToInt(OptionalInt::stream))
                .containsExactlyInAnyOrder(0, 1);
    }

    private Optional<byte[]> counterpart(String path) {
        Counterparts found = counterparts();
        int number = Objects.ofTree(Shelf.manifestOf(after)).paths().indexOf(path);
        Objects base = Objects.ofTree(Shelf.manifestOf(before));
        OptionalInt old = found.of(number);
        return old.isEmpty()
                ? Optional.empty()
                : Optional.of(before.get(base.paths().get(old.getAsInt())));
    }

    private Counterparts counterparts() {
        Objects base = Objects.ofTree(Shelf.manifestOf(before));
        Objects wanted = Objects.ofTree(Shelf.manifestOf(after));
        Map<Digest, byte[]> all = new HashMap<>(Trees.contents(before));
        all.putAll(Trees.contents(after));
        return Counterparts.of(
                base,
                wanted,
                IntStream.range(0, wanted.contents().size())
                        .filter(number ->
                                !base.contents().contains(wanted.contents().get(number)))
                        .boxed()
                        .toList(),
                content -> {
                    sketched++;
                    Sketch sketch = new Sketch();
                    sketch.add(ByteBuffer.wrap(all.get(content.sha256())));
                    return sketch.numbers();
                });
    }

    private static byte[] put(Map<String, byte[]> tree, String path, long seed) {
        byte[] content = Trees.program(new Random(seed), 5_000);
        tree.put(path, content);
        return content;
    }
}
