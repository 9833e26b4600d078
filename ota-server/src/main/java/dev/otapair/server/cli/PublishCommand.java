package dev.otapair.server.cli;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.release.Draft;
import dev.otapair.server.release.Publisher;
import dev.otapair.server.release.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Makes a release of a file or a tree and offers it. */
@Command(
        name = "publish",
        description = {
            "Make a signed release of a folder or a file and offer it to the boards.",
            "",
            "A folder is published as it stands: files, modes, times, symbolic links and empty folders; an archive with --as"
                    + " tree by what it holds. Boards then fetch what differs from what they have. The contents are kept in"
                    + " .objects of the folder of packages, each once; first clients (v1) get the archive, or one that is made"
                    + " of the folder. What becomes of the source afterwards does not matter.",
            "",
            "Copies the package into the folder of packages, writes what it is beside it (NAME.ota.json), signs that, and switches"
                    + " the offer of the product. A running server hands it out from the next connection on; config.ini is"
                    + " not touched.",
            "",
            "With the key on another machine, in three steps:",
            "  ota-server publish --stage-only FOLDER|FILE",
            "  openssl pkeyutl -sign -rawin -inkey ota.key -in NAME.ota.json -out NAME.sig",
            "  ota-server publish --signature NAME.sig NAME"
        },
        footer = {
            "",
            "Exit status: 0 offered (or staged), 64 usage, 73 cannot write, 74 cannot read, 75 another publisher is at work, 76"
                    + " damaged, 77 refused, 78 configuration or key."
        })
final class PublishCommand implements Callable<Integer> {
    @ParentCommand
    private OtaServerCommand program;

    /** Not by the mixin of the other commands: --version is the release's here. */
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean helpRequested;

    @Mixin
    private ReleaseOptions options;

    @Mixin
    private SigningOptions signing;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "FOLDER|FILE",
            description = "What is published; with --signature the package's name, as it was staged.")
    private Path file;

    @Option(
            names = "--as",
            paramLabel = "FORM",
            converter = FormConverter.class,
            description =
                    "tree: what a folder or an archive (tar, tar.gz, tar.zst, tar.xz, zip) holds; file: one file as it is"
                            + " (default: tree for a folder, file for a file).")
    private Optional<Source.Form> form = Optional.empty();

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The package's name (default: the file's, or the folder's with .tar.gz behind it).")
    private String name;

    @Option(
            names = "--owners",
            description =
                    "Publish the numeric owners and groups that the files of a folder have (default: 0:0). An archive says"
                            + " itself whose they are.")
    private boolean keepsOwners;

    @Option(
            names = "--product",
            paramLabel = "NAME",
            defaultValue = "default",
            description = "Which boards it is for: 'product' of their config.ini (default: ${DEFAULT-VALUE}).")
    private String product;

    @Option(
            names = "--version",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "What people call it; boards go by the counter. Up to 64 characters.")
    private String version;

    @Option(
            names = "--release",
            paramLabel = "N",
            description =
                    "Its counter, by which boards know what is newer, at most 1000000 above the last one (default: one more than"
                            + " the highest ever given).")
    private Long release;

    @Option(
            names = "--notes",
            paramLabel = "TEXT",
            defaultValue = "",
            description =
                    "What is new, for those who run 'ota-client check'; @FILE takes it from a file. Up to 1000 bytes.")
    private String notes;

    @Option(
            names = "--expires",
            paramLabel = "DAYS",
            defaultValue = Lifetime.DEFAULT,
            converter = Lifetime.Converter.class,
            description =
                    "When boards begin to warn that something newer may be held back from them: 90d, or never (default:"
                            + " ${DEFAULT-VALUE}).")
    private Lifetime lifetime;

    @Option(
            names = "--min-from",
            paramLabel = "N",
            defaultValue = "0",
            description = "Only boards that have release N or a later one may install it (default: ${DEFAULT-VALUE}).")
    private long minFrom;

    @Option(
            names = "--floor",
            paramLabel = "N",
            defaultValue = "0",
            description = "Boards that have installed it never go below release N again (default: ${DEFAULT-VALUE}).")
    private long floor;

    @Option(
            names = "--revoke",
            paramLabel = "KEYID",
            description =
                    "A key that boards must not trust any more; works when a key signs that they list in recovery_keys. Later"
                            + " releases of the product go on revoking it. May be given more than once.")
    private List<String> revoked = List.of();

    @Option(
            names = "--forget-revoked",
            description =
                    "Do not go on revoking what the product's last release revoked: when every board has learned it.")
    private boolean forgetsRevoked;

    @Option(
            names = "--urgent",
            description =
                    "Boards install it at any time of the day, whatever their 'window' says; what holds them goes on to.")
    private boolean isUrgent;

    @Option(
            names = "--prepare",
            description =
                    "Then make the patches that boards will ask for, as 'ota-server prepare' does; may take minutes. Boards that ask meanwhile"
                            + " wait for a while.")
    private boolean isPrepared;

    @Option(
            names = "--stage-only",
            description = "Give it a counter and write what is to be signed, but offer nothing yet.")
    private boolean stageOnly;

    @Option(
            names = "--signature",
            paramLabel = "SIG",
            description =
                    "A signature of a staged release, 64 bytes as openssl writes it; finishes it. May be given more than"
                            + " once.")
    private List<Path> signatures = List.of();

    @Override
    public Integer call() {
        ReleaseDesk desk = options.desk(program);
        if (!signatures.isEmpty()) {
            requireAlone();
            desk.tellOffered(desk.publisher().finish(Names.packageName(spec, file.toString()), signatures));
        } else if (stageOnly) {
            requireNoKey();
            desk.tellStaged(desk.publisher().stage(source(), draft()));
        } else {
            Publisher.Step step = desk.publisher().publish(source(), draft(), signing.keys());
            desk.tellOffered(step);
            if (isPrepared) {
                return prepare(step.release().metadata());
            }
        }
        return 0;
    }

    private int prepare(ReleaseMetadata published) {
        ServerConfig config = ServerConfig.read(IniFile.read(program.config().file()), System.getenv());
        return PrepareCommand.statusOf(PrepareCommand.prepare(
                program.config().file(), config, published, spec.commandLine().getOut(), options.isJson()));
    }

    private Source source() {
        boolean isFolder = Files.isDirectory(file);
        Source.Form wished = form.orElse(isFolder ? Source.Form.TREE : Source.Form.FILE);
        if (isFolder && wished == Source.Form.FILE) {
            throw new ParameterException(spec.commandLine(), "--as file: %s is a folder".formatted(file));
        }
        if (keepsOwners && !isFolder) {
            throw new ParameterException(
                    spec.commandLine(), "--owners means nothing here: an archive says itself whose its files are");
        }
        return new Source(
                file, wished, Optional.ofNullable(name).map(text -> Names.packageName(spec, text)), keepsOwners);
    }

    private Draft draft() {
        return new Draft(
                Names.product(spec, product),
                version,
                release == null ? OptionalLong.empty() : OptionalLong.of(release),
                lifetime.time(),
                minFrom,
                floor,
                revoked.stream().map(id -> Names.keyId(spec, id)).toList(),
                !forgetsRevoked,
                isUrgent,
                Notes.read(notes));
    }

    private static final class FormConverter implements ITypeConverter<Source.Form> {
        @Override
        public Source.Form convert(String text) {
            return switch (text) {
                case "tree" -> Source.Form.TREE;
                case "file" -> Source.Form.FILE;
                default -> throw new TypeConversionException("'%s' is refused: expected tree or file".formatted(text));
            };
        }
    }

    private void requireNoKey() {
        if (signing.isGiven()) {
            throw new ParameterException(spec.commandLine(), "--stage-only signs nothing: leave --key away");
        }
    }

    private void requireAlone() {
        GivenOptions.allowOnly(
                spec,
                "--signature finishes what was staged, as it was staged",
                "--signature",
                "--public-key",
                "--json",
                "--config");
    }
}
