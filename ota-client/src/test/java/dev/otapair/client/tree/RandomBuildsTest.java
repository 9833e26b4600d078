package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomBuildsTest {
    private static final int BUILDS = 150;

    @TempDir
    private Path folder;

    @Test
    void whatComesOutIsAlwaysWhatWasWanted() throws IOException {
        RandomBuilds.run(folder, System.nanoTime(), BUILDS);

        assertThat(folder).isEmptyDirectory();
    }
}
