package dev.otapair.client;

import dev.otapair.client.session.Visit;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One connection of a visit, from before it is made: what it brings, and how long that takes. What the board does of its own in
 * between, such as asking a person, is not the server's time.
 */
final class TimedVisit implements Visit {
    private final UpdateVisit visit;
    private final long cameBefore;
    private final long since = System.nanoTime();
    private long ownNanos;

    TimedVisit(UpdateVisit visit) {
        this.visit = visit;
        this.cameBefore = visit.cameOver();
    }

    /** Returns how many bytes of the package came. */
    long came() {
        return visit.cameOver() - cameBefore;
    }

    /** Returns how many of them need not come again. */
    long brought() {
        return visit.canResume() ? came() : 0;
    }

    /** Returns how long the server has taken so far, connecting included. */
    Duration taken() {
        return Duration.ofNanos(System.nanoTime() - since - ownNanos);
    }

    @Override
    public Board board() {
        return visit.board();
    }

    @Override
    public boolean offered(HeaderResponse header) {
        return ofOurs(() -> visit.offered(header));
    }

    @Override
    public Optional<Request> wanted(Set<Feature> features) {
        return ofOurs(() -> visit.wanted(features));
    }

    @Override
    public Decision announced(PackageResponse announced) {
        return ofOurs(() -> visit.announced(announced));
    }

    @Override
    public Decision planned(PlanResponse announced) {
        return ofOurs(() -> visit.planned(announced));
    }

    @Override
    public boolean unplanned(boolean isComing) {
        return ofOurs(() -> visit.unplanned(isComing));
    }

    @Override
    public boolean payload(ByteBuffer bytes) {
        return visit.payload(bytes);
    }

    private <T> T ofOurs(Supplier<T> work) {
        long begun = System.nanoTime();
        try {
            return work.get();
        } finally {
            ownNanos += System.nanoTime() - begun;
        }
    }
}
