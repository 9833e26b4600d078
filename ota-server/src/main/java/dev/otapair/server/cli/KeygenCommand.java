package dev.otapair.server.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.protocol.wire.JsonReport;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a signing key. */
@Command(
        name = "keygen",
        description = {
            "Make a key to sign releases with: NAME.key, which no server and no board needs, and NAME.pub, which every board"
                    + " gets into its trusted_keys.",
            "",
            "The same as: openssl genpkey -algorithm ed25519 -out NAME.key; openssl pkey -in NAME.key -pubout -out NAME.pub",
            "",
            "Make two, and give boards both public keys from the first day: the second private key stays in a safe until the"
                    + " first one is lost or stolen."
        },
        footer = {"", "Files that are there already are not touched. Exit status: 0 made, 73 there already."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class KeygenCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "NAME",
            defaultValue = "ota",
            description = "Where to, without the endings (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(names = "--json", description = "Print the result as one JSON object on one line.")
    private boolean json;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config");
        Path privateFile = Path.of(name + ".key").toAbsolutePath();
        Path publicFile = Path.of(name + ".pub").toAbsolutePath();
        for (Path file : List.of(privateFile, publicFile)) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw thereAlready(file);
            }
        }
        SigningKey key = SigningKey.generate();
        make(privateFile, key.toPem(), DurableFiles.Readers.OWNER);
        make(publicFile, key.publicHalf().toPem(), DurableFiles.Readers.EVERYBODY);
        KeyId id = key.publicHalf().id();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", id);
        members.put("private", privateFile);
        members.put("public", publicFile);
        spec.commandLine()
                .getOut()
                .println(
                        json
                                ? JsonReport.of(members)
                                : "key %s: %s signs, keep it to yourself; %s verifies, give it to the boards"
                                        .formatted(id, privateFile, publicFile));
        return 0;
    }

    private static OtaException thereAlready(Path file) {
        return new OtaException(
                ErrorCode.CANNOT_WRITE, file + " is there already; boards may trust it. Move it away first");
    }

    private static void make(Path file, byte[] content, DurableFiles.Readers readers) {
        try {
            new DurableFiles().make(file, content, readers);
        } catch (FileAlreadyExistsException e) {
            throw thereAlready(file);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }
}
