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

/** Keeps a release no longer than others. */
@Command(
        name = "unpin",
        description = "Let 'gc' remove a release that was pinned, once there are enough newer ones.",
        footer = {"", "Exit status: 0 not pinned any more, 74 it was not pinned, 78 configuration."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class UnpinCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The package's name.")
    private String name;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        desk.housekeeper().unpin(Names.packageName(spec, name));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", name);
        members.put("pinned", false);
        desk.print(members, name + " is pinned no more");
        return 0;
    }
}
