package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.Arrays;

/** What a lying server may send: read as the one plan that is written like that, and within its bounds, or refused. */
public final class PlanFuzzTarget {
    private PlanFuzzTarget() {}

    /** @param data a plan's text */
    public static void fuzzerTestOneInput(byte[] data) {
        Plan plan;
        try {
            plan = Plan.parse(data);
        } catch (OtaException e) {
            if (e.code() != ErrorCode.METADATA_REJECTED) {
                throw new AssertionError("refused as something else", e);
            }
            return;
        }
        require(Arrays.equals(plan.toBytes(), data), "written in another way");
        require(new Plan(plan.want(), plan.base(), plan.pieces()).equals(plan), "its pieces are another one");
        require(plan.length() >= 0 && plan.length() <= PackageResponse.MAX_SIZE, "its length is out of bounds");
        int numbers = plan.pieces().stream()
                .mapToInt(piece -> piece.from().size() + piece.makes().size())
                .sum();
        require(numbers <= Plan.MAX_NUMBERS, "it has too many numbers");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
