package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskBlocksTest {
    @ParameterizedTest
    @CsvSource({
        "0, 4096",
        "1, 4096",
        "4096, 4096",
        "4097, 8192",
        "9223372036854771712, 9223372036854771712",
        "9223372036854771713, 9223372036854775807",
        "9223372036854775807, 9223372036854775807"
    })
    void fileTakesWholeBlocksAndOneAtLeast(long size, long taken) {
        assertThat(DiskBlocks.of(size)).isEqualTo(taken);
    }
}
