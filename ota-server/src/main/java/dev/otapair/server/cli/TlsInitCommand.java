package dev.otapair.server.cli;

import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.config.SelfSignedCertificate;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Makes a certificate for a fleet that has no certificate authority, and says what to write into both config.ini. */
@Command(
        name = "tls-init",
        description = "Make a key and a self-signed certificate, and print the pin for the boards' config.ini.",
        footer = {"", "Files that are there already are not touched. Exit status: 0 made, 73 there already."},
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class TlsInitCommand implements Callable<Integer> {
    private static final Logger LOG = Loggers.of(TlsInitCommand.class);

    @ParentCommand
    private OtaServerCommand program;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--name",
            paramLabel = "HOST",
            defaultValue = "ota-server",
            description = "Name in the certificate (default: ${DEFAULT-VALUE}); a pin does not look at it.")
    private String name;

    @Override
    public Integer call() {
        Path folder = program.config().file().getParent();
        Path certificate = folder.resolve("ota-tls-cert.pem");
        Path key = folder.resolve("ota-tls-key.pem");
        for (Path file : List.of(certificate, key)) {
            if (Files.exists(file)) {
                throw new OtaException(
                        ErrorCode.CANNOT_WRITE,
                        file + " is there already; boards may have its pin. Move it away first");
            }
        }
        SelfSignedCertificate made = SelfSignedCertificate.make(name);
        write(key, made.keyPem());
        write(certificate, made.certificatePem());
        letTheServerRead(key, certificate);
        PrintWriter out = spec.commandLine().getOut();
        out.println("; on the server, in [Server]");
        out.println("tls = optional");
        out.println("tls_cert = " + certificate.getFileName());
        out.println("tls_key = " + key.getFileName());
        out.println("; on the boards, in [Client]");
        out.println("tls = yes");
        out.println("tls_pin = " + made.pin());
        return 0;
    }

    /**
     * The server runs as a user of its own and reads config.ini as it does: by owner or by group. So the key, which is as
     * secret as that file, belongs to the same two; a certificate is no secret.
     */
    private void letTheServerRead(Path key, Path certificate) {
        try {
            Files.setPosixFilePermissions(certificate, PosixFilePermissions.fromString("rw-r--r--"));
            Path config = program.config().file();
            if (Files.exists(config)) {
                PosixFileAttributes like = Files.readAttributes(config, PosixFileAttributes.class);
                boolean groupReads = like.permissions().contains(PosixFilePermission.GROUP_READ);
                PosixFileAttributeView view = Files.getFileAttributeView(key, PosixFileAttributeView.class);
                view.setGroup(like.group());
                view.setOwner(like.owner());
                view.setPermissions(PosixFilePermissions.fromString(groupReads ? "rw-r-----" : "rw-------"));
            }
        } catch (IOException e) {
            LOG.warn(
                    "The user that the server runs as has to be able to read {}: use chgrp and chmod 0640 ({})",
                    key,
                    FileFault.why(e));
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            new DurableFiles().replace(file, content);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }
}
