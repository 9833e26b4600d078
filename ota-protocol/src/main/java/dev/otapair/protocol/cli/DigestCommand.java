package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints digests in the lines of md5sum and sha256sum, so that their {@code -c} reads them. */
@Command(
        name = "digest",
        description = "Print the MD5 and the SHA-256 of files, one line each, as md5sum and sha256sum do.",
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
public final class DigestCommand implements Callable<Integer> {
    private static final Logger LOG = Loggers.of(DigestCommand.class);

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files to read.")
    private List<Path> files;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config");
        return files.stream().mapToInt(this::print).max().orElse(0);
    }

    private int print(Path file) {
        PrintWriter out = spec.commandLine().getOut();
        try (FileChannel content = FileChannel.open(file, StandardOpenOption.READ)) {
            ContentDigester digester =
                    new ContentDigester(Digest.Algorithm.MD5, Digest.Algorithm.SHA256).updateAll(content);
            out.println(line(digester.finish(Digest.Algorithm.MD5), file));
            out.println(line(digester.finish(Digest.Algorithm.SHA256), file));
            return 0;
        } catch (NoSuchFileException e) {
            LOG.error("{}: does not exist", file);
            return ErrorCode.IO_ERROR.exitStatus();
        } catch (IOException e) {
            LOG.error("{}: cannot be read: {}", file, FileFault.why(e));
            return ErrorCode.IO_ERROR.exitStatus();
        }
    }

    /** The coreutils mark a name that holds a backslash or a line end by a leading backslash, and escape both. */
    private static String line(Digest digest, Path file) {
        String name = file.toString();
        String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        String mark = escaped.equals(name) ? "" : "\\";
        return mark + digest.hex() + "  " + escaped;
    }
}
