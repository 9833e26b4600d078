package dev.otapair.client.cli;

import dev.otapair.client.Inspection;
import dev.otapair.client.Outcome;
import dev.otapair.client.Updater;
import dev.otapair.client.release.BoardTrust;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.tree.Difference;
import dev.otapair.protocol.cli.Failure;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a command tells at its end.
 *
 * @param status the exit status
 * @param text for a person
 * @param members for a machine
 */
record Report(int status, String text, Map<String, Object> members) {
    static final int UPDATE_AVAILABLE = 10;

    private static final int TRY_LATER = ErrorCode.SERVER_BUSY.exitStatus();

    /** Tells what a run has done. */
    static Report of(Outcome outcome) {
        String text = "%s; installed: %s; offered: %s"
                .formatted(
                        outcome.result().sentence(),
                        OutcomeText.of(outcome.installed()),
                        outcome.offered().map(offer -> offer.name().value()).orElse("nothing"));
        String cost = outcome.travel()
                .map(travel -> "; %s came, of a package of %s%s"
                        .formatted(
                                Count.of(travel.bytes(), "byte"),
                                Count.grouped(travel.whole()),
                                travel.change()
                                        .map(change -> "; files: " + change)
                                        .orElse("")))
                .orElse("");
        return new Report(0, text + cost, membersOf(outcome));
    }

    /** Tells what somebody who stands at the board has done: another run is then no success. */
    static Report ofHand(Outcome outcome) {
        Report report = of(outcome);
        return outcome.result() == Outcome.Result.ALREADY_RUNNING
                ? new Report(TRY_LATER, report.text() + "; nothing was done, try again", report.members())
                : report;
    }

    /** Tells what came of the application's word. */
    static Report ofAnswer(Optional<Outcome> outcome) {
        if (outcome.isEmpty()) {
            return new Report(
                    0, "no release is proving itself; nothing was done", Map.of("result", "nothing_to_answer"));
        }
        boolean isLeft = outcome.get().result() == Outcome.Result.ALREADY_RUNNING;
        return isLeft
                ? new Report(0, "said; the run that waits for it goes on", Map.of("result", "said"))
                : of(outcome.get());
    }

    /** Tells that counter and floor were set. */
    static Report ofReset(Outcome outcome, long release) {
        Report report = ofHand(outcome);
        boolean isDone = outcome.result() != Outcome.Result.ALREADY_RUNNING;
        return isDone
                ? new Report(0, "floor and installed release are %d now".formatted(release), report.members())
                : report;
    }

    /** Tells what a run would do, and why. */
    static Report ofCheck(Outcome outcome) {
        Map<String, Object> members = membersOf(outcome);
        return new Report(statusOfCheck(outcome), OutcomeText.of(outcome), members);
    }

    /** Tells what is installed, what the board trusts, and what a release comes to that fails. Asks nobody. */
    static Report ofStatus(Updater updater) {
        Report report = withReleases(of(updater.installed(), updater.trust()), updater);
        if (updater.attempts().isEmpty()) {
            return report;
        }
        Attempts tries = updater.attempts().get();
        long wait = updater.untilNextTry(tries).toSeconds();
        Map<String, Object> members = new LinkedHashMap<>(report.members());
        members.put("trying", tries.digest().hex());
        members.put("failed", tries.failed());
        members.put("left_alone", tries.areUsedUp());
        members.put("received", tries.received());
        members.put("next_try", wait);
        String next = tries.areUsedUp()
                ? "it is left alone until another one is offered, or 'ota-client retry'"
                : wait == 0
                        ? "the next run tries it again"
                        : "tried again in %d s, or after 'ota-client retry'".formatted(wait);
        String text = "%ntrying:    %s; failed %d of %d times, %s came in runs that did not finish; %s"
                .formatted(
                        tries.digest(), tries.failed(), Attempts.MAX_FAILED, Count.of(tries.received(), "byte"), next);
        return new Report(report.status(), report.text() + text, members);
    }

    /** Adds what is open, what waits and what was taken back. */
    private static Report withReleases(Report report, Updater updater) {
        Map<String, Object> members = new LinkedHashMap<>(report.members());
        StringBuilder text = new StringBuilder(report.text());
        updater.open().ifPresent(entry -> {
            String step = entry.step().name().toLowerCase(Locale.ROOT);
            members.put("open", entry.next().name().value());
            members.put("open_step", step);
            text.append("%nopen:      %s, in the step %s".formatted(entry.next(), step));
        });
        updater.waiting().ifPresent(whole -> {
            members.put("waiting", whole.latest().value());
            text.append("%nwaiting:   %s".formatted(whole.latest()));
        });
        List<Deployment> bad = updater.quarantined();
        members.put("quarantined", bad.stream().map(each -> each.name().value()).toList());
        if (!bad.isEmpty()) {
            text.append("%nbad here:  %s; 'ota-client retry' lifts that"
                    .formatted(bad.stream().map(Deployment::toString).collect(Collectors.joining(", "))));
        }
        return new Report(report.status(), text.toString(), members);
    }

    private static Report of(InstalledRelease installed, BoardTrust trust) {
        Map<String, Object> members = membersOf(installed);
        members.put("signatures_required", trust.requiresSignatures());
        members.put("keys", List.copyOf(trust.keys()));
        members.put("floor", trust.known().floor());
        members.put("revoked", List.copyOf(trust.known().revoked()));
        String text = "installed: %s%ntrusts:    %s%nfloor:     %s"
                .formatted(
                        OutcomeText.of(installed), trusted(trust), trust.known().floor());
        String revoked = trust.known().revoked().isEmpty()
                ? ""
                : "%nrevoked:   %s".formatted(KeyId.words(trust.known().revoked()));
        return new Report(0, text + revoked, members);
    }

    /** Tells what of the installed release is not, or was not, as it should be. */
    static Report ofInspection(Inspection inspection) {
        Map<String, Object> members = membersOf(inspection.installed());
        members.put("compared", inspection.isKnown());
        members.put("repaired", inspection.repaired());
        members.put("differences", inspection.count());
        members.put("extras", inspection.extras());
        members.put(
                "paths", inspection.differences().stream().map(Difference::path).toList());
        inspection.why().ifPresent(why -> members.put("why", why));
        return new Report(
                inspection.isIntact() ? 0 : ErrorCode.DIGEST_MISMATCH.exitStatus(), textOf(inspection), members);
    }

    private static String textOf(Inspection inspection) {
        String name = OutcomeText.of(inspection.installed());
        if (!inspection.isKnown()) {
            return name + ": there is nothing here to compare it with";
        }
        String repaired = inspection.repaired() == 0 ? "" : "; put right: %d".formatted(inspection.repaired());
        String state = inspection.isIntact()
                ? "as it was published"
                : "damaged: %d".formatted(inspection.count() - inspection.extras());
        String extras = inspection.extras() == 0 ? "" : "; not its own: %d".formatted(inspection.extras());
        String lines = inspection.differences().stream()
                .map(difference -> "%n  ".formatted() + LogText.oneLine(difference.toString()))
                .collect(Collectors.joining());
        String rest = inspection.count() > inspection.differences().size() ? "%n  and others".formatted() : "";
        String why = inspection.why().map("%nnot put right: %s"::formatted).orElse("");
        return name + ": " + state + repaired + extras + lines + rest + why;
    }

    static Report ofFailure(OtaException failure) {
        return new Report(failure.code().exitStatus(), failure.getMessage(), Failure.members(failure));
    }

    private static int statusOfCheck(Outcome outcome) {
        boolean isExpired = outcome.verdict().filter(Verdict::isExpired).isPresent();
        return switch (outcome.result()) {
            case UPDATE_AVAILABLE -> UPDATE_AVAILABLE;
            case REFUSED ->
                outcome.verdict().flatMap(Verdict::refusal).orElseThrow().exitStatus();
            default -> isExpired ? ErrorCode.RELEASE_EXPIRED.exitStatus() : 0;
        };
    }

    private static Map<String, Object> membersOf(Outcome outcome) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("result", outcome.result().name().toLowerCase(Locale.ROOT));
        members.putAll(membersOf(outcome.installed()));
        members.put(
                "offered", outcome.offered().map(offer -> offer.name().value()).orElse(""));
        outcome.offered().flatMap(Offer::content).ifPresent(content -> put(members, content));
        outcome.verdict().ifPresent(verdict -> judged(members, verdict));
        outcome.travel().ifPresent(travel -> {
            members.put("travel_bytes", travel.bytes());
            travel.change().ifPresent(change -> {
                members.put("files_added", change.added());
                members.put("files_changed", change.changed());
                members.put("files_removed", change.removed());
            });
        });
        return members;
    }

    private static Map<String, Object> membersOf(InstalledRelease installed) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("installed", installed.toString());
        members.put("installed_release", installed.release());
        members.put("installed_version", installed.version());
        return members;
    }

    private static void judged(Map<String, Object> members, Verdict verdict) {
        verdict.release().ifPresent(release -> {
            put(members, release.content());
            members.put("release", release.release());
            members.put("version", release.version());
            members.put("notes", release.notes());
            members.put("created", release.created());
            release.expires().ifPresent(time -> members.put("expires", time));
        });
        members.put("signed_by", List.copyOf(verdict.signers()));
        members.put("expired", verdict.isExpired());
        members.put("why", verdict.why());
        verdict.refusal().ifPresent(code -> members.put("error", code.name().toLowerCase(Locale.ROOT)));
    }

    private static void put(Map<String, Object> members, Content content) {
        members.put("size", content.size());
        members.put("sha256", content.sha256().hex());
    }

    private static String trusted(BoardTrust trust) {
        if (!trust.keys().isEmpty()) {
            return KeyId.words(trust.keys());
        }
        return trust.requiresSignatures()
                ? "nobody: signatures are required, and no key is here"
                : "whoever knows the token: no key is here, packages are installed unsigned";
    }
}
