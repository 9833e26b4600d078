package dev.otapair.server.session;

import dev.otapair.protocol.log.Loggers;
import java.net.InetAddress;
import java.time.Clock;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Tells the operator which addresses still use the v1 handshake, each once a day, and how many there are. Thread-safe;
 * remembers a bounded number of addresses.
 */
public final class LegacyCensus {
    private static final Logger LOG = Loggers.of(LegacyCensus.class);
    private static final int MAX_ADDRESSES = 100_000;

    private final Clock clock;
    private final Set<InetAddress> today = new HashSet<>();
    private LocalDate day;

    /** @param clock tells the day */
    public LegacyCensus(Clock clock) {
        this.clock = clock;
        this.day = LocalDate.now(clock);
    }

    /** Counts a v1 board that was let in. */
    synchronized void add(InetAddress address) {
        LocalDate now = LocalDate.now(clock);
        if (!now.equals(day)) {
            day = now;
            today.clear();
        }
        if (today.size() < MAX_ADDRESSES && today.add(address)) {
            LOG.warn(
                    "{} sent the token in clear (v1); so did {} address{} today. Move its boards to v2, then set allow_legacy = no",
                    address.getHostAddress(),
                    today.size(),
                    today.size() == 1 ? "" : "es");
        }
    }
}
