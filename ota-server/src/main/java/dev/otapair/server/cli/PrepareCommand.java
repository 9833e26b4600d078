package dev.otapair.server.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.wire.JsonReport;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.MakerProgram;
import dev.otapair.server.delta.Preparation;
import dev.otapair.server.delta.Preparation.Prepared;
import dev.otapair.server.store.LedgerFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes the patches to a release before a board asks for them. */
@Command(
        name = "prepare",
        description = {
            "Make the patches to a release ahead, so that no board waits for them.",
            "",
            "From the delta_keep newest releases of its product, and from those that boards have reported. What is made already is"
                    + " not made again; the server may run meanwhile, and makes itself what was not made ahead."
        },
        footer = {
            "",
            "Exit status: 0 all are there, 64 usage, 74 cannot read, 75 some could not be made (the log says why), 78"
                    + " configuration."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class PrepareCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Parameters(paramLabel = "NAME", description = "A release that is published: the name of its package.")
    private String name;

    @Option(names = "--json", description = "Print the result as one JSON object on one line.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config");
        ServerConfig config = ServerConfig.read(IniFile.read(program.config().file()), System.getenv());
        config.logLevel().apply();
        ReleaseMetadata wanted = release(config.offers().folder(), Names.packageName(spec, name));
        List<Prepared> all = prepare(
                program.config().file(), config, wanted, spec.commandLine().getOut(), json);
        return statusOf(all);
    }

    /** Returns the exit status for what was made. */
    static int statusOf(List<Prepared> all) {
        return all.stream().allMatch(prepared -> prepared.bytes().isPresent())
                ? 0
                : ErrorCode.PACKAGE_UNAVAILABLE.exitStatus();
    }

    /** Makes the plans, and says how large each is. */
    static List<Prepared> prepare(
            Path configFile, ServerConfig config, ReleaseMetadata wanted, PrintWriter out, boolean json) {
        MakerProgram maker = MakerProgram.ofCommand(configFile, config.deltas());
        Preparation preparation = new Preparation(config.offers().folder(), config.deltas(), maker);
        List<Prepared> all = preparation.prepare(
                wanted,
                LedgerFile.read(config.stateFolder()).boards().values(),
                json ? new Quiet() : new Lines(wanted, out));
        if (json) {
            Map<String, Object> members = new LinkedHashMap<>();
            members.put("name", wanted.name());
            members.put("size", wanted.content().size());
            members.put("plans", all.stream().map(PrepareCommand::members).toList());
            out.println(JsonReport.of(members));
        }
        return all;
    }

    private static Map<String, Object> members(Prepared prepared) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("base", prepared.base().name());
        members.put("base_release", prepared.base().release());
        members.put("made", prepared.bytes().isPresent());
        members.put("bytes", prepared.bytes().orElse(0L));
        return members;
    }

    private static ReleaseMetadata release(Path packages, PackageName name) {
        Path file = name.in(packages);
        try {
            SignedMetadata signed = ReleaseFiles.read(file)
                    .orElseThrow(() -> new OtaException(
                            ErrorCode.IO_ERROR, "%s has no metadata: is %s published?".formatted(file, name)));
            return ReleaseMetadata.parse(signed.bytes().toBytes());
        } catch (IOException e) {
            throw FileFault.unreadable(ReleaseFiles.metadataOf(file), e);
        }
    }

    /** For machines. */
    private static final class Quiet implements Preparation.Progress {
        @Override
        public void begins(int number, int count, ReleaseMetadata base) {}

        @Override
        public void ended(Prepared prepared) {}
    }

    /** For people: a line when something begins, and what came of it. */
    private static final class Lines implements Preparation.Progress {
        private final ReleaseMetadata wanted;
        private final PrintWriter out;

        Lines(ReleaseMetadata wanted, PrintWriter out) {
            this.wanted = wanted;
            this.out = out;
        }

        @Override
        public void begins(int number, int count, ReleaseMetadata base) {
            out.println("%d of %d: %s from %s (release %d)"
                    .formatted(number, count, wanted.name(), base.name(), base.release()));
        }

        /** On a line of its own: what is logged meanwhile comes between. */
        @Override
        public void ended(Prepared prepared) {
            out.println(prepared.bytes()
                    .map(bytes -> "  " + Count.of(bytes, "byte") + " to fetch")
                    .orElse("  not made"));
        }
    }
}
