package dev.otapair.client.torture;

import java.util.List;

/** What must be kept, and what may be: as of the step that was at work last. Written by one thread, read by others after it ended. */
final class LastPromise implements StoredUpdates.Ledger {
    private volatile Kept acknowledged;
    private volatile Kept begun;
    private volatile long steps;

    /** @param found on the disk as it begins */
    LastPromise(Kept found) {
        this.acknowledged = found;
        this.begun = found;
    }

    @Override
    public void begins(Kept next) {
        begun = next;
    }

    @Override
    public void holds(Kept now) {
        acknowledged = now;
        steps++;
    }

    /** Returns how many steps have ended. */
    long steps() {
        return steps;
    }

    /** Returns whether a step had begun that did not end. */
    boolean isOpen() {
        return !acknowledged.equals(begun);
    }

    /** As {@link Kept#faults}. */
    List<String> faults(Kept found) {
        return acknowledged.faults(begun, found);
    }
}
