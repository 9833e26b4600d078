package dev.otapair.client.install;

import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;

/**
 * A program of the operator's that is called at a certain moment: in the config file's folder, with one argument, a small
 * environment, nothing on standard input, and a time that it may take. One at a time; not thread-safe.
 *
 * @see "docs/installing.md, section 4: Hooks"
 */
public final class Hook {
    private static final Logger LOG = Loggers.of(Hook.class);

    /** EX_TEMPFAIL of sysexits: not now, ask me again. */
    private static final int LATER = 75;

    /** 128 and HUP, INT, KILL, TERM: what a program ends with that somebody ended. */
    private static final Set<Integer> SIGNALS = Set.of(129, 130, 137, 143);

    /** Between the end of a program and our own, when a board is shut down. */
    private static final Duration SHUTDOWN = Duration.ofSeconds(2);

    private static final Consumer<String> NOBODY = id -> {};

    private final Path program;
    private final Path folder;
    private final Duration timeout;
    private final String timeoutKey;
    private final Duration grace;
    private final Path setsid;
    private final Optional<String> runAs;
    private final Map<String, String> environment;
    private final Interruption interruption;

    /** What a program answers by its status. */
    public enum Answer {
        /** 0. */
        YES,
        /** 75. */
        LATER,
        /** Any other status, a signal, or no end in time. */
        NO
    }

    /**
     * What a call came to.
     *
     * @param why in a sentence
     */
    public record Result(Answer answer, String why) {}

    /**
     * @param program absolute
     * @param folder where it runs
     * @param timeout after which its process group is ended
     * @param timeoutKey what config.ini calls that
     * @param grace between the request to end and the end by force
     * @param setsid from {@link ProcessGroup#find}
     * @param runAs the user whom it runs as; empty: our own
     * @param environment of this process; the program gets PATH and LANG of it
     * @param interruption ends it early
     */
    Hook(
            Path program,
            Path folder,
            Duration timeout,
            String timeoutKey,
            Duration grace,
            Path setsid,
            Optional<String> runAs,
            Map<String, String> environment,
            Interruption interruption) {
        this.program = program;
        this.folder = folder;
        this.timeout = timeout;
        this.timeoutKey = timeoutKey;
        this.grace = grace;
        this.setsid = setsid;
        this.runAs = runAs;
        this.environment = environment;
        this.interruption = interruption;
    }

    /**
     * Runs it to its end.
     *
     * @param argument the only one
     * @param variables more of its environment
     * @throws OtaException the signal's code, when this process is told to end; the program's group is ended then
     */
    public Result call(String argument, Map<String, String> variables) {
        return call(argument, variables, timeout);
    }

    /** As {@link #call(Subject, Consumer)}, about a package that is not installed yet. */
    public Result ask(Subject subject, Consumer<String> started) {
        return call(subject.file().toString(), subject.variables(), timeout, started);
    }

    /**
     * As above, about a release.
     *
     * @param started called with the group's id before the program begins
     */
    Result call(Subject subject, Consumer<String> started) {
        return call(subject.place().toString(), subject.variables(), timeout, started);
    }

    /**
     * As above.
     *
     * @param most the longest time, where the rest of a longer wait is shorter than its own
     */
    Result call(String argument, Map<String, String> variables, Duration most) {
        return call(argument, variables, most, NOBODY);
    }

    private Result call(String argument, Map<String, String> variables, Duration most, Consumer<String> started) {
        interruption.throwIfInterrupted();
        Duration time = most.compareTo(timeout) < 0 ? most : timeout;
        try {
            LOG.info("Running {} {}", program, argument);
            ProcessGroup group = ProcessGroup.start(setsid, command(argument), folder, allOf(variables));
            tell(started, group);
            group.begin();
            return resultOf(waitFor(group, time), time);
        } catch (NoSuchFileException e) {
            return new Result(Answer.NO, program + " does not exist any more");
        } catch (IOException e) {
            return new Result(Answer.NO, "%s cannot be run: %s".formatted(program, FileFault.why(e)));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** What is not known to have been started must not run. */
    private void tell(Consumer<String> started, ProcessGroup group) throws InterruptedException {
        try {
            started.accept(group.id());
        } catch (RuntimeException e) {
            end(group);
            throw e;
        }
    }

    /**
     * Waits for the end of an earlier call, whose run was killed: two of them at once would be in each other's way. What takes longer
     * than its time is ended.
     *
     * @param group as {@code started} was told it; of this start of the board
     * @throws OtaException the signal's code; the program goes on then
     */
    public void awaitLeft(String group) {
        Optional<ProcessGroup> earlier = ProcessGroup.found(group);
        if (earlier.isEmpty()) {
            return;
        }
        LOG.warn("{} is still at work for a run that was killed; waiting for its end", program);
        CompletableFuture<Void> told = new CompletableFuture<>();
        try {
            boolean hasEnded = interruption.during(
                    () -> told.complete(null), () -> earlier.get().waitForEnd(timeout, told));
            interruption.throwIfInterrupted();
            if (!hasEnded) {
                end(earlier.get());
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** As above, at once. */
    public void endLeft(String group) {
        try {
            Optional<ProcessGroup> earlier = ProcessGroup.found(group);
            if (earlier.isPresent()) {
                LOG.warn("{} is still at work for a run that was killed; ending it", program);
                end(earlier.get());
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void end(ProcessGroup group) throws InterruptedException {
        group.terminate();
        group.killAfter(grace);
    }

    private OtaException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new OtaException(ErrorCode.SCRIPT_FAILED, program + ": the wait for it was interrupted", cause);
    }

    private Optional<Integer> waitFor(ProcessGroup group, Duration time) throws InterruptedException {
        ScriptOutput output = new ScriptOutput(program.getFileName().toString(), group.output());
        CompletableFuture<Void> told = new CompletableFuture<>();
        Runnable tell = () -> {
            group.terminate();
            told.complete(null);
        };
        Optional<Integer> status = interruption.during(tell, () -> group.waitFor(time, told));
        if (status.isEmpty() && !told.isDone()) {
            group.terminate();
        }
        if (status.isEmpty() || told.isDone()) {
            group.killAfter(grace);
        }
        output.finish();
        if (told.isDone()) {
            // What the program did until then, only its author knows.
            interruption.throwIfInterrupted("told to end; no release was recorded");
        }
        if (status.filter(SIGNALS::contains).isPresent()) {
            // A board that is shut down ends all processes, in any order: our own signal may be on its way.
            interruption.pause(SHUTDOWN);
        }
        return status;
    }

    private Result resultOf(Optional<Integer> status, Duration time) {
        if (status.isEmpty()) {
            String bound = time.equals(timeout) ? timeoutKey + " = " : "";
            return new Result(
                    Answer.NO,
                    "%s did not end within %s%d s and was killed".formatted(program, bound, time.toSeconds()));
        }
        return switch (status.get()) {
            case 0 -> new Result(Answer.YES, program + " ended well");
            case LATER -> new Result(Answer.LATER, program + " asks to be run later (status 75)");
            default -> new Result(Answer.NO, "%s ended with status %d".formatted(program, status.get()));
        };
    }

    private List<String> command(String argument) throws IOException {
        List<String> words = new ArrayList<>();
        runAs.ifPresent(user -> words.addAll(List.of("runuser", "-u", user, "--")));
        words.addAll(ScriptCommand.of(program));
        words.add(argument);
        return words;
    }

    private Map<String, String> allOf(Map<String, String> variables) {
        Map<String, String> all = new TreeMap<>(variables);
        all.put("PATH", ProcessGroup.path(environment));
        Optional.ofNullable(environment.get("LANG")).ifPresent(language -> all.put("LANG", language));
        return all;
    }
}
