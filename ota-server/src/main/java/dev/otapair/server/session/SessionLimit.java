package dev.otapair.server.session;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The places for sessions past the handshake: at most so many at a time, the others wait their turn, first come first
 * served. Thread-safe.
 *
 * @see "PROTOCOL.md, section 5.3: Admission"
 */
public final class SessionLimit {
    private final Set<Place> waiting = new LinkedHashSet<>();
    private int places;
    private int taken;

    /** @param places 1 or more */
    public SessionLimit(int places) {
        this.places = places;
    }

    /** Changes the number of places; 0 admits nobody. Sessions that have one keep it; those that wait move up. */
    public synchronized void resize(int newPlaces) {
        places = newPlaces;
        admit();
    }

    /**
     * Asks for a place.
     *
     * @param executor runs {@code admitted}, as soon as the place is there
     * @return the place, or the place in the queue, to be left in either case
     */
    synchronized Place enter(Executor executor, Runnable admitted) {
        Place place = new Place(executor, admitted);
        waiting.add(place);
        admit();
        return place;
    }

    /**
     * Takes a place if one is free; does not wait. Nobody who waits is overtaken: while one waits, none is free.
     *
     * @return the place, to be left
     */
    synchronized Optional<Place> tryEnter() {
        if (taken >= places) {
            return Optional.empty();
        }
        taken++;
        return Optional.of(new Place(Runnable::run, () -> {}));
    }

    private void admit() {
        Iterator<Place> queue = waiting.iterator();
        while (taken < places && queue.hasNext()) {
            Place next = queue.next();
            queue.remove();
            taken++;
            next.executor.execute(next.admitted);
        }
    }

    private synchronized void leave(Place place) {
        if (place.left) {
            return;
        }
        place.left = true;
        if (!waiting.remove(place)) {
            taken--;
        }
        admit();
    }

    /** A place, or a wait for one. */
    final class Place {
        private final Executor executor;
        private final Runnable admitted;
        private boolean left;

        private Place(Executor executor, Runnable admitted) {
            this.executor = executor;
            this.admitted = admitted;
        }

        /** Gives it to who waits longest. Calling it again does nothing. */
        void leave() {
            SessionLimit.this.leave(this);
        }
    }
}
