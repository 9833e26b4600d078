package dev.otapair.protocol.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The calls of a program to the kernel that change something below a folder, as strace counts them; and the same program killed
 * as it makes one of them. Needs {@code strace}. Not thread-safe.
 */
public final class SystemCalls {
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

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final List<String> command;
    private final Path folder;
    private final Path trace;

    /**
     * One call.
     *
     * @param number of its name, in its thread, from 1
     */
    public record Call(String name, int number) {
        @Override
        public String toString() {
            return name + "#" + number;
        }
    }

    /**
     * @param command the program, which does all of this in one thread
     * @param folder absolute, without symbolic links
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
        if (run(List.of()) != 0) {
            throw new IllegalStateException("the program to be killed does not even run: " + command);
        }
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        String worker = worker();
        for (String line : Files.readAllLines(trace)) {
            Matcher call = LINE.matcher(line);
            if (call.matches() && call.group(1).equals(worker)) {
                int number = counts.merge(call.group(2), 1, Integer::sum);
                if (changes(call)) {
                    calls.add(new Call(call.group(2), number));
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
        int status = run(List.of("-e", "inject=%s:signal=KILL:when=%d".formatted(call.name(), call.number())));
        return status != 0;
    }

    private boolean changes(Matcher call) {
        String arguments = call.group(3);
        boolean isReading =
                call.group(2).equals("openat") && !arguments.contains("O_CREAT") && !arguments.contains("O_TRUNC");
        return !isReading && arguments.contains(folder.toString());
    }

    /** The thread that changes most. */
    private String worker() throws IOException {
        Map<String, Integer> changes = new HashMap<>();
        for (String line : Files.readAllLines(trace)) {
            Matcher call = LINE.matcher(line);
            if (call.matches() && changes(call)) {
                changes.merge(call.group(1), 1, Integer::sum);
            }
        }
        return Collections.max(changes.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private int run(List<String> more) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(
                List.of("strace", "-f", "-qq", "-y", "-s", "0", "-o", trace.toString(), "-e", "signal=none", "-e"));

        words.add("trace=" + String.join(",", CHANGING));
        words.addAll(more);
        words.addAll(command);
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("it did not end: " + words);
        }
        return process.exitValue();
    }
}
