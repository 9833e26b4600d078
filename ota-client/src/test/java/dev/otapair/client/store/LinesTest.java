package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
    @Test
    void linesHaveNoEnds() {
        assertThat(Lines.of("")).isEmpty();
        assertThat(Lines.of("a\n\nb\n")).containsExactly("a", "", "b");
        assertThat(Lines.of("a\nb")).containsExactly("a", "b");
        assertThat(Lines.of("1\n2\n", Integer::valueOf)).containsExactly(1, 2);
    }

    @Test
    void firstLineOfAKeyCounts() {
        assertThat(Lines.value(List.of("a=1", "b=2", "a=3"), "a=")).contains("1");
        assertThat(Lines.value(List.of("a=1"), "c=")).isEmpty();
    }
}
