package dev.otapair.client.torture;

import java.util.Optional;
import java.util.function.Supplier;

/** Why this machine cannot do something: found out once, when it is asked for, since that may take a while. Not thread-safe. */
final class Obstacle {
    private final Supplier<String> search;
    private Optional<String> found = Optional.empty();

    /** @param search returns empty text if it can */
    Obstacle(Supplier<String> search) {
        this.search = search;
    }

    String text() {
        if (found.isEmpty()) {
            found = Optional.of(search.get());
        }
        return found.get();
    }
}
