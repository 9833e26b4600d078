package dev.otapair.client.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.control.Interruption;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real scripts, as operators and accidents write them. R19: scripts that hang, ignore TERM, fork away, close their outputs, flood them. */
class AfterProcessTest {
    private static final Duration GRACE = Duration.ofMillis(300);
    private static final InstalledRelease NEXT =
            new InstalledRelease(Optional.of(new PackageName("fw-2 (new).tar.gz")), 42, "2.0 (new)", Optional.empty());
    private static final InstalledRelease FW_1 =
            InstalledRelease.seeded(Optional.of(new PackageName("fw-1"))).as(41);
    private static final PackageResponse PACKAGE = PackageResponse.whole(
            new PackageName("fw-2 (new).tar.gz"),
            6,
            new Digest(Digest.Algorithm.MD5, "0123456789abcdef0123456789abcdef"));

    @TempDir
    private Path folder;

    private Board board;
    private Path file;

    private Optional<String> left = Optional.empty();

    @BeforeEach
    void placePackage() throws IOException {
        board = new Board(folder);
        Files.createDirectories(board.packages());
        file = Files.writeString(board.packages().resolve(PACKAGE.latest().value()), "abcdef");
    }

    @AfterEach
    void endWhatScriptsLeft() throws IOException {
        Path left = board.file("left.pid");
        if (Files.exists(left)) {
            ProcessHandle.of(pid("left.pid")).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void firstArgumentIsThePackagesAbsolutePathAndTheOnlyOne() throws IOException {
        board.withScript("printf '%s|' \"$#\" \"$1\" >seen");

        run();

        assertThat(board.file("seen")).hasContent("1|" + file + "|");
    }

    @Test
    void scriptIsNamedByItsAbsolutePath() throws IOException {
        board.withScript("printf %s \"$0\" >seen");

        run();

        assertThat(board.file("seen")).hasContent(board.file("after.sh").toString());
    }

    @Test
    void currentFolderIsTheConfigsFolder() throws IOException {
        board.withScript("pwd -P >seen");

        run();

        assertThat(board.file("seen")).hasContent(folder.toRealPath().toString());
    }

    @Test
    void environmentIsWhatIsPromisedAndNothingElse() throws IOException {
        board.withScript("tr '\\0' '\\n' </proc/$$/environ >seen");

        run(Map.of("PATH", System.getenv("PATH"), "LANG", "C.UTF-8", "HOME", "/root", "LD_PRELOAD", "", "OTA_X", "y"));

        assertThat(Files.readAllLines(board.file("seen")))
                .containsExactlyInAnyOrder(
                        "PATH=" + System.getenv("PATH"),
                        "LANG=C.UTF-8",
                        "OTA_NAME=fw-2 (new).tar.gz",
                        "OTA_PACKAGE=" + file,
                        "OTA_SIZE=6",
                        "OTA_MD5=0123456789abcdef0123456789abcdef",
                        "OTA_VERSION=2.0 (new)",
                        "OTA_RELEASE=42",
                        "OTA_OLD_NAME=fw-1",
                        "OTA_OLD_RELEASE=41",
                        "OTA_ATTEMPT=1",
                        "OTA_ROLLBACK=0");
    }

    @Test
    void langIsNotMadeUp() throws IOException {
        board.withScript("tr '\\0' '\\n' </proc/$$/environ >seen");

        run(Map.of("PATH", System.getenv("PATH")));

        assertThat(Files.readString(board.file("seen"))).doesNotContain("LANG");
    }

    @Test
    void pathIsTheUsualOneWhereThereIsNone() throws IOException {
        board.withScript("printf %s \"$PATH\" >seen");

        run(Map.of());

        assertThat(board.file("seen")).hasContent("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    @Test
    void oldNameIsEmptyWhenNothingIsInstalled() throws IOException {
        board.withScript("printf '<%s>' \"$OTA_OLD_NAME\" >seen");

        script(System.getenv(), new Interruption()).run(subject(file, InstalledRelease.NONE), id -> {});

        assertThat(board.file("seen")).hasContent("<>");
    }

    @ParameterizedTest
    @CsvSource({
        "'', sh",
        "#!/bin/sh, sh",
        "#!/bin/bash, bash",
        "#! /bin/bash, bash",
        "#!/usr/bin/env bash, bash",
        "#!/bin/bash -eu, bash",
        "#!, sh"
    })
    void scriptWithoutAnXBitIsRunByItsFirstLine(String firstLine, String program) throws IOException {
        board.withScript(
                firstLine,
                "[ -n \"${BASH_VERSION:-}\" ] && [ -z \"${POSIXLY_CORRECT+x}\" ] && echo bash >seen || echo sh >seen");

        run();

        assertThat(board.file("seen")).hasContent(program);
    }

    @Test
    void firstLineOfAnotherSystemIsReadToo() throws IOException {
        Files.writeString(board.file("after.sh"), "#!/bin/sh\r\n:>seen #\r\n");
        board.with("after_process", "after.sh");

        run();

        assertThat(board.file("seen")).exists();
    }

    @Test
    void argumentOfTheFirstLineIsPassedOn() throws IOException {
        board.withScript("#!/bin/sh -e", "false", ":");

        assertThat(fail().code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"#!/bin/sh", ""})
    void scriptWithAnXBitIsRunByTheKernel(String firstLine) throws IOException {
        board.withScript(firstLine, "echo ran >seen");
        Files.setPosixFilePermissions(board.file("after.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));

        run();

        assertThat(board.file("seen")).hasContent("ran");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b'c\".sh", "$(touch pwned).sh", "-e", "; touch pwned", "`touch pwned`", "固件.sh"})
    void nameOfTheScriptIsSeenByNoShell(String name) throws IOException {
        Files.writeString(board.file(name), "printf %s \"$0\" >seen\n");
        board.with("after_process", name);

        run();

        assertThat(board.file("seen")).hasContent(board.file(name).toString());
        assertThat(board.file("pwned")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b'c\".tar", "$(touch pwned)", "-rf", "; touch pwned", "`touch pwned`"})
    void nameOfThePackageIsSeenByNoShell(String name) throws IOException {
        Path odd = Files.writeString(board.packages().resolve(name), "abcdef");
        board.withScript("printf %s \"$1\" >seen");

        script(System.getenv(), new Interruption()).run(subject(odd, InstalledRelease.NONE), id -> {});

        assertThat(board.file("seen")).hasContent(odd.toString());
        assertThat(board.file("pwned")).doesNotExist();
    }

    @Test
    void status0IsInstalled() throws IOException {
        board.withScript("exit 0");

        assertThatNoException().isThrownBy(this::run);
    }

    @ParameterizedTest
    @CsvSource({
        "exit 75, SCRIPT_DEFERRED, 75",
        "exit 1, SCRIPT_FAILED, status 1;",
        "exit 74, SCRIPT_FAILED, status 74;",
        "exit 255, SCRIPT_FAILED, status 255;",
        "kill -9 $$, SCRIPT_FAILED, status 137;",
        "kill -TERM $$, SCRIPT_FAILED, status 143;",
        "no-such-program, SCRIPT_FAILED, status 127;"
    })
    void anyOtherStatusIsAFailure(String line, ErrorCode code, String told) throws IOException {
        board.withScript(line);

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(told).hasMessageContaining("after.sh");
    }

    @Test
    void scriptThatCannotBeStartedIsAFailure() throws IOException {
        board.withScript("#!/no/such/interpreter");

        assertThat(fail().code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
    }

    @Test
    void scriptThatVanishedIsAFailure() throws IOException {
        board.withScript("exit 0");
        AfterProcess script = script(System.getenv(), new Interruption());
        Files.delete(board.file("after.sh"));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> script.run(subject(file, InstalledRelease.NONE), id -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
    }

    @Test
    void boardWithoutSetsidIsAFaultBeforeAnythingIsFetched() throws IOException {
        board.withScript("exit 0");

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> script(Map.of("PATH", folder.toString()), new Interruption()));

        assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(failure).hasMessageContaining("setsid");
    }

    @Test
    void nothingIsPreparedWithoutAScript() throws IOException {
        assertThat(Hooks.of(board.config(), Map.of(), new Interruption()).afterProcess())
                .isEmpty();
    }

    @Test
    void standardInputIsEmpty() throws IOException {
        board.withScript("wc -c >seen");

        run();

        assertThat(Files.readString(board.file("seen")).strip()).isEqualTo("0");
    }

    @Test
    void scriptLeadsAGroupOfItsOwn() throws IOException {
        board.withScript("ps -o pid=,pgid=,sid= -p $$ >seen");

        run();

        List<String> ids = List.of(Files.readString(board.file("seen")).strip().split("\\s+"));
        assertThat(ids).hasSize(3).allMatch(ids.get(0)::equals);
    }

    @Test
    void outputGoesToTheLogLineByLine() throws IOException {
        board.withScript("echo one", "echo two >&2", "printf three");

        List<String> log = logOf(this::run);

        assertThat(log).anyMatch(line -> line.endsWith(" after.sh: one"));
        assertThat(log).anyMatch(line -> line.endsWith(" after.sh: two"));
        assertThat(log).anyMatch(line -> line.endsWith(" after.sh: three"));
    }

    @Test
    void outputIsCappedAndTheScriptStillRunsToItsEnd() throws IOException {
        board.withScript("yes 'a line of output that goes on and on' | head -c 200000000", "echo done >seen");

        List<String> log = logOf(this::run);

        assertThat(board.file("seen")).hasContent("done");
        long printed = log.stream()
                .filter(line -> line.contains("after.sh: a line"))
                .mapToLong(line -> line.substring(line.indexOf("a line")).length() + 1L)
                .sum();
        assertThat(printed).isBetween(64 * 1024 - 100L, 64 * 1024L);
        assertThat(log)
                .filteredOn(line -> line.contains("the rest is not shown"))
                .hasSize(1);
    }

    @Test
    void outputThatSteersTerminalsIsMadeHarmless() throws IOException {
        board.withScript("printf '\\033[2J\\033]0;title\\007\\r[INFO] forged\\000end\\n'");

        List<String> log = logOf(this::run);

        assertThat(log)
                .anyMatch(line ->
                        line.contains("after.sh: \\u001b[2J\\u001b]0;title\\u0007\\u000d[INFO] forged\\u0000end"));
    }

    @Test
    void binaryOutputIsMadeHarmless() throws IOException {
        board.withScript("head -c 20000 /dev/urandom");

        List<String> log = logOf(this::run);

        assertThat(log)
                .allMatch(line ->
                        line.matches("\\[(INFO|WARNING)] .*") && line.chars().noneMatch(c -> c < 32));
    }

    @Test
    void longLineIsBrokenAndNotLost() throws IOException {
        board.withScript("head -c 2500 /dev/zero | tr '\\0' x; echo");

        List<String> log = logOf(this::run);

        assertThat(log.stream()
                        .mapToLong(line -> line.chars().filter(c -> c == 'x').count())
                        .sum())
                .isEqualTo(2500);
    }

    @Test
    void scriptThatClosesItsOutputsRunsToItsEnd() throws IOException {
        board.withScript("exec >&- 2>&- <&-", ":>seen");

        run();

        assertThat(board.file("seen")).exists();
    }

    @Test
    void scriptThatTakesTooLongIsEndedWithItsWholeGroup() throws IOException {
        board.with("script_timeout", "1")
                .withScript(
                        "trap '' TERM",
                        "(trap '' TERM; echo $$ >child.pid; while :; do sleep 60; done) &",
                        "sh -c 'trap \"\" TERM; echo $$ >child.pid; while :; do sleep 60; done' &",
                        "echo $$ >leader.pid",
                        "while :; do sleep 60; done");

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(failure).hasMessageContaining("script_timeout = 1 s");
        awaitNoGroup(pid("leader.pid"));
    }

    @Test
    void scriptThatTakesTooLongCanTidyUp() throws IOException {
        board.with("script_timeout", "1")
                .withScript("trap 'echo tidied >seen; exit 0' TERM", "while :; do sleep 0.05; done");

        OtaException failure = fail();

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(board.file("seen")).hasContent("tidied");
    }

    @Test
    void childOfAScriptThatTakesTooLongCanTidyUpAlthoughTheScriptIsGoneAtOnce() throws IOException {
        board.with("script_timeout", "1")
                .withScript(
                        "sh -c 'trap \"sleep 1; echo tidied >seen; exit 0\" TERM; while :; do sleep 0.05; done'", ":");
        AfterProcess script = script(System.getenv(), new Interruption(), Duration.ofSeconds(60));

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> script.run(subject(file, InstalledRelease.NONE), id -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
        assertThat(board.file("seen")).hasContent("tidied");
    }

    @Test
    void childThatIgnoresTheRequestIsKilledAfterTheGrace() throws IOException {
        board.with("script_timeout", "1")
                .withScript("echo $$ >leader.pid", "sh -c 'trap \"\" TERM; while :; do sleep 60; done'", ":");
        long start = System.nanoTime();

        fail();

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isBetween(Duration.ofSeconds(1).plus(GRACE), Duration.ofSeconds(8));
        awaitNoGroup(pid("leader.pid"));
    }

    @Test
    void childThatKeepsTheOutputOpenHoldsNobodyUp() throws IOException {
        board.withScript("(sleep 300 & echo $! >left.pid)", "exit 0");
        long start = System.nanoTime();

        run();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        assertThat(ProcessHandle.of(pid("left.pid")))
                .hasValueSatisfying(left -> assertThat(left.isAlive()).isTrue());
    }

    @Test
    void childInASessionOfItsOwnLivesOn() throws IOException {
        board.withScript(
                "setsid sh -c 'echo $$ >left.pid; exec sleep 300' &", "while [ ! -s left.pid ]; do sleep 0.05; done");

        run();

        assertThat(ProcessHandle.of(pid("left.pid")))
                .hasValueSatisfying(left -> assertThat(left.isAlive()).isTrue());
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"HUNG_UP", "INTERRUPTED", "TERMINATED"})
    void signalEndsTheGroupAndIsTold(ErrorCode signal) throws Exception {
        board.withScript("echo $$ >leader.pid", "sleep 300 & wait");
        Interruption interruption = new Interruption();
        CompletableFuture<OtaException> run = failLater(interruption);
        await().until(() -> hasPid("leader.pid"));

        interruption.interrupt(signal);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(signal);
        assertThat(run.join()).hasMessage("told to end; no release was recorded");
        awaitNoGroup(pid("leader.pid"));
    }

    @Test
    void signalEndsAlsoAGroupThatIgnoresIt() throws Exception {
        board.withScript("trap '' TERM INT HUP", "echo $$ >leader.pid", "while :; do sleep 300; done");
        Interruption interruption = new Interruption();
        CompletableFuture<OtaException> run = failLater(interruption);
        await().until(() -> hasPid("leader.pid"));

        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.TERMINATED);
        awaitNoGroup(pid("leader.pid"));
    }

    /** The time between the start of a process and its own group, made long. */
    @Test
    void signalBeforeThereIsAGroupEndsTheScriptToo() throws Exception {
        Path slow = Files.createDirectory(board.file("bin")).resolve("setsid");
        Files.writeString(slow, "#!/bin/sh\necho $$ >leader.pid\nsleep 1\nexec /usr/bin/setsid \"$@\"\n");
        Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwxr-xr-x"));
        board.withScript(":>seen", "sleep 300");
        Interruption interruption = new Interruption();
        AfterProcess script = script(Map.of("PATH", board.file("bin") + ":" + System.getenv("PATH")), interruption);
        CompletableFuture<OtaException> run = CompletableFuture.supplyAsync(() -> catchThrowableOfType(
                OtaException.class, () -> script.run(subject(file, InstalledRelease.NONE), id -> {})));
        await().until(() -> hasPid("leader.pid"));

        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.TERMINATED);
        assertThat(board.file("seen")).doesNotExist();
    }

    @Test
    void scriptIsNotStartedAfterASignal() throws IOException {
        board.withScript(":>seen", "sleep 300");
        Interruption interruption = new Interruption();
        interruption.interrupt(ErrorCode.TERMINATED);
        AfterProcess script = script(System.getenv(), interruption);

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> script.run(subject(file, InstalledRelease.NONE), id -> {}));

        assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED);
        assertThat(board.file("seen")).doesNotExist();
    }

    @Test
    void scriptThatAKilledRunLeftBehindIsWaitedFor() throws IOException {
        board.withScript("echo begin >>turns", "sleep 0.5", "echo end >>turns");
        startAsAnEarlierRun();

        run();

        assertThat(board.file("turns")).content().isEqualTo("begin\nend\nbegin\nend\n");
    }

    @Test
    void scriptThatAKilledRunLeftBehindHasItsTimeToo() throws IOException {
        board.with("script_timeout", "1").withScript("[ -e left.pid ] || { echo $$ >left.pid; sleep 300; }");
        startAsAnEarlierRun();
        long group = pid("left.pid");

        run();

        awaitNoGroup(group);
    }

    @Test
    void waitForAnEarlierScriptEndsWithASignal() throws Exception {
        board.withScript("echo $$ >left.pid", "echo begin >>turns", "sleep 300");
        startAsAnEarlierRun();
        Interruption interruption = new Interruption();
        CompletableFuture<OtaException> run = failLater(interruption);

        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.TERMINATED);
        assertThat(board.file("turns")).hasContent("begin");
        new ProcessBuilder("kill", "-s", "KILL", "--", "-" + pid("left.pid")).start();
    }

    /** Whatever it is by then: the script may have become another program. */
    @Test
    void scriptThatBecameAnotherProgramIsWaitedForToo() throws IOException {
        board.withScript("[ ! -e turns ] || { echo end >>turns; exit 0; }", "echo begin >>turns", "exec sleep 0.5");
        startAsAnEarlierRun();
        long begin = System.nanoTime();

        run();

        assertThat(System.nanoTime() - begin).isGreaterThan(300_000_000L);
        assertThat(board.file("turns")).content().isEqualTo("begin\nend\n");
    }

    /** A number says nothing alone: it may be another process by now. */
    @Test
    void strangerWithThePidOfAnEarlierScriptIsLeftAlone() throws IOException, InterruptedException {
        Process stranger = new ProcessBuilder("setsid", "sleep", "300").start();
        board.with("script_timeout", "1").withScript("exit 0");
        left = Optional.of(stranger.pid() + " 1");

        run();

        assertThat(stranger.isAlive()).isTrue();
        stranger.destroyForcibly().waitFor();
    }

    /** A client that is killed before it has made a note of its script leaves none. */
    @Test
    void scriptDoesNotBeginBeforeSomebodyKnowsOfIt() throws IOException {
        board.withScript("echo >seen");
        AfterProcess script = script(System.getenv(), new Interruption());

        Throwable failure = catchThrowable(() -> script.run(subject(file, FW_1), id -> {
            sleep(300);
            throw new IllegalStateException("the disk is full");
        }));

        assertThat(failure).hasMessage("the disk is full");
        assertThat(board.file("seen")).doesNotExist();
    }

    /** On a board that is shut down the script may be the first to be told. */
    @Test
    void endOfAScriptByASignalIsNoFailureWhenOursFollows() throws Exception {
        board.withScript("echo $$ >left.pid", "exec sleep 300");
        Interruption interruption = new Interruption();
        CompletableFuture<OtaException> run = failLater(interruption);
        await().until(() -> hasPid("left.pid"));

        ProcessHandle.of(pid("left.pid")).orElseThrow().destroy();
        sleep(200);
        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(run.get(5, TimeUnit.SECONDS).code()).isEqualTo(ErrorCode.TERMINATED);
    }

    private static void sleep(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a script leaves running in a group of the same name is meant to run. */
    @Test
    void daemonOfAnEarlierScriptIsNotWaitedFor() throws IOException {
        board.withScript("[ -e left.pid ] || { ( echo >ready; sleep 300 ) & echo $! >left.pid; }");

        run();
        run();

        assertThat(board.file("left.pid")).exists();
    }

    /** Started as runs do, by another process; on return it has begun. */
    private void startAsAnEarlierRun() throws IOException {
        Process script = new ProcessBuilder(
                        "setsid", "sh", board.file("after.sh").toString(), file.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await().until(() -> Files.exists(board.file("turns")) || hasPid("left.pid"));
        left = Optional.of(ProcessGroup.idOf(script.pid()));
    }

    private void run() throws IOException {
        run(System.getenv());
    }

    private void run(Map<String, String> environment) throws IOException {
        Hook hook = hook(environment, new Interruption(), GRACE);
        left.ifPresent(hook::awaitLeft);
        new AfterProcess(hook).run(subject(file, FW_1), id -> {});
    }

    private OtaException fail() {
        return catchThrowableOfType(OtaException.class, this::run);
    }

    private CompletableFuture<OtaException> failLater(Interruption interruption) throws IOException {
        Hook hook = hook(System.getenv(), interruption, GRACE);
        return CompletableFuture.supplyAsync(() -> catchThrowableOfType(OtaException.class, () -> {
            left.ifPresent(hook::awaitLeft);
            new AfterProcess(hook).run(subject(file, InstalledRelease.NONE), id -> {});
        }));
    }

    private AfterProcess script(Map<String, String> environment, Interruption interruption) throws IOException {
        return script(environment, interruption, GRACE);
    }

    private AfterProcess script(Map<String, String> environment, Interruption interruption, Duration grace)
            throws IOException {
        return new AfterProcess(hook(environment, interruption, grace));
    }

    private Hook hook(Map<String, String> environment, Interruption interruption, Duration grace) throws IOException {
        return Hooks.of(board.config(), environment, interruption, grace)
                .afterProcess()
                .orElseThrow();
    }

    private static Subject subject(Path content, InstalledRelease before) {
        return new Subject(content, content, Deployment.of(PACKAGE, NEXT, PACKAGE.latest(), false), before, false, 1);
    }

    private boolean hasPid(String name) throws IOException {
        return Files.exists(board.file(name))
                && Files.readString(board.file(name)).endsWith("\n");
    }

    private long pid(String name) throws IOException {
        return Long.parseLong(Files.readString(board.file(name)).strip());
    }

    /** A killed process is gone when its new parent has taken note. */
    private static void awaitNoGroup(long group) {
        await().until(() -> membersOf(group).isEmpty());
    }

    private static List<String> membersOf(long group) throws IOException, InterruptedException {
        Process ps = new ProcessBuilder("ps", "-eo", "pgid=,stat=,args=").start();
        try (var lines = ps.inputReader()) {
            return lines.lines()
                    .map(String::strip)
                    .filter(line -> line.matches(group + "\\s+[^Z].*"))
                    .toList();
        } finally {
            ps.waitFor();
        }
    }

    private interface Running {
        void run() throws IOException;
    }

    private static List<String> logOf(Running running) throws IOException {
        try (ErrorOutput log = new ErrorOutput()) {
            running.run();
            return log.lines();
        }
    }
}
