package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.store.OwnProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomBuildsTest {
    private static final int BUILDS = 60;

    @TempDir
    private Path folder;

    @Test
    void whatComesOutIsAlwaysWhatWasWanted() throws IOException {
        RandomBuilds.run(folder, System.nanoTime(), BUILDS);

        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void whatComesOutForAnybodyElseIsAlwaysWhatWasWantedButForOwners() throws IOException, InterruptedException {
        assumeTrue(OwnProcess.isRoot(), "only root can be somebody else");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv is not here");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path home = Files.createDirectory(folder.resolve("home"));
        Files.setAttribute(home, "unix:uid", 65534);

        List<String> words =
                new ArrayList<>(List.of("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
        words.addAll(Elsewhere.commandForAnybody(
                folder.resolve("classes"),
                RandomBuilds.class,
                "-Xmx128m",
                home.toString(),
                Long.toString(System.nanoTime()),
                Integer.toString(BUILDS / 2)));

        assertThat(Elsewhere.run(words)).endsWith("all came out\n");
    }
}
