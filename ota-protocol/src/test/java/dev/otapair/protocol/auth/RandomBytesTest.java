package dev.otapair.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomBytesTest {
    @Test
    void asManyAsAreAskedForAreReturned() {
        assertThat(RandomBytes.of(0)).isEmpty();
        assertThat(RandomBytes.of(16)).hasSize(16);
        assertThat(RandomBytes.of(100_000)).hasSize(100_000);
    }

    @Test
    void noneComeTwice() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            assertThat(seen.add(HexFormat.of().formatHex(RandomBytes.of(16)))).isTrue();
        }
    }
}
