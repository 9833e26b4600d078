package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.delta.Plan.Side;
import dev.otapair.protocol.message.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static Digest sha256(int content) {
        return new Digest(Digest.Algorithm.SHA256, "%064x".formatted(content));
    }

    @Test
    void planIsWrittenAndRead() {
        Plan plan = new Plan(
                sha256(1),
                Optional.of(sha256(2)),
                List.of(
                        new Piece(Coding.RAW, 5, sha256(3), Side.OLD, List.of(), List.of(7)),
                        new Piece(Coding.BSDIFF, 6, sha256(4), Side.NEW, List.of(9, 3, 4, 5), List.of(0, 1))));

        Plan read = Plan.parse(plan.toBytes());

        assertThat(read).isEqualTo(plan);
        assertThat(new String(plan.toBytes(), StandardCharsets.UTF_8)).endsWith("""
                piece raw 5 0000000000000000000000000000000000000000000000000000000000000003 old - 7
                piece bsdiff 6 0000000000000000000000000000000000000000000000000000000000000004 new 9,3-5 0-1
                """);
    }
}
