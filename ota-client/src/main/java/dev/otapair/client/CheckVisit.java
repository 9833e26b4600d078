package dev.otapair.client;

import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PlanResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Asks what is on offer, says what would be done about it and what that would cost, and leaves. */
final class CheckVisit implements Inquiry {
    private final Product product;
    private final InstalledRelease installed;
    private final BoardTrust trust;
    private final Trial trial;
    private final Optional<Report> report;
    private final Aims aims;
    private Optional<PlanResponse> plan = Optional.empty();
    private boolean isWithoutPlan;
    private boolean isPlanAsked;
    private Optional<Offer> offer = Optional.empty();
    private Optional<Verdict> verdict = Optional.empty();
    private Optional<Duration> nextPoll = Optional.empty();

    CheckVisit(
            Product product,
            InstalledRelease installed,
            BoardTrust trust,
            Trial trial,
            Optional<Report> report,
            Aims aims) {
        this.product = product;
        this.installed = installed;
        this.trust = trust;
        this.trial = trial;
        this.report = report;
        this.aims = aims;
    }

    /** Says whether all that has to be known is known: only what an update would cost may be missing. */
    boolean isAnswered() {
        return isPlanAsked;
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
        Outcome seen = new Outcome(result, installed, offer, verdict, nextPoll);
        return offer.flatMap(Offer::whole)
                .flatMap(whole -> plan.map(announced ->
                        new Outcome.Travel(announced.size(), whole.size(), Optional.of(announced.change()))))
                .map(seen::travelling)
                .orElse(seen);
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
        plan = Optional.empty();
        return verdict.filter(judged -> judged.answer() == Verdict.Answer.INSTALL)
                .isPresent();
    }

    @Override
    public Optional<Request> wanted(Set<Feature> features) {
        Optional<Request> question = offer.flatMap(Offer::whole)
                .filter(whole -> features.contains(Feature.PLAN) && !isWithoutPlan)
                .flatMap(whole -> aims.at(whole, verdict.flatMap(Verdict::verified)))
                .map(aim -> aim.question(product));
        isPlanAsked = isPlanAsked || question.isPresent();
        return question;
    }

    @Override
    public Decision planned(PlanResponse announced) {
        plan = Optional.of(announced).filter(whole -> whole.following().orElseThrow() == 0);
        return plan.isPresent() ? Decision.RECEIVE : Decision.LEAVE;
    }

    /** What it would cost is not known then, which is no failure. */
    @Override
    public boolean unplanned(boolean isComing) {
        isWithoutPlan = true;
        return true;
    }
}
