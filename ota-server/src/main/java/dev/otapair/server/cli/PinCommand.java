package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Keeps a release for good. */
@Command(
        name = "pin",
        description = {
            "Keep a release, however many newer ones there are: 'gc' leaves it.",
            "",
            "'ota-server releases' shows which ones are pinned; 'unpin' takes it back."
        },
        footer = {"", "Exit status: 0 pinned, 73 too many are, 74 there is no such release, 78 configuration."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class PinCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The package's name, as 'ota-server releases' lists it.")
    private String name;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        boolean isNew = desk.housekeeper().pin(Names.packageName(spec, name));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", name);
        members.put("pinned", true);
        desk.print(members, name + (isNew ? " is kept until it is unpinned" : " is pinned already"));
        return 0;
    }
}
