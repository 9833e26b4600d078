package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.server.release.Publisher;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Offers a release that is here already. */
@Command(
        name = "offer",
        description = {
            "Offer a release that has been published already, or was staged and is signed by now.",
            "",
            "Boards only go to higher counters: to bring them back to an old release, offer its package again under a new"
                    + " counter, with --again, which needs a signature as publish does."
        },
        footer = {"", "Exit status: as for publish."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class OfferCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Mixin
    private SigningOptions signing;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "NAME", description = "The package's name, as 'ota-server releases' lists it.")
    private String name;

    @Option(names = "--again", description = "Make a new release of the old package: the way back.")
    private boolean again;

    @Option(
            names = "--release",
            paramLabel = "N",
            description = "With --again: the new counter (default: the next one).")
    private Long release;

    @Option(
            names = "--expires",
            paramLabel = "DAYS",
            defaultValue = Lifetime.DEFAULT,
            converter = Lifetime.Converter.class,
            description = "With --again: as for publish (default: ${DEFAULT-VALUE}).")
    private Lifetime lifetime;

    @Option(
            names = "--notes",
            paramLabel = "TEXT",
            description = "With --again: as for publish (default: the old ones).")
    private String notes;

    @Option(names = "--forget-revoked", description = "With --again: as for publish.")
    private boolean forgetsRevoked;

    @Option(
            names = "--stage-only",
            description = "With --again: to be signed elsewhere, and finished by 'publish --signature'.")
    private boolean stageOnly;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        PackageName named = Names.packageName(spec, name);
        if (!again) {
            requireNothingElse();
            desk.tellOffered(desk.publisher().offer(named));
        } else if (stageOnly) {
            requireNoKey();
            desk.tellStaged(desk.publisher().stageAgain(named, changes()));
        } else {
            desk.tellOffered(desk.publisher().again(named, changes(), signing.keys()));
        }
        return 0;
    }

    private Publisher.Again changes() {
        return new Publisher.Again(
                release == null ? OptionalLong.empty() : OptionalLong.of(release),
                lifetime.time(),
                Optional.ofNullable(notes).map(Notes::read),
                !forgetsRevoked);
    }

    private void requireNothingElse() {
        GivenOptions.allowOnly(
                spec, "what is published has all that; --again makes it anew", "--public-key", "--json", "--config");
    }

    private void requireNoKey() {
        if (signing.isGiven()) {
            throw new ParameterException(spec.commandLine(), "--stage-only signs nothing: leave --key away");
        }
    }
}
