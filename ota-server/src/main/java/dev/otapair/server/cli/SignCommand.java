package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.server.release.Publisher;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Adds a signature to a release. */
@Command(
        name = "sign",
        description = {
            "Add a signature to a release that was published or staged; where it is on offer, to the offer as well.",
            "",
            "A staged one is then offered by 'ota-server offer NAME'.",
            "",
            "Two keys sign each release while boards move from one key to the next: docs/signing.md."
        },
        footer = {"", "Exit status: as for publish."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class SignCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Mixin
    private SigningOptions signing;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The package's name.")
    private String name;

    @Override
    public Integer call() {
        if (!signing.isGiven()) {
            throw new ParameterException(spec.commandLine(), "--key is missing");
        }
        ReleaseDesk desk = options.desk(program);
        desk.warnOfHidden();
        Publisher.Step step = desk.publisher().sign(Names.packageName(spec, name), signing.keys());
        desk.print(
                desk.members(step),
                "%s, release %d: %s"
                        .formatted(name, step.release().metadata().release(), ReleaseDesk.signedBy(step.release())));
        return 0;
    }
}
