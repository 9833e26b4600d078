package dev.otapair.protocol.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.PatchFuzzTarget;
import dev.otapair.protocol.testing.FuzzSeeds;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the fuzzer starts from, and what it once found, in every build. */
class FuzzSeedsTest {
    @Test
    void framesHold() throws IOException {
        assertThat(FuzzSeeds.runAll(FrameFuzzTarget.class, FrameFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(20);
    }

    @Test
    void codecHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(CodecFuzzTarget.class, CodecFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(100);
    }

    @Test
    void configHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(IniFuzzTarget.class, IniFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void metadataHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(MetadataFuzzTarget.class, MetadataFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void keysHold() throws IOException {
        assertThat(FuzzSeeds.runAll(KeyFuzzTarget.class, KeyFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void signaturesHold() throws IOException {
        assertThat(FuzzSeeds.runAll(SignatureFuzzTarget.class, SignatureFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void sealsHold() throws IOException {
        assertThat(FuzzSeeds.runAll(SealFuzzTarget.class, SealFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void zstdHolds() throws IOException {
        assertThat(FuzzSeeds.runAll(ZstdFuzzTarget.class, ZstdFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void manifestsHold() throws IOException {
        assertThat(FuzzSeeds.runAll(ManifestFuzzTarget.class, ManifestFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(20);
    }

    @Test
    void plansHold() throws IOException {
        assertThat(FuzzSeeds.runAll(PlanFuzzTarget.class, PlanFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(20);
    }

    @Test
    void patchesHold() throws IOException {
        assertThat(FuzzSeeds.runAll(PatchFuzzTarget.class, PatchFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }

    @Test
    void zipsHold() throws IOException {
        assertThat(FuzzSeeds.runAll(ZipFuzzTarget.class, ZipFuzzTarget::fuzzerTestOneInput))
                .isGreaterThan(10);
    }
}
