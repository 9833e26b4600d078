package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeSpaceTest {
    @Test
    void reserveIsNotForUse() {
        FreeSpace free = new FreeSpace(100);

        assertThat(free.has(90, 10)).isTrue();
        assertThat(free.has(91, 10)).isFalse();
        assertThat(free.has(1, 101)).isFalse();
    }

    @Test
    void diskSaysHowMuchIsFree(@TempDir Path folder) {
        assertThat(FreeSpace.below(folder).bytes()).isPositive().isLessThan(Long.MAX_VALUE);
    }

    /** As procfs does. */
    @Test
    void diskThatTellsNoSizeHasRoom() {
        assertThat(FreeSpace.below(Path.of("/proc")).bytes()).isEqualTo(Long.MAX_VALUE);
    }
}
