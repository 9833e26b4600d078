package dev.otapair.server.tree;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;

/**
 * Looks for what a folder has and no manifest holds: extended attributes, among them capabilities and access lists. Java cannot, so the
 * programs of the system do, where they are installed. Stateless.
 */
public final class ExtendedAttributes {
    private static final Logger LOG = Loggers.of(ExtendedAttributes.class);
    private static final Path NOTHING = Path.of("/dev/null");
    private static final String FILE = "# file: ";

    /** For a program that has said all it had to say. */
    private static final long END_SECONDS = 10;

    /** What the system gives every file, and gives it anew where it is installed. */
    private static final Set<String> OF_THE_SYSTEM = Set.of("security.selinux", "system.nfs4_acl");

    private final List<String> getfattr;
    private final List<String> getcap;

    /**
     * @param getfattr names or paths under which it is looked for
     * @param getcap likewise
     */
    ExtendedAttributes(List<String> getfattr, List<String> getcap) {
        this.getfattr = List.copyOf(getfattr);
        this.getcap = List.copyOf(getcap);
    }

    /** Returns what looks with the programs of this machine. */
    public static ExtendedAttributes ofThisMachine() {
        return new ExtendedAttributes(
                List.of("getfattr", "/usr/bin/getfattr"), List.of("getcap", "/usr/sbin/getcap", "/sbin/getcap"));
    }

    /**
     * Looks through a folder. Where no program is there to look, or it cannot, that is logged as a warning.
     *
     * @throws OtaException PACKAGE_REJECTED, naming the first file that has some
     */
    void requireNone(Path folder) {
        Path absolute = folder.toAbsolutePath();
        if (looked(getfattr, List.of("-h", "-R", "-P", "-m", "-", "--absolute-names", absolute.toString()), true)) {
            return;
        }
        LOG.warn(
                looked(getcap, List.of("-r", absolute.toString()), false)
                        ? "{} has no capabilities; nobody looked for other extended attributes, which would not be published:"
                                + " install getfattr (Debian: attr)"
                        : "{}: nobody looked for capabilities and other extended attributes, which would not be published:"
                                + " install getfattr (Debian: attr)",
                folder);
    }

    /** Says whether a program has looked through all of it, and found nothing. */
    private static boolean looked(List<String> programs, List<String> options, boolean namesFiles) {
        Optional<Process> started = start(programs, options);
        if (started.isEmpty()) {
            return false;
        }
        Process program = started.get();
        try (BufferedReader lines = program.inputReader(StandardCharsets.UTF_8)) {
            if (namesFiles) {
                requireNoAttribute(lines);
            } else {
                requireNoLine(lines);
            }
            return program.waitFor(END_SECONDS, TimeUnit.SECONDS) && program.exitValue() == 0;
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "%s cannot be read: %s".formatted(programs.get(0), FileFault.why(e)), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            program.destroy();
        }
    }

    private static Optional<Process> start(List<String> programs, List<String> options) {
        for (String name : programs) {
            List<String> words = new ArrayList<>(List.of(name));
            words.addAll(options);
            ProcessBuilder program = new ProcessBuilder(words)
                    .redirectInput(ProcessBuilder.Redirect.from(NOTHING.toFile()))
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            program.environment().put("LC_ALL", "C.UTF-8");
            try {
                return Optional.of(program.start());
            } catch (IOException e) {
                LOG.debug("{} cannot be started: {}", name, FileFault.why(e));
            }
        }
        return Optional.empty();
    }

    private static void requireNoAttribute(BufferedReader lines) throws IOException {
        String file = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(FILE)) {
                file = line.substring(FILE.length());
            } else if (!line.isBlank() && !OF_THE_SYSTEM.contains(line)) {
                throw refused("%s has the extended attribute %s".formatted(file, line));
            }
        }
    }

    private static void requireNoLine(BufferedReader lines) throws IOException {
        String line = lines.readLine();
        if (line != null) {
            throw refused("a file has capabilities: " + line);
        }
    }

    private static OtaException refused(String what) {
        return new OtaException(
                ErrorCode.PACKAGE_REJECTED,
                what + ", which no manifest holds; remove it, or publish an archive --as file");
    }
}
