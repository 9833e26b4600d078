package dev.otapair.server.session;

import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.server.config.Offered;
import dev.otapair.server.store.BoardLedger;
import dev.otapair.server.store.BoardRecord;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Notes how each board stands with its release: what it says, and what it does where it says nothing newer. Tells the operator of each
 * change. Thread-safe; never blocks.
 *
 * @see "PROTOCOL.md, section 7.9: What boards report"
 */
public final class RollCall {
    private static final Logger LOG = Loggers.of(RollCall.class);

    /** After these a board is free for what is offered; in any other it is busy with another release. */
    private static final Set<BoardState> FREE = Set.of(
            BoardState.OFFERED, BoardState.DOWNLOADING, BoardState.GOOD, BoardState.ROLLED_BACK, BoardState.FAILED);

    private final BoardLedger ledger;
    private final Clock clock;

    /** @param ledger closed by its owner */
    public RollCall(BoardLedger ledger, Clock clock) {
        this.ledger = ledger;
        this.clock = clock;
    }

    /**
     * A board said what it runs, and perhaps what became of a release.
     *
     * @return whether it said something of a release that it had not said before; then that is its state, whatever it is answered
     */
    boolean heard(DeviceId board, Board said) {
        Optional<BoardRecord> before = ledger.last(board);
        boolean isNews = said.report().isPresent() && !said.report().equals(before.flatMap(BoardRecord::reported));
        note(board, said, before, isNews ? Optional.empty() : before.flatMap(BoardRecord::observed));
        return isNews;
    }

    /** A board that said nothing new was answered; empty when nothing is on offer. */
    void answered(DeviceId board, Board said, Optional<Offered> offered) {
        Optional<BoardRecord> before = ledger.last(board);
        Optional<Report> offer = offered.map(latest -> report(BoardState.OFFERED, said, latest))
                .filter(latest -> !has(said, latest))
                .filter(latest -> said.report().stream()
                        .allMatch(report -> FREE.contains(report.state()) && !report.isAboutSameAs(latest)));
        Optional<Report> seenBefore = before.flatMap(BoardRecord::observed)
                .filter(observed -> offer.filter(observed::isAboutSameAs).isPresent());
        note(board, said, before, seenBefore.or(() -> offer));
    }

    /** A board is sent the package on offer. */
    void asked(DeviceId board, Board said, Offered offered) {
        Report download = report(BoardState.DOWNLOADING, said, offered);
        boolean isSaid = said.report().filter(download::equals).isPresent();
        note(board, said, ledger.last(board), isSaid ? Optional.empty() : Optional.of(download));
    }

    private void note(DeviceId board, Board said, Optional<BoardRecord> before, Optional<Report> observed) {
        long now = Math.max(0, clock.instant().getEpochSecond());
        BoardRecord heard = new BoardRecord(
                board,
                said.product(),
                said.installed(),
                release(said),
                said.report()
                        .or(() ->
                                before.filter(known -> runsTheSame(known, said)).flatMap(BoardRecord::reported)),
                observed,
                now,
                now);
        boolean isChange = !before.map(BoardRecord::state).equals(Optional.of(heard.state()));
        BoardRecord record = isChange ? heard : heard.since(before.get().since());
        if (ledger.note(record) && isChange) {
            record.state().ifPresent(state -> LOG.info("board {}: {}", board, state));
        }
    }

    /** What a board said of a release while it ran another program is no word about this one. */
    private static boolean runsTheSame(BoardRecord known, Board said) {
        return known.installed().equals(said.installed()) && known.release() == release(said);
    }

    /** Signed releases are told apart by their counters, others by their names. */
    private static boolean has(Board said, Report offer) {
        return offer.release() > 0 && release(said) > 0
                ? release(said) >= offer.release()
                : said.installed().equals(offer.about());
    }

    /** Boards that know of no signed releases know of no counters. */
    private static Report report(BoardState state, Board said, Offered offered) {
        long release = said.standing().isEmpty()
                ? 0
                : offered.release().map(signed -> signed.metadata().release()).orElse(0L);
        return new Report(state, offered.name(), release);
    }

    private static long release(Board said) {
        return said.standing().map(Standing::release).orElse(0L);
    }
}
