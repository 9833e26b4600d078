package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** All that is not the one zlib is found out; the one is on every machine that this is developed on. */
class ZlibCheckTest {
    @Test
    void zlibOfThisMachineIsTheOne() {
        assertThat(ZipForm.isUsable()).isTrue();
        assertThat(Coding.usable()).containsExactlyInAnyOrder(Coding.values());
    }
}
