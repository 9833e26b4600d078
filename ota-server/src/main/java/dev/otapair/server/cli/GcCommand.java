package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.server.release.Housekeeper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Removes what is of no use any more. */
@Command(
        name = "gc",
        description = {
            "Make room: remove old releases, and what no release needs.",
            "",
            "Of each product the keep_releases newest ones stay (config.ini; empty keeps all), and whatever is on offer, pinned,"
                    + " named as latest, or run by a board as far as boards have said. Then contents of trees go that no"
                    + " release names any more, and what interrupted commands have left, if it is more than an hour old.",
            "",
            "The server may run meanwhile; transfers that have begun go on. Made for cron."
        },
        footer = {
            "",
            "Exit status: 0 done, 73 cannot write, 74 not known what is needed (nothing is removed), 75 a publisher is at work,"
                    + " 78 configuration."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class GcCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Option(names = "--dry-run", description = "Say what would go, and remove nothing.")
    private boolean isRehearsal;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        Housekeeper.Cleaned done = desk.clean(isRehearsal);
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("releases", done.releases());
        members.put("objects", done.objects());
        members.put("leftovers", done.leftovers());
        members.put("bytes", done.bytes());
        members.put("dry_run", isRehearsal);
        desk.print(members, sentence(done));
        return 0;
    }

    private String sentence(Housekeeper.Cleaned done) {
        String releases = done.releases().isEmpty()
                ? "no release"
                : done.releases().stream().map(PackageName::value).collect(Collectors.joining(", "));
        return "%s: %s; %d contents of trees, %d leftovers; %d bytes in all"
                .formatted(
                        isRehearsal ? "would be removed" : "removed",
                        releases,
                        done.objects(),
                        done.leftovers(),
                        done.bytes());
    }
}
