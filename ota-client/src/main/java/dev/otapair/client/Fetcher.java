package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.session.Connector;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what is on offer here, over as many connections and from as many servers as it takes. One run.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
final class Fetcher {
    private static final Logger LOG = LoggerFactory.getLogger(Fetcher.class);

    private final Connector connector;
    private final Trial trial;
    private final Interruption interruption;
    private final Rota rota;
    private final Perseverance perseverance;

    /** @param trial knows what a release may cost */
    Fetcher(ClientConfig config, Connector connector, Trial trial, Interruption interruption) {
        this.connector = connector;
        this.trial = trial;
        this.interruption = interruption;
        this.rota = new Rota(config.servers());
        this.perseverance = new Perseverance(config.minRate(), config.retries() + rota.size() - 1);
    }

    /**
     * Holds a visit to its end. What comes with a wrong digest is fetched again, once, from the next server if there is one.
     *
     * @return what is here now, verified; empty when there is nothing to fetch
     * @throws OtaException what it failed with
     */
    Optional<PackageResponse> fetch(UpdateVisit visit) {
        try {
            return fetchOnce(visit);
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw e;
            }
            LOG.warn("{}; fetching it again", e.getMessage());
            rota.next();
            return fetchOnce(visit);
        }
    }

    /** Returns the server that was asked last. */
    ServerAddress server() {
        return rota.current();
    }

    private Optional<PackageResponse> fetchOnce(UpdateVisit visit) {
        long before = visit.cameOver();
        Duration lostBefore = perseverance.lost();
        try {
            holdToTheEnd(visit);
            return visit.finish();
        } catch (OtaException e) {
            PackageResponse sought = visit.sought().orElseThrow(() -> e);
            if (e.code() == ErrorCode.DIGEST_MISMATCH && !visit.beganWithRemains()) {
                trial.contentFailed(sought.digest());
            }
            Duration lost = perseverance.lost().minus(lostBefore);
            if (visit.cameOver() > before || !lost.isZero()) {
                trial.endedWithout(sought, visit.cameOver() - before, lost);
            }
            throw e;
        }
    }

    /** Makes a connection that broke good by another, to this server or the next, as long as that is worth it. */
    private void holdToTheEnd(UpdateVisit visit) {
        while (true) {
            long before = visit.cameOver();
            visit.connecting();
            try {
                connector.hold(rota.current(), visit);
                return;
            } catch (OtaException e) {
                if (!Perseverance.isCurable(e)) {
                    rota.strike(e);
                    continue;
                }
                long brought = visit.canResume() ? visit.cameOver() - before : 0;
                if (!perseverance.goesOn(e, brought, visit.receiving()) || !isAffordable(visit)) {
                    throw e;
                }
                rota.next();
                Duration pause = perseverance.pause(e);
                String where = visit.received() == 0 ? "" : ", from byte %d on".formatted(visit.received());
                LOG.warn("{}; asking {} in {} ms{}", e.getMessage(), rota.current(), pause.toMillis(), where);
                interruption.pause(pause);
            }
        }
    }

    private boolean isAffordable(UpdateVisit visit) {
        return visit.sought()
                .map(whole -> trial.allows(whole, visit.cameOver()))
                .orElse(true);
    }
}
