package dev.otapair.client;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.config.ServerAddress;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.session.Connector;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Brings what is on offer here, over as many connections and from as many servers as it takes. One run.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
final class Fetcher {
    private static final Logger LOG = Loggers.of(Fetcher.class);

    private final Connector connector;
    private final Trial trial;
    private final Interruption interruption;
    private final Rota rota;
    private final Perseverance perseverance;
    private final Suppliers suppliers = new Suppliers();
    private final boolean isOfOneServer;
    private boolean wasWrong;
    private boolean mayBeRightElsewhere;

    /** @param trial knows what a release may cost */
    Fetcher(ClientConfig config, Connector connector, Trial trial, Interruption interruption) {
        this.connector = connector;
        this.trial = trial;
        this.interruption = interruption;
        this.rota = new Rota(config.servers());
        this.isOfOneServer = rota.size() == 1;
        this.perseverance = new Perseverance(config.minRate(), config.retries());
    }

    /**
     * Holds a visit to its end. What comes with a wrong digest is fetched again: from the servers that have not lied yet, or once from the
     * only one.
     *
     * @return what is here now, verified; empty when there is nothing to fetch
     * @throws OtaException what it failed with
     */
    Optional<PackageResponse> fetch(UpdateVisit visit) {
        try {
            Optional<PackageResponse> fetched = fetchUntilRight(visit);
            if (visit.outcome().offered().isEmpty() && isOfOneServer) {
                visit.dropPartials();
            }
            return fetched;
        } catch (OtaException e) {
            visit.sought().ifPresent(sought -> endedWithout(sought, visit.cameOver()));
            throw e;
        }
    }

    /** Returns the server that was asked last. */
    ServerAddress server() {
        return rota.current();
    }

    private void endedWithout(PackageResponse sought, long came) {
        Duration lost = perseverance.lost();
        if (came == 0 && lost.toSeconds() == 0) {
            return;
        }
        if (interruption.cause().isPresent()) {
            trial.toldToEndWithout(sought, came, lost);
        } else {
            trial.endedWithout(sought, came, lost);
        }
    }

    private Optional<PackageResponse> fetchUntilRight(UpdateVisit visit) {
        while (true) {
            holdToTheEnd(visit);
            try {
                Optional<PackageResponse> here = visit.finish();
                if (!visit.goesOn()) {
                    return here;
                }
            } catch (OtaException e) {
                if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                    throw e;
                }
                cameWrong(e, visit);
                LOG.warn("{}; fetching it again", e.getMessage());
            }
        }
    }

    /** A server that lies must not make a board leave a good release alone: nothing counts against that before all have sent it wrong. */
    private void cameWrong(OtaException mismatch, UpdateVisit visit) {
        if (rota.size() == 1) {
            cameWrongFromTheLast(mismatch, visit);
        } else if (!visit.beganWithRemains()) {
            blame(mismatch);
        }
        wasWrong = true;
        if (!isAffordable(visit)) {
            throw mismatch;
        }
    }

    private void cameWrongFromTheLast(OtaException mismatch, UpdateVisit visit) {
        if (!visit.beganWithRemains() && !mayBeRightElsewhere) {
            trial.contentFailed(visit.sought().orElseThrow().digest());
        }
        if (wasWrong) {
            rota.strike(mismatch);
        }
    }

    private void blame(OtaException mismatch) {
        if (suppliers.isOne()) {
            rota.strike(mismatch);
        } else {
            suppliers.takeOneAtATime();
        }
    }

    private void holdToTheEnd(UpdateVisit visit) {
        while (true) {
            TimedVisit connection = new TimedVisit(visit);
            try {
                hold(visit, connection);
                return;
            } catch (OtaException e) {
                makeGood(e, visit, connection);
            }
        }
    }

    private void hold(UpdateVisit visit, TimedVisit connection) {
        try {
            connector.hold(rota.current(), connection);
        } finally {
            suppliers.supplied(rota.current(), connection.came(), visit.received());
        }
    }

    /** Sees whom to ask next, and waits until then; throws the failure where another connection is not worth it. */
    private void makeGood(OtaException failure, UpdateVisit visit, TimedVisit connection) {
        if (!Perseverance.isCurable(failure)) {
            if (visit.goesOnAfter(failure)) {
                return;
            }
            leave(failure, visit);
            return;
        }
        if (failure.code() == ErrorCode.SERVER_BUSY && visit.isWorthWaiting()) {
            pause(failure, visit);
            return;
        }
        boolean goesOn = perseverance.goesOn(failure, connection.brought(), connection.taken());
        if (!isAffordable(visit)) {
            throw failure;
        }
        if (!goesOn) {
            leave(failure, visit);
            return;
        }
        boolean isTied = suppliers.areTakenOneAtATime() && visit.received() > 0;
        if (perseverance.wasFruitless() && !isTied) {
            rota.next();
        }
        pause(failure, visit);
    }

    /** Another server, where there is one, is asked in place of this one; it may have to begin anew. */
    private void leave(OtaException failure, UpdateVisit visit) {
        rota.strike(failure);
        mayBeRightElsewhere = true;
        if (suppliers.areTakenOneAtATime()) {
            visit.dropPartials();
        }
    }

    private void pause(OtaException failure, UpdateVisit visit) {
        Duration pause = perseverance.pause(failure);
        String where = visit.received() == 0 ? "" : ", from byte %d on".formatted(visit.received());
        LOG.warn("{}; asking {} in {} ms{}", failure.getMessage(), rota.current(), pause.toMillis(), where);
        interruption.pause(pause);
    }

    private boolean isAffordable(UpdateVisit visit) {
        return visit.sought()
                .map(whole -> trial.allows(whole, visit.cameOver()))
                .orElse(true);
    }
}
