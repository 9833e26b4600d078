package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.server.release.Verification;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Checks a release as a board would. */
@Command(
        name = "verify",
        description = {
            "Check signatures, metadata and content of a release, as a board does.",
            "",
            "Of a published tree all contents are read; of one that lies elsewhere, its archive.",
            "",
            "Keys are those in trusted_keys of [Server] and of --public-key."
        },
        footer = {"", "Exit status: 0 good, 74 not there, 76 damaged, 77 not signed by a trusted key or not readable."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    @Mixin
    private ReleaseOptions options;

    @Parameters(
            paramLabel = "NAME",
            description =
                    "The name of a published package, or the path of one with its metadata and signatures beside it.")
    private Path file;

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        Path packageFile = file.getNameCount() == 1 ? desk.packages().resolve(file) : file;
        Verification found = desk.publisher().verify(packageFile);
        Map<String, Object> members = ReleaseDesk.members(found.release(), found.tree());
        members.put("signers", List.copyOf(found.signers()));
        desk.print(
                members,
                "%s: release %d of product %s, good, signed by %s%s"
                        .formatted(
                                packageFile,
                                found.release().metadata().release(),
                                found.release().metadata().product(),
                                found.signers().stream().map(KeyId::value).collect(Collectors.joining(", ")),
                                ReleaseDesk.treeIn(found.tree())));
        return 0;
    }
}
