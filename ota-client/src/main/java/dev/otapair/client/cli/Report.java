package dev.otapair.client.cli;

import dev.otapair.client.Outcome;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Offer;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a command tells at its end.
 *
 * @param status the exit status
 * @param text for a person
 * @param members for a machine
 */
record Report(int status, String text, Map<String, Object> members) {
    static final int UPDATE_AVAILABLE = 10;

    static Report of(Outcome outcome) {
        String offered = outcome.offered().map(offer -> offer.name().value()).orElse("");
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("result", outcome.result().name().toLowerCase(Locale.ROOT));
        members.put("installed", outcome.installed().toString());
        members.put("offered", offered);
        outcome.offered().flatMap(Offer::content).ifPresent(content -> {
            members.put("size", content.size());
            members.put("sha256", content.sha256().hex());
        });
        String text = "%s; installed: %s; offered: %s"
                .formatted(
                        outcome.result().sentence(),
                        orNothing(outcome.installed()),
                        offered.isEmpty() ? "nothing" : offered);
        int status = outcome.result() == Outcome.Result.UPDATE_AVAILABLE ? UPDATE_AVAILABLE : 0;
        return new Report(status, text, members);
    }

    static Report of(InstalledRelease installed) {
        return new Report(0, "installed: " + orNothing(installed), Map.of("installed", installed.toString()));
    }

    static Report ofFailure(OtaException failure) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("result", "failed");
        members.put("error", failure.code().name().toLowerCase(Locale.ROOT));
        members.put("message", failure.getMessage());
        members.put("retry", failure.code().isRetryable());
        failure.retryAfter().ifPresent(time -> members.put("retry_after", time.toSeconds()));
        return new Report(failure.code().exitStatus(), failure.getMessage(), members);
    }

    private static String orNothing(InstalledRelease installed) {
        return installed.name().map(PackageName::value).orElse("nothing");
    }
}
