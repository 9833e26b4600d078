package dev.otapair.client;

import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import java.time.Duration;
import java.util.Optional;

/** Asks what is on offer, says what would be done about it, and leaves. */
final class CheckVisit implements Inquiry {
    private final Product product;
    private final InstalledRelease installed;
    private final BoardTrust trust;
    private final Trial trial;
    private final Optional<Report> report;
    private Optional<Offer> offer = Optional.empty();
    private Optional<Verdict> verdict = Optional.empty();
    private Optional<Duration> nextPoll = Optional.empty();

    CheckVisit(Product product, InstalledRelease installed, BoardTrust trust, Trial trial, Optional<Report> report) {
        this.product = product;
        this.installed = installed;
        this.trust = trust;
        this.trial = trial;
        this.report = report;
    }

    /** Returns what the visit found; to be asked when it is over. */
    Outcome outcome() {
        Outcome.Result result = verdict.map(Verdict::answer)
                .map(answer -> switch (answer) {
                    case INSTALL -> Outcome.Result.UPDATE_AVAILABLE;
                    case SAME -> Outcome.Result.UP_TO_DATE;
                    case REFUSED -> Outcome.Result.REFUSED;
                })
                .orElse(Outcome.Result.NOTHING_OFFERED);
        return new Outcome(result, installed, offer, verdict, nextPoll);
    }

    @Override
    public Board board() {
        return new Board(product, installed.name(), Optional.of(trust.standing(installed)), report);
    }

    @Override
    public boolean offered(HeaderResponse header) {
        offer = header.offer();
        nextPoll = header.nextPoll();
        verdict = offer.map(offered -> trial.judge(trust.judge(offered, installed, header.now()), offered.whole()));
        return false;
    }
}
