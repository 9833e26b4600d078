package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.testing.ByteEdits;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every manifest: there is one way to write it, and whatever is one byte away is another one or none. */
class ManifestPropertiesTest {
    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyTreeIsReadAsItWasWritten(long seed) {
        List<ManifestEntry> entries = new Trees(new Random(seed)).next();
        Manifest manifest = new Manifest(entries);

        Manifest read = Manifest.parse(manifest.toBytes());

        assertThat(read.entries()).describedAs("seed %d", seed).isEqualTo(entries);
        assertThat(read).isEqualTo(manifest);
        assertThat(read.toBytes()).isEqualTo(manifest.toBytes());
        assertThat(read.content()).isEqualTo(manifest.content());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyFileIsTheObjectOfItsNumber(long seed) {
        Manifest manifest = new Manifest(new Trees(new Random(seed)).next());

        Set<Content> contents = new HashSet<>();
        for (int i = 0; i < manifest.entries().size(); i++) {
            if (manifest.entries().get(i) instanceof ManifestEntry.File file) {
                contents.add(file.content());
                assertThat(manifest.objects().get(manifest.objectOf(i)))
                        .describedAs("seed %d, entry %d", seed, i)
                        .isEqualTo(file.content());
                assertThat(manifest.objectOf(i)).isLessThan(contents.size());
            } else {
                assertThat(manifest.objectOf(i)).isEqualTo(Manifest.NO_OBJECT);
            }
        }
        assertThat(manifest.objects()).hasSameSizeAs(contents);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void changeIsWhatTwoMapsSay(long seed) {
        Trees trees = new Trees(new Random(seed));
        Manifest before = new Manifest(trees.next());
        Manifest after = new Manifest(trees.next());
        Map<String, ManifestEntry> old = byPath(before);
        Map<String, ManifestEntry> now = byPath(after);
        Set<String> both = new HashSet<>(old.keySet());
        both.retainAll(now.keySet());
        long changed = both.stream()
                .filter(path -> !old.get(path).equals(now.get(path)))
                .count();

        assertThat(after.changeFrom(Optional.of(before)))
                .describedAs("seed %d", seed)
                .isEqualTo(new Change(now.size() - both.size(), changed, old.size() - both.size()));
    }

    @Test
    void whatIsOneByteAwayIsAnotherManifestOrNone() {
        byte[] text = "ota-manifest/1\nd 0755 0 0 -1 a\nl 0 0 1 a/%20\t%09é\nf 0644 1 2 3 4 %s %s b\n"
                .replaceFirst("%s", "0".repeat(64))
                .replaceFirst("%s", "a".repeat(32))
                .getBytes(StandardCharsets.UTF_8);
        assertThat(assertIsItsOwnTextOrRejected(text)).isEqualTo(1);
        AtomicInteger others = new AtomicInteger();

        ByteEdits.forEach(text, edited -> others.addAndGet(assertIsItsOwnTextOrRejected(edited)));
        ByteEdits.forEachCut(text, cut -> others.addAndGet(assertIsItsOwnTextOrRejected(cut)));

        assertThat(others).hasValueGreaterThan(1000);
    }

    /** Returns 1 for a manifest. */
    private static int assertIsItsOwnTextOrRejected(byte[] text) {
        try {
            Manifest read = Manifest.parse(text.clone());
            assertThat(read.toBytes()).isEqualTo(text);
            assertThat(new Manifest(read.entries()).toBytes()).isEqualTo(text);
            return 1;
        } catch (OtaException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.METADATA_REJECTED);
            return 0;
        }
    }

    private static Map<String, ManifestEntry> byPath(Manifest manifest) {
        return manifest.entries().stream()
                .collect(Collectors.toMap(ManifestEntry::path, entry -> entry, (one, other) -> one, HashMap::new));
    }
}
