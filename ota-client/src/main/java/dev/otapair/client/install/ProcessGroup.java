package dev.otapair.client.install;

import dev.otapair.protocol.files.Folders;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process and all it starts, as one group of its own: so that it can be ended whole, and so that a Ctrl-C meant for us
 * does not reach it before we say so.
 */
final class ProcessGroup {
    private static final String KILL = "KILL";
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final long SIGNAL_SECONDS = 5;
    private static final Duration DEATH = Duration.ofSeconds(10);

    private static final long POLL_MILLIS = 20;
    private static final Path PROCESSES = Path.of("/proc");

    /** Of proc(5): pid (name) state parent group, and the start as the 22nd; the name may hold anything. */
    private static final Pattern STAT =
            Pattern.compile("(?s).*\\) (?<state>\\S) [0-9]+ (?<group>[0-9]+) (?:-?[0-9]+ ){16}(?<start>[0-9]+) .*");

    private static final String STATE = "state";
    private static final String GROUP = "group";
    private static final String START = "start";
    private static final Pattern ID = Pattern.compile("(?<pid>[0-9]{1,9}) (?<start>[0-9]{1,19})");

    /** Begins when it is told to: one that nobody has made a note of must not run. */
    private static final List<String> GATE =
            List.of("/bin/sh", "-c", "IFS= read -r go && unset PWD OLDPWD SHLVL && exec \"$@\" </dev/null", "sh");

    private final ProcessHandle leader;
    private final Optional<Process> child;

    private ProcessGroup(ProcessHandle leader, Optional<Process> child) {
        this.leader = leader;
        this.child = child;
    }

    /** Returns where a program is; {@code setsid}, which makes groups, comes with util-linux, busybox and toybox. */
    static Optional<Path> find(String program, Map<String, String> environment) {
        return Stream.of(path(environment).split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Returns where programs are looked for. */
    static String path(Map<String, String> environment) {
        return environment.getOrDefault("PATH", DEFAULT_PATH);
    }

    /**
     * Starts a command that begins by {@link #begin}, with nothing on its standard input, and both outputs in one. If this process
     * ends before that, it never does.
     *
     * @param setsid from {@link #find}
     * @param environment all that it gets
     * @throws IOException if it cannot be started
     */
    static ProcessGroup start(Path setsid, List<String> command, Path folder, Map<String, String> environment)
            throws IOException {
        List<String> words = new ArrayList<>(List.of(setsid.toString()));
        words.addAll(GATE);
        words.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(words).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process started = builder.start();
        return new ProcessGroup(started.toHandle(), Optional.of(started));
    }

    /** Lets it begin. Only of a group that was started here. */
    void begin() throws IOException {
        try (OutputStream gate = child.orElseThrow().getOutputStream()) {
            gate.write('\n');
        }
    }

    /** Returns what finds this group again, in this start of the board: the leader's pid and when it was started. */
    String id() {
        return idOf(leader.pid());
    }

    /** As above, of any process; empty if there is none. */
    static String idOf(long pid) {
        return stat(PROCESSES.resolve(Long.toString(pid)))
                .map(stat -> pid + " " + stat.group(START))
                .orElse("");
    }

    /**
     * Finds a group again that another process started, and did not live to see the end of.
     *
     * @param id of this start of the board
     * @return empty once its leader has ended, whatever has its pid now
     */
    static Optional<ProcessGroup> found(String id) {
        Matcher known = ID.matcher(id);
        if (!known.matches()) {
            return Optional.empty();
        }
        long pid = Long.parseLong(known.group("pid"));
        return ProcessHandle.of(pid)
                .filter(leader -> idOf(pid).equals(id))
                .map(leader -> new ProcessGroup(leader, Optional.empty()))
                .filter(ProcessGroup::hasLeader);
    }

    /** Returns what the group prints; ends when the last process that holds it does. Only of a group that was started here. */
    InputStream output() {
        return child.orElseThrow().getInputStream();
    }

    /**
     * Waits for the leader alone: what it leaves running is meant to run. Only of a group that was started here.
     *
     * @param givenUp completed when the wait shall end before its time
     * @return its exit status, 128 and the signal's number when one ended it; empty when it has not ended
     */
    Optional<Integer> waitFor(Duration time, CompletableFuture<?> givenUp) throws InterruptedException {
        Process process = child.orElseThrow();
        try {
            CompletableFuture.anyOf(process.onExit(), givenUp).get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        }
        return process.isAlive() ? Optional.empty() : Optional.of(process.exitValue());
    }

    /**
     * Waits for the leader of a group that was found.
     *
     * @param givenUp completed when the wait shall end before its time
     * @return whether it has ended
     */
    boolean waitForEnd(Duration time, CompletableFuture<?> givenUp) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        while (hasLeader() && !givenUp.isDone() && deadline - System.nanoTime() > 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return !hasLeader();
    }

    /** Asks all of the group to end. Does not wait. */
    void terminate() {
        signal("TERM");
    }

    /** Waits a while for a group that was asked to end, then kills what is left of it. */
    void killAfter(Duration grace) throws InterruptedException {
        long deadline = System.nanoTime() + grace.toNanos();
        while (isAlive() && deadline - System.nanoTime() > 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        signal(KILL);
        if (child.isPresent()) {
            child.get().waitFor(DEATH.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    /** A shell is gone at once, while what it waited for may still tidy up: the leader alone says nothing of its group. */
    private boolean isAlive() {
        return child.filter(Process::isAlive).isPresent() || hasMembers();
    }

    private boolean hasLeader() {
        return isLivingMember(PROCESSES.resolve(Long.toString(leader.pid())));
    }

    private boolean hasMembers() {
        try {
            return Folders.first(PROCESSES, each -> isLivingMember(each) ? Optional.of(each) : Optional.empty())
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    /** A zombie has nothing left to do, and where nobody collects the dead it stays for ever. */
    private boolean isLivingMember(Path process) {
        return stat(process)
                .filter(stat -> !stat.group(STATE).matches("[ZX]"))
                .filter(stat -> stat.group(GROUP).equals(Long.toString(leader.pid())))
                .isPresent();
    }

    private static Optional<Matcher> stat(Path process) {
        return read(process.resolve("stat")).map(STAT::matcher).filter(Matcher::matches);
    }

    /** The name of a program may hold anything; a process may be gone. */
    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** There is no group yet while setsid starts, and signalling it does nothing: then the leader is all there is. */
    private void signal(String name) {
        boolean isForced = name.equals(KILL);
        try {
            Process kill = new ProcessBuilder(
                            "/bin/sh", "-c", "kill -s \"$1\" -- \"-$2\"", "sh", name, Long.toString(leader.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                signalLeader(isForced);
            }
        } catch (IOException e) {
            signalLeader(isForced);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void signalLeader(boolean isForced) {
        if (isForced) {
            leader.destroyForcibly();
        } else {
            leader.destroy();
        }
    }
}
