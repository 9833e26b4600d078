package dev.otapair.client.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.release.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;

/** A folder that is edited and published, release after release, as {@code fw-1.tar.gz}, {@code fw-2.tar.gz} and so on. */
public final class PublishedTree {
    private final Path root;
    private final RealServer server;
    private final SigningKey key;
    private int releases;

    /** @param root made here, empty */
    public PublishedTree(Path root, RealServer server, SigningKey key) throws IOException {
        this.root = Files.createDirectories(root);
        this.server = server;
        this.key = key;
    }

    /** Returns the folder. */
    public Path root() {
        return root;
    }

    /** Publishes it as it is now; nothing may be written there meanwhile. */
    public void publish() throws IOException {
        releases++;
        Path named = root.resolveSibling("fw-" + releases);
        Files.move(root, named, StandardCopyOption.ATOMIC_MOVE);
        server.publisher().publish(Source.ofTree(named), new Wish().draft(), List.of(key));
        Files.move(named, root, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Sees that a folder holds the same, but for what has one of these names. */
    public void assertSame(Path made, String... besides) throws IOException, InterruptedException {
        Process diff = new ProcessBuilder("diff", "-r", "--no-dereference", root.toString(), made.toString())
                .redirectErrorStream(true)
                .start();
        String different = new String(diff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = diff.waitFor();
        assertThat(status).as(different).isLessThanOrEqualTo(besides.length == 0 ? 0 : 1);
        assertThat(different.lines().filter(line -> List.of(besides).stream().noneMatch(line::endsWith)))
                .isEmpty();
    }

    /** Returns what nothing shrinks. */
    public static byte[] noise(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
