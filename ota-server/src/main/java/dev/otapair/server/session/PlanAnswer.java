package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Response.Body;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.delta.ServedPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a board is answered that asked for a plan.
 *
 * @param payload what follows
 * @see "PROTOCOL.md, section 9: Increments"
 */
record PlanAnswer(PlanResponse response, Payload payload) {
    /**
     * Says what is sent.
     *
     * @param name of what is on offer, for the log
     * @param content of its package
     * @throws OtaException MALFORMED_MESSAGE if the offset is beyond the plan's end
     */
    static PlanAnswer of(PlanRequest request, ServedPlan plan, String name, Content content, PlanDesk desk) {
        boolean isKnown = request.resumed().filter(plan.id()::equals).isPresent();
        if (request.offset().isEmpty()) {
            return new PlanAnswer(response(plan, Optional.empty(), 0, 0), new Payload(name, "", content, List.of()));
        }
        long offset = isKnown ? request.offset().getAsLong() : 0;
        if (offset > plan.size()) {
            throw new OtaException(
                    ErrorCode.MALFORMED_MESSAGE,
                    "plan.offset is %d, beyond the %d bytes of the plan".formatted(offset, plan.size()));
        }
        Optional<Body> body = isKnown ? Optional.empty() : plan.body();
        List<Payload.Part> parts = new ArrayList<>();
        body.ifPresent(sent -> plan.bodyFiles().forEach(file -> addFrom(0, file, plan, desk, parts)));
        long skipped = offset;
        for (ServedPlan.Stored piece : plan.pieces()) {
            long size = piece.content().size();
            addFrom(Math.min(skipped, size), piece, plan, desk, parts);
            skipped = Math.max(0, skipped - size);
        }
        String note = " of a plan" + (offset == 0 ? "" : " from %d on".formatted(offset));
        return new PlanAnswer(
                response(plan, body, offset, plan.size() - offset), new Payload(name, note, content, parts));
    }

    private static void addFrom(
            long position, ServedPlan.Stored file, ServedPlan plan, PlanDesk desk, List<Payload.Part> parts) {
        long length = file.content().size() - position;
        if (length > 0) {
            parts.add(new Payload.Part(() -> desk.open(plan, file), position, length));
        }
    }

    private static PlanResponse response(ServedPlan plan, Optional<Body> body, long offset, long length) {
        return new PlanResponse(plan.want(), plan.id(), plan.size(), plan.change(), body, offset, length);
    }
}
