package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ManifestEntry.File;
import dev.otapair.protocol.release.ManifestEntry.Folder;
import dev.otapair.protocol.release.ManifestEntry.Link;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "0".repeat(32));

    private static File file(String path, int content) {
        return new File(path, 0644, 0, 0, 1_700_000_000, new Content(5, sha256(content)), MD5);
    }

    private static Digest sha256(int content) {
        return new Digest(Digest.Algorithm.SHA256, "%064x".formatted(content));
    }

    @Test
    void listIsWrittenAndRead() {
        Manifest manifest = new Manifest(List.of(
                new Folder("a", 0755, 0, 0, -1),
                file("a b", 1),
                new Folder("a-b", 0755, 0, 0, 0),
                file("a-b/%x", 1),
                file("a/é", 2),
                new Link("z", 1, 2, 3, "../\t x")));

        Manifest read = Manifest.parse(manifest.toBytes());

        assertThat(read).isEqualTo(manifest);
        assertThat(read.entries()).isEqualTo(manifest.entries());
        assertThat(read.objects()).containsExactly(new Content(5, sha256(1)), new Content(5, sha256(2)));
        assertThat(new String(manifest.toBytes(), StandardCharsets.UTF_8))
                .startsWith("""
                ota-manifest/1
                d 0755 0 0 -1 a
                f 0644 0 0 1700000000 5 0000000000000000000000000000000000000000000000000000000000000001 00000000000000000000000000000000 a%20b
                """)
                .endsWith("l 1 2 3 z\t../%09%20x\n");
    }

    @Test
    void changeCountsEntries() {
        Manifest before = new Manifest(List.of(file("a", 1), file("b", 2), file("c", 3)));
        Manifest after = new Manifest(List.of(file("0", 1), file("b", 2), file("c", 4), file("d", 1)));

        assertThat(after.changeFrom(Optional.of(before))).isEqualTo(new Change(2, 1, 1));
        assertThat(after.changeFrom(Optional.empty())).isEqualTo(new Change(4, 0, 0));
    }
}
