package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Uptime;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.SmallDisk;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may get into the way of an installation, or of its way back. */
class InstallFaultsWireTest extends InstallScene {
    /** An event may start the board anew: nothing is open any more by then that it could repeat. */
    @Test
    void eventsOfAnEndComeWhenNothingIsOpenAnyMore() throws IOException {
        program("on_event", "echo \"$1 $(ls .ota-client | grep -c journal)\" >>events");
        program("health_check", "test \"$OTA_NAME\" != fw-2");
        installed("fw-1");
        publish("fw-2");
        failure();
        publish("fw-3");
        board.withScript("exit 1");
        failure();

        assertThat(Files.readAllLines(board.file("events"))).contains("good 0", "rolled_back 0", "failed 0");
    }

    /** The count is as durable as the giving up, and counts once. */
    @Test
    void failureOfAScriptCountsOnceHoweverOftenItsEndIsRepeated() throws IOException {
        installed("fw-1");
        Journal.Entry open = interrupted(Journal.Step.RUNNING, "an-earlier-start");
        Journal.Entry given = open.abandoning(ErrorCode.SCRIPT_FAILED, "status 1", new Uptime("an-earlier-start", 1));
        server.close();
        for (int time = 0; time < 3; time++) {
            write(given);
            failure();
        }

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(Files.readString(board.file(".ota-client").resolve("attempts")))
                .contains("failed=1\n");
    }

    /** R18. */
    @Test
    void thirdFailureLeavesTheReleaseAlone() throws IOException {
        installed("fw-1");
        publish("fw-2");
        board.withScript("exit 1");
        List<ErrorCode> codes = new ArrayList<>();
        for (int run = 0; run < 3; run++) {
            codes.add(failure().code());
            removeWait();
        }

        assertThat(codes).containsExactly(ErrorCode.SCRIPT_FAILED, ErrorCode.SCRIPT_FAILED, ErrorCode.QUARANTINED);
        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);
    }

    @Test
    void whatIsInstalledStaysWhenItIsInstalledAgainAndGivenUp() throws IOException {
        installed("fw-1");
        board.withScript("exit 75");

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> board.install(server.packages().resolve("fw-1"), true));

        assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);
        assertThat(link("current")).contains("fw-1");
        assertThat(link("previous")).isEmpty();
        assertThat(board.packages().resolve("fw-1")).hasContent("fw-1");
    }

    @Test
    void unpackedReleaseIsNotTouchedWhenItIsInstalledAgain() throws Exception {
        board.with("unpack", "yes");
        server.publish("fw-1", tar("one"), UnaryOperator.identity(), KEY);
        board.update();
        Path tree = board.packages().resolve("releases/fw-1");
        Object before = Files.readAttributes(tree, "unix:ino").get("ino");

        board.install(server.packages().resolve("fw-1"), true);

        assertThat(Files.readAttributes(tree, "unix:ino").get("ino")).isEqualTo(before);
        assertThat(tree.resolve("version")).hasContent("one");
        assertThat(board.packages().resolve("releases").toFile().list()).containsExactly("fw-1");
    }

    /** A release may bring its own health check, and its successor lack it. */
    @Test
    void healthCheckThatTheReleaseTookAwayTakesItBack() throws Exception {
        installed("fw-1");
        program("health_check", "exit 0");
        interrupted(Journal.Step.RUNNING, "an-earlier-start");
        Files.delete(board.file("health_check.sh"));

        OtaException failure = failure();

        assertThat(link("current")).contains("fw-1");
        assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(failure.getMessage()).contains("health_check is ");
        program("health_check", "exit 0");
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(journal()).isEmpty();
    }

    /** The state folder has room for nothing any more, but for what was kept for this. */
    @Test
    void releaseThatFillsTheDiskIsTakenBack() throws Exception {
        Optional<SmallDisk> disk = SmallDisk.create(Files.createDirectory(folder.resolve("disk")), 4);
        Assumptions.assumeTrue(disk.isPresent(), "tmpfs cannot be mounted");
        try (SmallDisk small = disk.get()) {
            board.with("path", small.root().resolve("packages").toString())
                    .with("state_dir", small.root().resolve("state").toString())
                    .withScript("exit 0");
            publish("fw-1");
            assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
            program(
                    "health_check",
                    "[ \"$OTA_NAME\" = fw-1 ] || { cat /dev/zero >" + small.root() + "/fill 2>/dev/null; exit 1; }");
            publish("fw-2");

            assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);

            assertThat(Files.readSymbolicLink(small.root().resolve("packages/current")))
                    .hasToString("fw-1");
            assertThat(board.updater().installed()).hasToString("fw-1");
            assertThat(journal()).isEmpty();
        }
    }

    @Test
    void whatIsNotHereAnyMoreIsNotSaidToBeBack() throws IOException {
        installed("fw-1");
        publish("fw-2");
        board.withScript("rm -f packages/fw-1");
        program("health_check", "test \"$OTA_NAME\" = fw-1");

        OtaException failure = failure();

        assertThat(failure.code()).isEqualTo(ErrorCode.ROLLED_BACK);
        assertThat(failure.getMessage())
                .contains("fw-1 (release 1) is not here any more")
                .doesNotContain("is back");
        assertThat(board.packages().resolve("current")).hasContent("fw-2");
        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(BoardStore.of(board.config(), new DurableFiles(), () -> {})
                        .report()
                        .read()
                        .orElseThrow()
                        .state())
                .isEqualTo(BoardState.FAILED);
        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);
    }

    /** The client of before kept no history. */
    @Test
    void boardWithoutAHistoryGoesBackToWhatIsRecorded() throws IOException {
        installed("fw-1");
        Files.delete(board.file(".ota-client").resolve("history"));
        Files.delete(board.packages().resolve("current"));
        publish("fw-2");
        program("health_check", "test \"$OTA_NAME\" = fw-1");

        failure();

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(calls()).last().isEqualTo("after fw-1 1 fw-1");
    }

    @Test
    void releaseThatSomebodySwitchedToCounts() throws Exception {
        installed("fw-1");
        installed("fw-2");
        Path link = board.packages().resolve("current");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("fw-1"));

        assertThat(board.updater().installed()).hasToString("fw-1");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(link("current")).contains("fw-2");
        assertThat(link("previous")).contains("fw-1");
    }

    /** Whoever has to confirm: a rejection always counts. */
    @Test
    void rejectionCountsWhereNobodyIsAskedToConfirm() throws Exception {
        installed("fw-1");
        program("health_check", "exit 0");
        board.with("health_window", "30");
        publish("fw-2");
        try (ClientProcess update = ClientProcess.start(board, "update")) {
            await().until(() -> journal()
                    .filter(entry -> entry.step() == Journal.Step.PROBATION)
                    .isPresent());

            assertThat(ClientProcess.run(board, "reject").status()).isZero();

            assertThat(update.result().status()).isEqualTo(72);
        }
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    @Test
    void failureAtTheEndOfTheWindowCounts() throws IOException {
        installed("fw-1");
        program("health_check", "[ \"$OTA_NAME\" = fw-1 ] || { [ ! -e once ] && :>once; }");
        board.with("health_interval", "60");
        publish("fw-2");

        assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);
    }

    @Test
    void folderWithTheNameOfALinkIsToldBeforeAnythingIsDone() throws IOException {
        Files.createDirectories(board.packages().resolve("current"));
        publish("fw-1");

        assertThat(failure().code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure().getMessage()).contains("current is there, and is no link");

        assertThat(board.file("calls")).doesNotExist();
        assertThat(journal()).isEmpty();
        assertThat(board.file(".ota-client").resolve("attempts")).doesNotExist();
    }

    /** Whatever a link of somebody else names, it is put back as it was. */
    @Test
    void bothLinksOfSomebodyElseArePutBack() throws IOException {
        Files.createDirectories(board.packages());
        Files.createSymbolicLink(board.packages().resolve("current"), Path.of("a\nb\\c"));
        Files.createSymbolicLink(board.packages().resolve("previous"), Path.of("by-hand"));
        publish("fw-1");
        board.withScript("exit 75");

        failure();

        assertThat(link("current")).contains("a\nb\\c");
        assertThat(link("previous")).contains("by-hand");
    }

    /** It has no last name. */
    @Test
    void linkToTheRootOfAllFoldersIsNoTrouble() throws IOException {
        Files.createDirectories(board.packages());
        Files.createSymbolicLink(board.packages().resolve("previous"), Path.of("/"));

        installed("fw-1");

        assertThat(link("previous")).contains("/");
        assertThat(journal()).isEmpty();
    }

    @Test
    void rollbackOfWhatHasNotBegunLeavesTheGoodRelease() throws Exception {
        installed("fw-1");
        installed("fw-2");
        publish("fw-3");
        board.withScript("exit 75");
        failure();
        Deployment next = deployment("fw-3", 3);
        BoardStore store = BoardStore.of(board.config(), new DurableFiles(), () -> {});
        write(Journal.Entry.begin(
                next, 0, store.history().current(), store.releases().links(), 1, Uptime.now()));

        assertThat(ClientProcess.run(board, "rollback").status()).isZero();

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(link("current")).contains("fw-2");
        assertThat(store.quarantine().read()).isEmpty();
    }

    @Test
    void rollbackToAReleaseWhoseScriptFailsIsNoSuccess() throws Exception {
        installed("fw-1");
        installed("fw-2");
        board.withScript("exit 3");

        ClientProcess.Result result = ClientProcess.run(board, "rollback");

        assertThat(result.status()).isEqualTo(70);
        assertThat(result.err()).contains("fw-1 (release 1) is back, but its script says");
        assertThat(link("current")).contains("fw-1");
    }

    /** No switch under a script that is at work. */
    @Test
    void rollbackEndsTheScriptThatIsLeftFirst() throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript(
                "echo \"begin $OTA_NAME $OTA_ROLLBACK\" >>calls",
                "[ $OTA_ROLLBACK = 1 ] || sleep 300",
                "echo \"end $OTA_NAME $OTA_ROLLBACK\" >>calls");
        try (ClientProcess update = ClientProcess.start(board, "update")) {
            await().until(() -> calls().contains("begin fw-2 0"));
            update.signal("KILL");
            update.result();
        }

        assertThat(ClientProcess.run(board, "rollback").status()).isZero();

        assertThat(calls()).endsWith("begin fw-2 0", "begin fw-1 1", "end fw-1 1");
    }

    /** Given up or not: nothing is switched under a script that is at work. */
    @Test
    void scriptThatIsLeftIsWaitedForBeforeItIsGivenUp() throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript("echo begin >>calls", "sleep 2", "echo \"end $(readlink packages/current)\" >>calls");
        try (ClientProcess update = ClientProcess.start(board, "update")) {
            await().until(() -> calls().contains("begin"));
            update.signal("KILL");
            update.result();
        }
        Journal.Entry open = journal().orElseThrow();
        Uptime now = Uptime.now();
        write(open.again(open.step(), now).again(open.step(), now).led(open.leader(), open.step(), now));
        server.close();

        failure();

        assertThat(calls()).endsWith("begin", "end fw-2");
        assertThat(link("current")).contains("fw-1");
        assertThat(journal()).isEmpty();
    }

    /** What the board was started into may not work: that is seen before any splay is over. */
    @Test
    void clientThatStaysRecoversAtOnce() throws Exception {
        installed("fw-1");
        interrupted(Journal.Step.APPLYING, "here");
        board.with("splay", "100000");

        try (ClientProcess client = ClientProcess.start(board, "run")) {
            await().until(() -> journal().isEmpty());
            client.signal("TERM");

            assertThat(client.result().status()).isZero();
        }
        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void recoveryIsACommandOfItsOwn() throws Exception {
        installed("fw-1");
        interrupted(Journal.Step.APPLYING, "here");
        server.close();

        assertThat(ClientProcess.run(board, "recover").out()).startsWith("updated; installed: fw-2");
        assertThat(ClientProcess.run(board, "recover").out()).startsWith("up to date; installed: fw-2");
    }

    @Test
    void statusTellsWhatIsOpenWaitsAndIsBad() throws Exception {
        installed("fw-1");
        publish("fw-2");
        program("health_check", "test \"$OTA_NAME\" != fw-2");
        failure();
        publish("fw-3");
        assertThat(ClientProcess.run(board, "download").status()).isZero();

        String text = ClientProcess.run(board, "status").out();

        assertThat(text).contains("waiting:   fw-3", "bad here:  fw-2 (release 2); 'ota-client retry' lifts that");
        assertThat(ClientProcess.run(board, "status", "--json").out())
                .contains("\"waiting\": \"fw-3\"", "\"quarantined\": [\"fw-2\"]");
    }

    @Test
    void firstReleaseThatDoesNotWorkHasFailedAndIsNotInstalled() throws IOException {
        publish("fw-1");
        program("health_check", "exit 1");

        assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);

        assertThat(board.installed()).isEmpty();
        assertThat(link("current")).isEmpty();
        assertThat(BoardStore.of(board.config(), new DurableFiles(), () -> {})
                        .report()
                        .read()
                        .orElseThrow()
                        .state())
                .isEqualTo(BoardState.FAILED);
    }

    /** A release of gigabytes takes minutes to read, and a board that is told to end has seconds. */
    @Test
    void releaseThatIsReadWhenTheRunIsToldToEndIsNoneThatFailed() throws IOException {
        installed("fw-1");
        interrupted(Journal.Step.APPLYING, "here");
        board.interruption().interrupt(ErrorCode.TERMINATED);

        assertThatThrownBy(() -> board.updater().recover())
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED));

        assertThat(journal().orElseThrow().step()).isEqualTo(Journal.Step.APPLYING);
        assertThat(board.file(".ota-client").resolve("attempts")).doesNotExist();
    }

    /** Until the links are back the board would start what does not work. */
    @Test
    void linksArePutBackThoughTheRunIsToldToEnd() throws IOException {
        installed("fw-1");
        write(interrupted(Journal.Step.PROBATION, "here").undoing("it does not work", Uptime.now()));
        board.interruption().interrupt(ErrorCode.TERMINATED);

        assertThatThrownBy(() -> board.updater().recover())
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED));

        assertThat(link("current")).contains("fw-1");
        assertThat(journal().orElseThrow().step()).isEqualTo(Journal.Step.UNDOING);
    }

    /** The script that tells its client to end does not do so for ever. */
    @Test
    void scriptThatTellsItsClientToEndIsGivenUp() throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript("[ $OTA_NAME = fw-1 ] || { kill -TERM $PPID; sleep 30; }");
        int runs = 0;
        while (!Files.exists(board.file(".ota-client").resolve("attempts"))) {
            ClientProcess.run(board, "update");
            runs++;
            assertThat(runs).isLessThan(15);
        }

        assertThat(board.file(".ota-client").resolve("attempts")).content().contains("failed=1");
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    /** However somebody spells it. */
    @ParameterizedTest
    @ValueSource(strings = {"./fw-1", "fw-1/", "../packages/fw-1"})
    void linkIsFollowedHoweverItIsSpelled(String target) throws Exception {
        installed("fw-1");
        installed("fw-2");
        Path link = board.packages().resolve("current");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of(target));

        assertThat(board.updater().installed()).hasToString("fw-1");
    }

    /** Its content may be another one of the same name: what runs must not be overwritten, history or not. */
    @Test
    void recordedReleaseIsNotOverwrittenThoughNoHistoryIsKnown() throws Exception {
        board.trusting();
        Path stick = Files.createDirectory(folder.resolve("stick"));
        board.install(Files.writeString(stick.resolve("fw"), "one"), false);
        Files.delete(board.file(".ota-client").resolve("history"));
        board.withScript("exit 1");

        catchThrowableOfType(
                OtaException.class, () -> board.install(Files.writeString(stick.resolve("fw"), "two"), true));

        assertThat(board.packages().resolve("current")).hasContent("one");
    }

    @Test
    void journalThatCannotBeReadIsRemoved() throws Exception {
        installed("fw-1");
        Files.writeString(board.file(".ota-client").resolve("journal"), "link=x");

        board.update();

        assertThat(board.file(".ota-client").resolve("journal")).doesNotExist();
    }

    @Test
    void recoveryTellsWhatItTookBackWhateverElseIsMissing() throws Exception {
        installed("fw-1");
        program("health_check", "exit 0");
        interrupted(Journal.Step.RUNNING, "an-earlier-start");
        Files.delete(board.file("health_check.sh"));

        assertThat(ClientProcess.run(board, "recover").status()).isEqualTo(72);
    }

    @Test
    void releaseBeforeCanBeGoneBackToThoughNoHistoryWasKept() throws Exception {
        installed("fw-1");
        Files.delete(board.file(".ota-client").resolve("history"));
        installed("fw-2");

        assertThat(ClientProcess.run(board, "rollback").status()).isZero();

        assertThat(board.installed()).isEqualTo("fw-1");
    }

    /** The program that a killed run left asks once more only when it has ended. */
    @Test
    void preInstallThatIsLeftIsWaitedFor() throws Exception {
        installed("fw-1");
        publish("fw-2");
        program("pre_install", "echo begin >>calls; sleep 2; echo end >>calls");
        try (ClientProcess update = ClientProcess.start(board, "update")) {
            await().until(() -> calls().contains("begin"));
            update.signal("KILL");
            update.result();
        }

        board.update();

        assertThat(calls()).containsSubsequence("begin", "end", "begin", "end", "after fw-2 0 fw-2");
    }

    @Test
    void packagesThatWereNeverInstalledAreRemoved() throws IOException {
        installed("fw-1");
        board.with("hold_file", "hold");
        Files.writeString(board.file("hold"), "");
        for (String name : List.of("fw-2", "fw-3", "fw-4")) {
            publish(name);
            assertThat(board.update().result()).isEqualTo(Outcome.Result.STAGED);
        }

        assertThat(board.kept()).containsExactly("fw-1", "fw-4");
    }

    /** A cut may come between the end of a way back and the removal. */
    @Test
    void releaseThatWasTakenBackIsRemovedByTheNextRun() throws IOException {
        installed("fw-1");
        publish("fw-2");
        program("health_check", "test \"$OTA_NAME\" = fw-1");
        failure();
        BoardStore store = BoardStore.of(board.config(), new DurableFiles(), () -> {});
        store.inventory().add(new PackageName("fw-2"));
        Files.writeString(board.packages().resolve("fw-2"), "fw-2");

        failure();

        assertThat(board.kept()).containsExactly("fw-1");
    }

    /** What somebody else put there is none of them. */
    @Test
    void filesOfOthersStay() throws IOException {
        Files.createDirectories(board.packages());
        Files.writeString(board.packages().resolve("notes.txt"), "mine");
        for (String name : List.of("fw-1", "fw-2", "fw-3", "fw-4")) {
            installed(name);
        }

        assertThat(board.kept()).containsExactly("fw-3", "fw-4", "notes.txt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.ini", "after.sh"})
    void packageTakesNoNameThatIsSomebodyElses(String name) throws IOException {
        board.with("path", "./");
        publish(name);

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);

        assertThat(board.file("config.ini")).content().contains("[Client]");
        assertThat(board.file("after.sh")).content().contains("echo");
        assertThat(Files.readSymbolicLink(board.file("current")).toString()).startsWith(name + "~");
    }

    @Test
    void recoveryThatInstalledIsAnUpdate() throws IOException {
        installed("fw-1");
        interrupted(Journal.Step.APPLYING, "here");

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    @Test
    void recoveryThatTookBackIsNoSuccess() throws IOException {
        installed("fw-1");
        Journal.Entry entry = interrupted(Journal.Step.RUNNING, "here");
        write(entry.undoing("it was ill", Uptime.now()));
        server.publisher().withdraw(new PackageName("fw-2"));

        assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);
    }

    @Test
    void userWhoIsNoneIsAFaultOfTheConfiguration() throws IOException {
        publish("fw-1");
        board.with("run_as", "nosuchuser");

        assertThat(failure().code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(board.file(".ota-client").resolve("attempts")).doesNotExist();
    }

    /** By hand as well: a stick that stays in its slot must not bring back what was taken back. */
    @Test
    void releaseThatWasTakenBackIsNotInstalledFromAStick() throws IOException {
        installed("fw-1");
        publish("fw-2");
        program("health_check", "test \"$OTA_NAME\" = fw-1");
        failure();

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> board.install(server.packages().resolve("fw-2"), false));

        assertThat(failure.code()).isEqualTo(ErrorCode.QUARANTINED);
    }

    private void removeWait() throws IOException {
        Path attempts = board.file(".ota-client").resolve("attempts");
        AttemptFile file = new AttemptFile(board.file(".ota-client"), new DurableFiles());
        if (Files.exists(attempts)) {
            Attempts now = file.read().orElseThrow();
            file.write(new Attempts(now.digest(), now.failed(), 0, Duration.ZERO, "", 0));
        }
    }

    private static byte[] tar(String version) throws IOException, InterruptedException {
        Path source = Files.createTempDirectory("release");
        Files.writeString(source.resolve("version"), version);
        Process tar = new ProcessBuilder("tar", "-C", source.toString(), "-czf", "-", ".").start();
        byte[] archive = tar.getInputStream().readAllBytes();
        tar.waitFor();
        Files.delete(source.resolve("version"));
        Files.delete(source);
        return archive;
    }
}
