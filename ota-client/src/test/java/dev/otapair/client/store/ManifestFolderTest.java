package dev.otapair.client.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestFolderTest {
    private static final String SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private static final Digest HELLO = new Digest(Digest.Algorithm.SHA256, SHA256_OF_HELLO);

    @TempDir
    private Path state;

    @Test
    void manifestIsReadAsItWasWritten() throws IOException {
        assertThat(manifests().write("hello".getBytes(UTF_8))).isEqualTo(HELLO);

        assertThat(manifests().read(HELLO)).hasValue("hello".getBytes(UTF_8));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("manifests"))))
                .isEqualTo("rwx------");
    }

    @Test
    void manifestThatIsNotThereIsMissing() {
        assertThat(manifests().read(HELLO)).isEmpty();
    }

    @Test
    void damagedManifestCountsAsMissingUntilItIsWrittenAgain() throws IOException {
        manifests().write("hello".getBytes(UTF_8));
        Files.writeString(state.resolve("manifests").resolve(SHA256_OF_HELLO), "hellO");

        assertThat(manifests().read(HELLO)).isEmpty();

        manifests().write("hello".getBytes(UTF_8));
        assertThat(manifests().read(HELLO)).hasValue("hello".getBytes(UTF_8));
    }

    @Test
    void linkInItsPlaceIsNotFollowed() throws IOException {
        Path canary = Files.writeString(state.resolve("canary"), "hello");
        Files.createDirectory(state.resolve("manifests"));
        Files.createSymbolicLink(state.resolve("manifests").resolve(SHA256_OF_HELLO), canary);

        assertThat(manifests().read(HELLO)).isEmpty();

        manifests().write("hello".getBytes(UTF_8));
        assertThat(canary).isRegularFile();
        assertThat(manifests().read(HELLO)).isPresent();
    }

    @Test
    void whatIsNotNeededIsRemovedAndSoIsWhatACutLeft() throws IOException {
        Digest old = manifests().write("old".getBytes(UTF_8));
        manifests().write("hello".getBytes(UTF_8));
        Files.writeString(state.resolve("manifests").resolve(".tmp-" + SHA256_OF_HELLO), "hel");

        manifests().keep(Set.of(HELLO));

        assertThat(manifests().read(old)).isEmpty();
        assertThat(state.resolve("manifests").toFile().list()).containsExactly(SHA256_OF_HELLO);
    }

    @Test
    void nothingIsRemovedWhereNothingWasWritten() {
        manifests().keep(Set.of());

        assertThat(state).isEmptyDirectory();
    }

    private ManifestFolder manifests() {
        return new ManifestFolder(state, new DurableFiles());
    }
}
