package dev.otapair.client.cli;

import dev.otapair.client.Outcome;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.UtcSeconds;
import java.util.Optional;

/** An outcome in full, for a person: what is installed, what is offered, and why the one would become the other. */
final class OutcomeText {
    private static final int LABEL_WIDTH = 11;

    private final Outcome outcome;
    private final StringBuilder text = new StringBuilder();

    private OutcomeText(Outcome outcome) {
        this.outcome = outcome;
    }

    /** Returns several lines, the last one without an end. */
    static String of(Outcome outcome) {
        return new OutcomeText(outcome).compose();
    }

    /** Returns a release in a few words. */
    static String of(InstalledRelease installed) {
        String name = installed.name().map(PackageName::value).orElse("nothing");
        return name + standing(installed.release(), installed.version());
    }

    private String compose() {
        text.append(outcome.result().sentence());
        line("installed:", of(outcome.installed()));
        line("offered:", outcome.offered().map(this::offered).orElse("nothing"));
        outcome.verdict().ifPresent(this::judged);
        outcome.travel().ifPresent(this::travels);
        return text.toString();
    }

    private String offered(Offer offer) {
        String size = content(offer)
                .map(content -> ", " + Count.grouped(content.size()) + " bytes")
                .orElse("");
        String standing = said().map(release -> standing(release.release(), release.version()))
                .orElse("");
        return offer.name() + standing + size;
    }

    private void judged(Verdict verdict) {
        line("signed by:", signers(verdict));
        verdict.release().ifPresent(release -> {
            line("created:", UtcSeconds.text(release.created()) + expiry(verdict, release));
            String label = "notes:";
            for (String note : release.notes().lines().toList()) {
                line(label, LogText.oneLine(note));
                label = "";
            }
        });
        line("why:", verdict.why());
    }

    private void travels(Outcome.Travel travel) {
        long percent = travel.whole() == 0 ? 100 : 100 * travel.bytes() / travel.whole();
        line("to fetch:", Count.grouped(travel.bytes()) + " bytes, " + percent + " % of the package");
        travel.change().ifPresent(change -> line("files:", change.toString()));
    }

    private static String signers(Verdict verdict) {
        if (!verdict.signers().isEmpty()) {
            return KeyId.words(verdict.signers());
        }
        return verdict.release().isPresent()
                ? "not checked: no key is here, so anybody may have written this"
                : "nobody whose key is here";
    }

    private static String expiry(Verdict verdict, ReleaseMetadata release) {
        return release.expires()
                .map(UtcSeconds::text)
                .map(time -> verdict.isExpired() ? ", has expired on " + time : ", expires on " + time)
                .orElse("");
    }

    private Optional<Content> content(Offer offer) {
        return offer.content().or(() -> said().map(ReleaseMetadata::content));
    }

    private Optional<ReleaseMetadata> said() {
        return outcome.verdict().flatMap(Verdict::release);
    }

    private static String standing(long release, String version) {
        String counter = release > 0 ? ", release " + release : "";
        return version.isEmpty() ? counter : counter + ", version " + LogText.oneLine(version);
    }

    private void line(String label, String value) {
        text.append(System.lineSeparator()).append("  ").append(label);
        text.append(" ".repeat(LABEL_WIDTH - label.length())).append(value);
    }
}
