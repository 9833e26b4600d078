package dev.otapair.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link DurableFiles#ensureOwnFolder} promises. */
class OwnFolderTest {
    private final DurableFiles files = new DurableFiles();

    @TempDir
    private Path parent;

    private Path folder;

    @BeforeEach
    void name() {
        folder = parent.resolve("own");
    }

    @Test
    void folderIsMadeForItsOwnerAlone() throws IOException {
        files.ensureOwnFolder(folder);
        files.ensureOwnFolder(folder);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void folderThatOthersMayEnterIsClosedToThem() throws IOException {
        Files.createDirectory(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));

        files.ensureOwnFolder(folder);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                .isEqualTo("rwx------");
    }

    @Test
    void linkInItsPlaceIsRemovedAndNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(parent.resolve("elsewhere"));
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createSymbolicLink(folder, elsewhere);

        files.ensureOwnFolder(folder);

        assertThat(Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(elsewhere)))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void folderOfSomebodyElseIsRefused() throws IOException {
        assumeTrue(Files.getAttribute(parent, "unix:uid").equals(0), "only root gives folders away");
        Files.createDirectory(folder);
        Files.setAttribute(folder, "unix:uid", 1234);

        assertThatThrownBy(() -> files.ensureOwnFolder(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("it belongs to user 1234");
    }
}
