package dev.otapair.client.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Some crash states of two updates, and the mutants: a share of what {@link CrashStates} and {@link Mutants} do. */
class CrashStatesTest {
    private static final long SEED = 20_261_127;
    private static final int PACKAGE_BYTES = 3_000;
    private static final int GRAIN = 25;
    private static final int ENOUGH = 8_000;
    private static final int SYNC_BYTES = 8 * 1024 * 1024;

    @BeforeAll
    static void recoverInSilence() {
        LogLevel.ERROR.apply();
    }

    @AfterAll
    static void speakAgain() {
        LogLevel.INFO.apply();
    }

    @Test
    void nothingAcknowledgedIsLostInAnyState() throws IOException {
        Random random = new Random(SEED);
        CrashTrace trace = new CrashTrace(DiskImage.empty(), new Contents(PACKAGE_BYTES), 2, GRAIN, random);

        List<String> faults = new ArrayList<>();
        int states = 0;
        while (!trace.isAtEnd()) {
            states += trace.search(faults, random);
        }

        assertThat(faults).isEmpty();
        assertThat(states).isGreaterThan(1_500);
    }

    static List<Mutant> mutants() {
        return Mutant.all();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void mutantIsCaught(Mutant mutant, @TempDir Path folder) throws IOException, ReflectiveOperationException {
        assumeTrue(Mutant.obstacle().isEmpty(), Mutant::obstacle);

        assertThat(mutant.hunt(folder, SEED, PACKAGE_BYTES, GRAIN, ENOUGH).caught())
                .isPositive();
    }

    @Test
    void whatTheDiskWasToldToKeepOfADownloadSurvives() {
        MemoryDisk disk = new MemoryDisk(DiskImage.empty());
        PackageFolder packages = new PackageFolder(disk.path("/packages"), OptionalLong.empty(), new DurableFiles());
        Digest digest = new Digest(Digest.Algorithm.SHA256, "0".repeat(64));
        packages.prepare(Set.of());
        try (PartialFile partial =
                packages.open(PackageResponse.whole(new PackageName("fw-1"), SYNC_BYTES + 1, digest))) {
            partial.append(ByteBuffer.allocate(SYNC_BYTES));
            partial.append(ByteBuffer.allocate(1));
        }

        CrashSpace space = new CrashSpace(DiskImage.empty(), disk.changes(), 1);
        while (!space.isAtEnd()) {
            space.advance();
        }

        assertThat(space.states())
                .hasSizeGreaterThan(1)
                .allSatisfy(state -> assertThat(state.content(
                                state.find("/packages/.part-" + digest.hex()).orElseThrow()))
                        .hasSizeBetween(SYNC_BYTES, SYNC_BYTES + 1));
    }
}
