package dev.otapair.protocol.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The calls of a program to the kernel that change something below a folder, as strace counts them; and the same program with a
 * fault as it makes one of them. What the program starts is left alone. Needs {@code strace}. Not thread-safe.
 */
public final class SystemCalls {
    /** The exit status of a program that was killed. */
    public static final int KILLED = 128 + 9;

    private static final List<String> CHANGING = List.of(
            "openat",
            "write",
            "pwrite64",
            "writev",
            "copy_file_range",
            "sendfile",
            "ftruncate",
            "fallocate",
            "fsync",
            "fdatasync",
            "rename",
            "renameat",
            "renameat2",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "unlink",
            "unlinkat",
            "rmdir",
            "mkdir",
            "mkdirat",
            "chmod",
            "fchmod",
            "fchmodat",
            "chown",
            "fchown",
            "lchown",
            "fchownat",
            "utimensat");

    /** {@code 4711 openat(AT_FDCWD</x>, "/y", O_WRONLY|O_CREAT, 0644) = 5</y>}, or an unfinished one. */
    private static final Pattern LINE = Pattern.compile("^(\\d+) +(\\w+)\\((.*)$");

    /** A path that a call was given, or that a file it was given has. */
    private static final Pattern PATH = Pattern.compile("[<\"](/[^>\"]*)[>\"]");

    /** What relative paths begin at: no file of the call. */
    private static final String START = "AT_FDCWD<[^>]*>";

    /** {@code 4711 write(5</y>, ""..., 132) = 66}, in one line or two: what it was asked for, and what it wrote. */
    private static final Pattern ASKED = Pattern.compile("^(\\d+) +write\\(.*, (\\d+)(?:\\)| <unfinished).*$");

    private static final Pattern WROTE = Pattern.compile("^(\\d+) .*write.*= (\\d+)(?: \\(DELAYED\\))?$");

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final List<String> command;
    private final Path folder;
    private final Path trace;

    /**
     * One call.
     *
     * @param file the first that it is about
     * @param number of its name, about that file, in its thread, from 1
     */
    public record Call(String name, Path file, int number) {
        @Override
        public String toString() {
            return "%s#%d of %s".formatted(name, number, file.getFileName());
        }
    }

    /**
     * @param command the program; each file is used by one thread of it
     * @param folder absolute, without symbolic links; names below it are without quotes and angle brackets
     * @param trace written by strace; not below {@code folder}
     */
    public SystemCalls(List<String> command, Path folder, Path trace) {
        this.command = List.copyOf(command);
        this.folder = folder;
        this.trace = trace;
    }

    /** Says whether this machine can do it. */
    public static boolean areTraceable() {
        try {
            Process strace = new ProcessBuilder("strace", "-qq", "-e", "trace=none", "true")
                    .redirectErrorStream(true)
                    .start();
            strace.getInputStream().readAllBytes();
            return strace.waitFor() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Runs the program to its end, and returns the calls that changed something below the folder, in order. */
    public List<Call> record() throws IOException, InterruptedException {
        if (end(start(List.of())) != 0) {
            throw new IllegalStateException("the program does not even run without a fault: " + command);
        }
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        for (String line : Files.readAllLines(trace)) {
            Matcher call = LINE.matcher(line);
            if (call.matches()) {
                List<Path> about = filesOf(call.group(3));
                for (Path file : countedOf(call, about)) {
                    counts.merge(key(call, file), 1, Integer::sum);
                }
                if (!about.isEmpty() && changes(call)) {
                    Path file = about.get(0);
                    calls.add(new Call(call.group(2), file, counts.get(key(call, file))));
                }
            }
        }
        return calls;
    }

    /**
     * Runs the program and kills it as it enters a call: that one is not done any more. (strace's --seccomp-bpf would be
     * faster, and injects nothing.)
     *
     * @return whether it was killed there; else it came to its end
     */
    public boolean killAt(Call call) throws IOException, InterruptedException {
        return end(startWith(call, "signal=KILL")) == KILLED;
    }

    /**
     * Runs the program and lets a call fail: it is not done.
     *
     * @param error as errno(3) names it
     * @return the program's exit status
     */
    public int failAt(Call call, String error) throws IOException, InterruptedException {
        return end(startWith(call, "error=" + error));
    }

    /**
     * Starts the program such that it dwells in every call of some names that is about a file, so that something can be done to it
     * meanwhile.
     *
     * @param names after opening, before all others
     * @return the strace of it; its one child is the program
     */
    public Process startDwelling(Path file, Duration pause, String... names) throws IOException {
        List<String> words = new ArrayList<>(List.of("-P", file.toString()));
        for (String name : names) {
            String when = name.equals("openat") ? "delay_exit" : "delay_enter";
            words.addAll(List.of("-e", "inject=%s:%s=%d".formatted(name, when, pause.toNanos() / 1000)));
        }
        return start(words);
    }

    /** Waits for the end of a program that was started, and returns its exit status. */
    public static int end(Process process) throws InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new IllegalStateException("it did not end: " + process.info());
        }
        return process.exitValue();
    }

    /** Says whether the last run came to the call that was to fail. */
    public boolean hasFailed() throws IOException {
        return Files.readString(trace).contains("(INJECTED)");
    }

    /** Says whether a write of the last run wrote less than it was asked to. */
    public boolean hasWrittenShort() throws IOException {
        Map<String, Long> asked = new HashMap<>();
        for (String line : Files.readAllLines(trace)) {
            Matcher write = ASKED.matcher(line);
            if (write.matches()) {
                asked.put(write.group(1), Long.parseLong(write.group(2)));
            }
            Matcher wrote = WROTE.matcher(line);
            if (wrote.matches() && Long.parseLong(wrote.group(2)) < asked.getOrDefault(wrote.group(1), 0L)) {
                return true;
            }
        }
        return false;
    }

    private Process startWith(Call call, String fault) throws IOException {
        String injection = "inject=%s:%s:when=%d".formatted(call.name(), fault, call.number());
        return start(List.of("-P", call.file().toString(), "-e", injection));
    }

    /** Of a plain rename strace's -P looks at the first name only. */
    private static List<Path> countedOf(Matcher call, List<Path> about) {
        return call.group(2).equals("rename") && !about.isEmpty() ? about.subList(0, 1) : about;
    }

    private static String key(Matcher call, Path file) {
        return call.group(1) + " " + call.group(2) + " " + file;
    }

    /** The files below the folder that a call is about. */
    private List<Path> filesOf(String arguments) {
        return PATH.matcher(arguments.replaceAll(START, ""))
                .results()
                .map(path -> Path.of(path.group(1)))
                .filter(path -> path.startsWith(folder))
                .distinct()
                .toList();
    }

    private static boolean changes(Matcher call) {
        String arguments = call.group(3);
        return !call.group(2).equals("openat") || arguments.contains("O_CREAT") || arguments.contains("O_TRUNC");
    }

    private Process start(List<String> more) throws IOException {
        List<String> words = new ArrayList<>(
                List.of("strace", "-f", "-b", "execve", "-qq", "-y", "-s", "0", "-o", trace.toString()));
        words.addAll(List.of("-e", "signal=none", "-e", "trace=" + String.join(",", CHANGING)));
        words.addAll(more);
        words.addAll(command);
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
