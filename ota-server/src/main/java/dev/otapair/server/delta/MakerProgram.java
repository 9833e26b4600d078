package dev.otapair.server.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.UserId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The command line of the process that makes plans: this program, on this Java, at low priority where the system has the tools. */
public final class MakerProgram {
    /** What the kernel and the user may think less of; found out once, by trying. */
    private static final List<List<String>> PRIORITIES =
            List.of(List.of("nice", "-n", "19"), List.of("ionice", "-t", "-c3"));

    /** For a tool that may ask something that never answers, as where users are listed elsewhere. */
    private static final Duration TRIAL = Duration.ofSeconds(10);

    private static final long MIB = 1L << 20;

    /** Of the heap: a process that only copies, or codes by zstd, which has its own memory. */
    private static final long SMALL_HEAP = 256 * MIB;

    /** Of this program: rooms know nothing of those above them. */
    private static final String MAIN_CLASS = "dev.otapair.server.cli.OtaServerCommand";

    private final Path configFile;
    private final LongSupplier memory;
    private final List<String> prefix;

    private MakerProgram(Path configFile, LongSupplier memory, List<String> rights) {
        this.configFile = configFile;
        this.memory = memory;
        this.prefix = Stream.concat(
                        rights.stream(),
                        PRIORITIES.stream().filter(MakerProgram::works).flatMap(List::stream))
                .toList();
    }

    /**
     * Returns the one that a daemon starts, with rights like its own.
     *
     * @param configFile which it is to read
     * @param memory bytes that it may take, asked before each start
     */
    public static MakerProgram ofDaemon(Path configFile, LongSupplier memory) {
        return new MakerProgram(configFile, memory, List.of());
    }

    /**
     * Returns the one that the administrator starts. Where that is root it has no more rights than the owner of the patches: who could have
     * put links there.
     *
     * @throws OtaException CANNOT_WRITE if it cannot be given them
     */
    public static MakerProgram ofCommand(Path configFile, ServerConfig.Deltas settings) {
        return new MakerProgram(configFile, settings::memoryBytes, rightsOfOwner(settings.folder()));
    }

    /** Returns the command that makes a pair's plan, and ends when its standard input does. */
    List<String> command(Pair pair) {
        long heap = Planning.of(pair) == Planning.LIGHT ? SMALL_HEAP : Memory.heapFor(memory.getAsLong());
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx%dm".formatted(heap / MIB),
                // One array of the size of the heap, nearly: the young do not need a third of it. What is free goes
                // back.
                "-XX:+UseSerialGC",
                "-XX:MaxNewSize=32m",
                "-XX:MinHeapFreeRatio=5",
                "-XX:MaxHeapFreeRatio=10",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        Stream.of("slf4j.provider", "slf4j.internal.verbosity")
                .forEach(key -> Optional.ofNullable(System.getProperty(key))
                        .ifPresent(value -> command.add("-D" + key + "=" + value)));
        command.addAll(List.of(MAIN_CLASS, "make-patch", "--attended", "--config", configFile.toString()));
        command.addAll(arguments(pair));
        return command;
    }

    /**
     * Runs it, and waits for it, for 6 h at most.
     *
     * @return its exit status; 124 if it was ended since it took longer
     * @throws OtaException IO_ERROR if it cannot be started
     */
    public int run(Pair pair) {
        try (MakerProcess process = MakerProcess.start(pair, command(pair))) {
            return process.status();
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "make-patch cannot be started: " + FileFault.why(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OtaException(ErrorCode.INTERRUPTED, "interrupted while a patch was made", e);
        }
    }

    private static List<String> arguments(Pair pair) {
        List<String> arguments = new ArrayList<>(List.of("--want", pair.want().hex()));
        pair.base().map(Digest::hex).ifPresent(base -> arguments.addAll(List.of("--base", base)));
        switch (pair.ability()) {
            case ALL -> {}
            case NO_ZIPS -> arguments.add("--no-zips");
            case ZSTD -> arguments.add("--plain");
            case NONE -> arguments.add("--raw");
        }
        if (!pair.damaged().isEmpty()) {
            arguments.addAll(List.of("--damaged", pair.damaged().toString()));
        }
        return arguments;
    }

    private static List<String> rightsOfOwner(Path folder) {
        try {
            Optional<Path> others = UserId.isRoot() ? firstOfOthers(folder) : Optional.empty();
            return others.isEmpty() ? List.of() : rightsOf(others.get());
        } catch (IOException e) {
            throw FileFault.unreadable(folder, e);
        }
    }

    /** Returns the first part of a path that is not root's: its owner decides where the rest leads. Links are looked at, and followed. */
    private static Optional<Path> firstOfOthers(Path folder) throws IOException {
        Path named = folder.toAbsolutePath().normalize();
        Path there = named;
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        for (Path whole : List.of(named, there.toRealPath())) {
            Path part = whole.getRoot();
            for (Path name : whole) {
                part = part.resolve(name);
                boolean isOthers = Files.exists(part, LinkOption.NOFOLLOW_LINKS) && UserId.of(part) != UserId.ROOT;
                if (isOthers) {
                    return Optional.of(part);
                }
            }
        }
        return Optional.empty();
    }

    private static List<String> rightsOf(Path place) throws IOException {
        int owner = UserId.of(place);
        Object group = Files.getAttribute(place, "unix:gid", LinkOption.NOFOLLOW_LINKS);
        // In a session of its own: a terminal would take what that user types for root's.
        List<String> ids = List.of("setsid", "--wait", "setpriv", "--reuid=" + owner, "--regid=" + group);
        // Who has no name has no other groups.
        return Stream.of("--init-groups", "--clear-groups")
                .map(groups -> Stream.concat(ids.stream(), Stream.of(groups)).toList())
                .filter(MakerProgram::works)
                .findFirst()
                .orElseThrow(() -> new OtaException(
                        ErrorCode.CANNOT_WRITE,
                        "%s belongs to user %d, and setpriv (of util-linux) is not here to work as that user: start this command as that user"
                                .formatted(place, owner)));
    }

    private static boolean works(List<String> prefix) {
        return works(prefix, TRIAL);
    }

    /** Says whether a program that does nothing can be started so, and has ended in time. */
    static boolean works(List<String> prefix, Duration most) {
        List<String> command = new ArrayList<>(prefix);
        command.add("true");
        try {
            Process trial = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                return trial.waitFor(most.toNanos(), TimeUnit.NANOSECONDS) && trial.exitValue() == 0;
            } finally {
                trial.destroyForcibly();
            }
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
