package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.log.Count;
import dev.otapair.server.release.ReleaseEntry;
import dev.otapair.server.release.SignedRelease;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Lists what has been published. */
@Command(
        name = "releases",
        description = {
            "List the releases, the newest first: state, counter, date, size, product, name, version, whether it is a tree and"
                    + " pinned, and who signed.",
            "",
            "States: offered; withdrawn; published (here, not offered); staged (waits for its signature); incomplete (its"
                    + " package or manifest is missing); damaged (its metadata cannot be read). A key id with ? is none of trusted_keys,"
                    + " or its signature is wrong."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class ReleasesCommand implements Callable<Integer> {
    private static final String ROW = "%-10s %8s  %-10s  %12s  %-10s  %s%s%s%s  %s";

    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        List<ReleaseEntry> entries = desk.publisher().releases();
        desk.warnOfHidden();
        String rows = entries.stream().map(ReleasesCommand::row).collect(Collectors.joining("\n"));
        desk.print(
                Map.of(
                        "releases",
                        entries.stream().map(ReleasesCommand::members).toList()),
                rows.isEmpty() ? "nothing has been published yet: ota-server publish FILE" : rows);
        return 0;
    }

    private static String row(ReleaseEntry entry) {
        return entry.release()
                .map(release -> ROW.formatted(
                        word(entry.state()),
                        release.metadata().release(),
                        LocalDate.ofInstant(release.metadata().created(), ZoneOffset.UTC),
                        release.metadata().content().size(),
                        release.metadata().product(),
                        entry.name(),
                        release.metadata().version().isEmpty()
                                ? ""
                                : " (" + release.metadata().version() + ")",
                        release.metadata().manifest().isPresent() ? ", tree" + filesIn(entry) : "",
                        entry.isPinned() ? ", pinned" : "",
                        signers(entry, release)))
                .orElseGet(() -> ROW.formatted(word(entry.state()), "-", "-", "-", "-", entry.name(), "", "", "", "-"));
    }

    private static String filesIn(ReleaseEntry entry) {
        return entry.tree().map(tree -> " of " + Count.of(tree.files(), "file")).orElse("");
    }

    private static String signers(ReleaseEntry entry, SignedRelease release) {
        String all = release.signed().signatures().stream()
                .map(signature -> signature.signer() + (entry.signers().contains(signature.signer()) ? "" : "?"))
                .collect(Collectors.joining(" "));
        return all.isEmpty() ? "unsigned" : all;
    }

    private static Map<String, Object> members(ReleaseEntry entry) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("state", word(entry.state()));
        members.put("name", entry.name());
        entry.release().ifPresent(release -> members.putAll(ReleaseDesk.members(release, entry.tree())));
        members.put("pinned", entry.isPinned());
        members.put("signers", List.copyOf(entry.signers()));
        return members;
    }

    private static String word(ReleaseEntry.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
