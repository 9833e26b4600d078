package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuarantineTest {
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "1".repeat(64));
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "1".repeat(32));

    @TempDir
    private Path folder;

    private Quarantine quarantine;

    @BeforeEach
    void open() {
        quarantine = new Quarantine(folder, new DurableFiles());
    }

    @Test
    void signedReleaseIsKnownByItsCounterWhateverItsContent() {
        quarantine.add(deployment(7, "fw-7", 10, SHA256));

        assertThat(quarantine.holds(7, Optional.empty())).isTrue();
        assertThat(quarantine.holds(8, whole("fw-7", 10, SHA256))).isFalse();
        assertThat(quarantine.holds(0, whole("fw-7", 10, SHA256))).isFalse();
    }

    @Test
    void unsignedReleaseIsKnownByItsContentWhateverItsName() {
        quarantine.add(deployment(0, "fw-7", 10, SHA256));

        assertThat(quarantine.holds(0, whole("fw-8", 10, SHA256))).isTrue();
        assertThat(quarantine.holds(7, whole("fw-7", 10, SHA256))).isFalse();
    }

    @Test
    void releaseOfVersionOneIsKnownByNameSizeAndMd5() {
        quarantine.add(deployment(0, "fw-7", 10, MD5));

        assertThat(quarantine.holds(0, whole("fw-7", 10, MD5))).isTrue();
        assertThat(quarantine.holds(0, whole("fw-8", 10, MD5))).isFalse();
        assertThat(quarantine.holds(0, whole("fw-7", 11, MD5))).isFalse();
        assertThat(quarantine.holds(0, whole("fw-7", 10, new Digest(Digest.Algorithm.MD5, "2".repeat(32)))))
                .isFalse();
        assertThat(quarantine.holds(0, Optional.empty())).isFalse();
    }

    @Test
    void oldestAreForgottenAndNoneStandsThereTwice() {
        for (int release = 1; release <= 40; release++) {
            quarantine.add(deployment(release, "fw", 10, SHA256));
            quarantine.add(deployment(release, "fw", 10, SHA256));
        }

        assertThat(quarantine.read()).hasSize(32);
        assertThat(quarantine.holds(9, Optional.empty())).isTrue();
        assertThat(quarantine.holds(8, Optional.empty())).isFalse();
    }

    @Test
    void damagedFileHoldsNothingAndCanBeWrittenAgain() throws Exception {
        quarantine.add(deployment(7, "fw-7", 10, SHA256));
        Files.writeString(folder.resolve("quarantine"), "x");

        assertThat(quarantine.holds(7, Optional.empty())).isFalse();
        quarantine.add(deployment(8, "fw-8", 10, SHA256));

        assertThat(quarantine.holds(8, Optional.empty())).isTrue();
    }

    private static Optional<PackageResponse> whole(String name, long size, Digest digest) {
        return Optional.of(PackageResponse.whole(new PackageName(name), size, digest));
    }

    private static Deployment deployment(long counter, String name, long size, Digest digest) {
        InstalledRelease release = new InstalledRelease(
                Optional.of(new PackageName(name)),
                counter,
                "",
                Optional.of(digest).filter(known -> known.algorithm() == Digest.Algorithm.SHA256));
        return new Deployment(release, new PackageName(name), digest, size, false);
    }
}
