package dev.otapair.server.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.Ability;
import dev.otapair.server.delta.MakerProgram;
import dev.otapair.server.delta.Pair;
import dev.otapair.server.delta.PlanMaker;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes one plan: what the daemon starts. */
@Command(
        name = "make-patch",
        hidden = true,
        description = {
            "Make the plan by which boards that hold one release get another one, and the patches it takes.",
            "",
            "The server runs this when a board needs it; 'ota-server prepare' does it ahead. A plan that is made is not made"
                    + " again, and one that is being made by somebody else is waited for."
        },
        footer = {
            "",
            "Exit status: 0 it is there, 64 usage, 73 cannot write, 74 cannot read, 75 a release is not here, 76 damaged, 78"
                    + " configuration."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class MakePatchCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Option(
            names = "--want",
            paramLabel = "SHA256",
            required = true,
            description = "What boards are to have: the digest of a manifest, or of a package that is one file.")
    private String want;

    @Option(names = "--base", paramLabel = "SHA256", description = "What they have, likewise; without it, nothing.")
    private Optional<String> base = Optional.empty();

    @Option(names = "--damaged", paramLabel = "NUMBERS", description = "Objects of it that they have not: 3,7-12.")
    private String damaged = "";

    @Option(names = "--plain", description = "For boards that can decode zstd, but no patches.")
    private boolean isPlain;

    @Option(names = "--no-zips", description = "For boards that can decode patches, but not those of zip files.")
    private boolean isWithoutZips;

    @Option(names = "--raw", description = "For boards that can decode nothing.")
    private boolean isRaw;

    @Option(
            names = "--attended",
            hidden = true,
            description =
                    "Make it in this process, and end when standard input does: whoever waits for this is gone then.")
    private boolean isAttended;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config");
        ServerConfig config = ServerConfig.read(IniFile.read(program.config().file()), System.getenv());
        config.logLevel().apply();
        Ability ability = isRaw ? Ability.NONE : isPlain ? Ability.ZSTD : isWithoutZips ? Ability.NO_ZIPS : Ability.ALL;
        Digest wanted = digest("--want", want);
        Optional<Digest> held = base.map(text -> digest("--base", text));
        Pair pair = value("--damaged", damaged, text -> new Pair(wanted, held, ability, ObjectNumbers.parse(text)));
        if (!isAttended) {
            return start(pair, MakerProgram.ofCommand(program.config().file(), config.deltas()));
        }
        endWithInput();
        PlanMaker maker = PlanMaker.of(config.offers().folder(), config.deltas());
        maker.makeRoom(config.deltas());
        try {
            maker.make(pair);
        } finally {
            maker.makeRoom(config.deltas());
        }
        return 0;
    }

    private static int start(Pair pair, MakerProgram maker) {
        int status = pair.damaged().isEmpty() ? 0 : maker.run(pair.undamaged());
        return status == 0 ? maker.run(pair) : status;
    }

    private Digest digest(String option, String text) {
        return value(option, text, hex -> new Digest(Digest.Algorithm.SHA256, hex));
    }

    private <T> T value(String option, String text, Function<String, T> constructor) {
        try {
            return constructor.apply(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), option + " is refused: " + e.getMessage());
        }
    }

    /** Nobody else could end a process whose parent was killed. What it has begun is left for the next one to remove. */
    private static void endWithInput() {
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            continue;
                        }
                    } catch (IOException e) {
                        // Likewise an end.
                    }
                    System.exit(1);
                },
                "attendance");
        watcher.setDaemon(true);
        watcher.start();
    }
}
