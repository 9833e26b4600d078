package dev.otapair.server.store;

import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Request.Standing;
import java.util.Optional;

/**
 * What is last known of one board.
 *
 * @param installed the package it runs, in its own words of {@code lastSeen}; empty when it has none
 * @param release the counter of that, 0 when it has none
 * @param reported what it said last of a release, which need not be the one it runs; empty where it never said
 * @param observed what the server saw it do since; empty where that is nothing, or what it reported
 * @param since when {@link #state} became what it is, in seconds since 1970
 * @param lastSeen when it was heard last, in seconds since 1970
 */
public record BoardRecord(
        DeviceId board,
        Product product,
        Optional<PackageName> installed,
        long release,
        Optional<Report> reported,
        Optional<Report> observed,
        long since,
        long lastSeen) {
    public BoardRecord {
        if (release < 0 || release > Standing.MAX_RELEASE || since < 0 || lastSeen < 0) {
            throw new IllegalArgumentException(
                    "release %d, since %d or last seen %d is out of bounds".formatted(release, since, lastSeen));
        }
    }

    /** Returns how it stands with the release it last had to do with. */
    public Optional<Report> state() {
        return observed.or(() -> reported);
    }

    /** Returns the same, whose state is as old as this. */
    public BoardRecord since(long time) {
        return new BoardRecord(board, product, installed, release, reported, observed, time, lastSeen);
    }

    /** Says whether nothing but the time is another. */
    boolean tellsNoMoreThan(BoardRecord other) {
        return new BoardRecord(board, product, installed, release, reported, observed, other.since, other.lastSeen)
                .equals(other);
    }
}
