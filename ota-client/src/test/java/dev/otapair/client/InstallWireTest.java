package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Uptime;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a release becomes the board's software, proves itself, and is taken back. */
class InstallWireTest extends InstallScene {
    @Test
    void currentNamesWhatIsInstalledAndPreviousWhatWasBefore() throws IOException {
        installed("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(link("previous")).isEmpty();

        installed("fw-2");

        assertThat(link("current")).contains("fw-2");
        assertThat(link("previous")).contains("fw-1");
        assertThat(calls()).containsExactly("after fw-1 0 fw-1", "after fw-2 0 fw-2");
        assertThat(journal()).isEmpty();
    }

    @Test
    void releasesBeyondThoseToBeKeptAreRemoved() throws IOException {
        Files.createDirectories(board.packages());
        Files.writeString(board.packages().resolve("by-hand"), "stays");
        for (String name : List.of("fw-1", "fw-2", "fw-3", "fw-4")) {
            installed(name);
        }

        assertThat(board.kept()).containsExactly("by-hand", "fw-3", "fw-4");
    }

    @Test
    void scriptThatFailsPutsCurrentBack() throws IOException {
        installed("fw-1");
        publish("fw-2");
        board.withScript("exit 1");

        assertThat(failure().code()).isEqualTo(ErrorCode.SCRIPT_FAILED);

        assertThat(link("current")).contains("fw-1");
        assertThat(link("previous")).isEmpty();
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(journal()).isEmpty();
    }

    @Test
    void scriptThatAsksForAnotherTimePutsCurrentBack() throws IOException {
        installed("fw-1");
        publish("fw-2");
        board.withScript("exit 75");

        assertThat(failure().code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);

        assertThat(link("current")).contains("fw-1");
    }

    @Test
    void preInstallIsAskedBeforeAnythingIsSwitched() throws IOException {
        installed("fw-1");
        publish("fw-2");
        program("pre_install", "echo \"pre $OTA_NAME $(readlink packages/current) $1\" >>calls", "exit 75");

        assertThat(failure().code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);

        assertThat(calls()).last().isEqualTo("pre fw-2 fw-1 " + board.packages().resolve("fw-2"));
        assertThat(link("current")).contains("fw-1");
        program("pre_install", "exit 0");
        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    @Test
    void releaseThatIsHealthyIsRecorded() throws IOException {
        program("health_check", "echo \"health $OTA_NAME\" >>calls");

        installed("fw-1");

        assertThat(calls()).contains("health fw-1");
        assertThat(calls().get(0)).isEqualTo("after fw-1 0 fw-1");
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    /** U16: what was put back is asked as well. */
    @Test
    void releaseThatIsNotHealthyTakesItselfBack() throws IOException {
        program("health_check", "echo \"health $OTA_NAME\" >>calls", "test \"$OTA_NAME\" != fw-2");
        installed("fw-1");
        publish("fw-2");

        OtaException failure = failure();

        assertThat(failure.code()).isEqualTo(ErrorCode.ROLLED_BACK);
        assertThat(failure.code().exitStatus()).isEqualTo(72);
        assertThat(failure).hasMessageContaining("fw-2").hasMessageContaining("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).contains("after fw-2 0 fw-2", "health fw-2", "after fw-1 1 fw-1");
        assertThat(calls()).last().isEqualTo("health fw-1");
        assertThat(journal()).isEmpty();
    }

    @Test
    void releaseThatWasTakenBackIsLeftAloneUntilThereIsAnother() throws IOException {
        program("health_check", "test \"$OTA_NAME\" != fw-2");
        installed("fw-1");
        publish("fw-2");
        failure();
        int before = calls().size();

        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);
        assertThat(board.check().verdict().orElseThrow().refusal()).contains(ErrorCode.QUARANTINED);
        assertThat(calls()).hasSize(before);
        installed("fw-3");

        assertThat(link("previous")).contains("fw-1");
    }

    /** The same content under another counter is another release. */
    @Test
    void contentThatIsOfferedAgainIsTriedAgain() throws Exception {
        program("health_check", "test -e mended || test \"$OTA_NAME\" != fw-2");
        installed("fw-1");
        publish("fw-2");
        failure();
        Files.createFile(board.file("mended"));
        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);

        assertThat(ClientProcess.run(board, "retry").status()).isZero();

        assertThat(board.update().result()).isEqualTo(Outcome.Result.UPDATED);
    }

    @Test
    void unsignedReleaseIsKnownByItsContent() throws IOException {
        board.trusting();
        server.offering("fw-1", bytes("fw-1"));
        board.update();
        program("health_check", "test \"$OTA_NAME\" = fw-1");
        server.offering("fw-2", bytes("bad"));
        assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);

        server.offering("fw-3", bytes("bad"));

        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);
    }

    /** A check that hangs is one that fails. */
    @Test
    void healthCheckThatHangsTakesTheReleaseBack() throws IOException {
        installed("fw-1");
        publish("fw-2");
        program("health_check", "[ \"$OTA_NAME\" = fw-1 ] || sleep 300");

        assertThat(failure().code()).isEqualTo(ErrorCode.ROLLED_BACK);
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    @Test
    void failureWithinTheWindowTakesTheReleaseBack() throws IOException {
        installed("fw-1");
        publish("fw-2");
        board.with("health_window", "4");
        program("health_check", "[ \"$OTA_NAME\" = fw-1 ] || { echo x >>asked; [ \"$(wc -l <asked)\" -lt 3 ]; }");

        assertThat(failure()).hasMessageContaining("a health check failed");
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    @Test
    void applicationThatConfirmsMakesTheReleaseGood() throws Exception {
        board.with("confirm", "manual").with("health_timeout", "60");
        publish("fw-1");
        try (ClientProcess client = ClientProcess.start(board)) {
            awaitSaid(client, "ota-client confirm");

            ClientProcess.Result said = ClientProcess.run(board, "confirm");

            assertThat(said.status()).as(said.all()).isZero();
            assertThat(client.result().out()).contains("updated; installed: fw-1");
        }
    }

    @Test
    void applicationThatRejectsTakesTheReleaseBack() throws Exception {
        installed("fw-1");
        board.with("confirm", "manual").with("health_timeout", "60");
        publish("fw-2");
        try (ClientProcess client = ClientProcess.start(board)) {
            awaitSaid(client, "ota-client confirm");

            assertThat(ClientProcess.run(board, "reject").status()).isZero();

            assertThat(client.result().status()).isEqualTo(72);
        }
        assertThat(link("current")).contains("fw-1");
    }

    @Test
    void releaseThatNobodyConfirmsIsTakenBack() throws IOException {
        installed("fw-1");
        board.with("confirm", "manual");
        publish("fw-2");

        assertThat(failure()).hasMessageContaining("nobody confirmed it");
        assertThat(board.installed()).isEqualTo("fw-1");
    }

    @Test
    void nothingToConfirmIsSaid() throws Exception {
        installed("fw-1");

        ClientProcess.Result said = ClientProcess.run(board, "confirm");

        assertThat(said.status()).isZero();
        assertThat(said.out()).contains("nothing was done");
    }

    @Test
    void rollbackByHandGoesBackAndLeavesTheReleaseAlone() throws Exception {
        installed("fw-1");
        server.publish("fw-2", bytes("fw-2"), wish -> wish.floor(2), KEY);
        board.update();

        ClientProcess.Result result = ClientProcess.run(board, "rollback");

        assertThat(result.status()).as(result.all()).isZero();
        assertThat(link("current")).contains("fw-1");
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).last().isEqualTo("after fw-1 1 fw-1");
        assertThat(failure().code()).isEqualTo(ErrorCode.QUARANTINED);
        assertThat(ClientProcess.run(board, "rollback").status()).isEqualTo(74);
    }

    @Test
    void eventsAreTold() throws IOException {
        program("on_event", "echo \"$1 $OTA_NAME $OTA_CODE\" >>events");
        program("health_check", "test \"$OTA_NAME\" != fw-2");
        installed("fw-1");
        publish("fw-2");
        failure();

        assertThat(board.file("events"))
                .content()
                .isEqualTo("downloading fw-1 0\napplying fw-1 0\nprobation fw-1 0\ngood fw-1 0\n"
                        + "downloading fw-2 0\napplying fw-2 0\nprobation fw-2 0\nrolled_back fw-2 72\n");
    }

    /** Interrupted before anything was switched: as if nothing had been. */
    @Test
    void interruptedPreparationIsUndone() throws IOException {
        installed("fw-1");
        interrupted(Journal.Step.PREPARING, "here");
        server.close();

        failure();

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(journal()).isEmpty();
    }

    /** R20: the script has killed its client, or the power went; nobody knows what it did. It is run again, and not counted. */
    @Test
    void scriptOfAKilledRunIsRunAgainBeforeTheNetworkIsAsked() throws IOException {
        installed("fw-1");
        interrupted(Journal.Step.RUNNING, "here");
        server.close();

        assertThat(failure().code()).isEqualTo(ErrorCode.UNREACHABLE);

        assertThat(calls()).last().isEqualTo("after fw-2 0 fw-2");
        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(link("previous")).contains("fw-1");
    }

    /** R20 with a script that always kills its client: not for ever. */
    @Test
    void scriptThatKillsItsClientEachTimeIsGivenUp() throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript("echo x >>killed", "[ \"$OTA_NAME\" = fw-1 ] || kill -9 $PPID", "sleep 1");
        for (int run = 0; run < 3; run++) {
            assertThat(ClientProcess.run(board).status()).isEqualTo(137);
        }
        server.close();

        ClientProcess.run(board);

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(link("current")).contains("fw-1");
        assertThat(board.file("killed")).content().isEqualTo("x\n".repeat(3));
    }

    /** R21: after a reboot the health check decides. */
    @Test
    void releaseWhoseScriptRebootedTheBoardProvesItselfAfterwards() throws IOException {
        installed("fw-1");
        program("health_check", "echo \"health $OTA_NAME\" >>calls");
        interrupted(Journal.Step.RUNNING, "an-earlier-start");

        board.update();

        assertThat(calls()).contains("health fw-2").doesNotContain("after fw-2 0 fw-2");
        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void releaseWhoseScriptRebootedTheBoardCountsAsInstalledWithoutAHealthCheck() throws IOException {
        installed("fw-1");
        interrupted(Journal.Step.RUNNING, "an-earlier-start");

        board.update();

        assertThat(calls()).doesNotContain("after fw-2 0 fw-2");
        assertThat(board.installed()).isEqualTo("fw-2");
    }

    @Test
    void boardThatIsStartedAgainAndAgainDuringTheProofGoesBack() throws IOException {
        installed("fw-1");
        program("health_check", "exit 0");
        Journal.Entry entry = interrupted(Journal.Step.PROBATION, "start-1");
        for (int start = 2; start <= 6; start++) {
            entry = write(entry.again(Journal.Step.PROBATION, new Uptime("start-" + start, 5)));
        }

        failure();

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).last().isEqualTo("after fw-1 1 fw-1");
    }

    /** A cut while an installation is given up: nothing of it may be left, whatever the health check says. */
    @Test
    void interruptedGivingUpIsDoneAgain() throws IOException {
        installed("fw-1");
        program("health_check", "exit 0");
        interrupted(Journal.Step.ABANDONING, "here");
        server.close();

        failure();

        assertThat(link("current")).contains("fw-1");
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(journal()).isEmpty();
    }

    /** The script may be at work still: no health check says that it ended well. */
    @Test
    void scriptOfAKilledRunIsRunAgainThoughThereIsAHealthCheck() throws IOException {
        installed("fw-1");
        program("health_check", "exit 0");
        interrupted(Journal.Step.RUNNING, "here");
        server.close();

        failure();

        assertThat(calls()).last().isEqualTo("after fw-2 0 fw-2");
        assertThat(board.installed()).isEqualTo("fw-2");
    }

    /** What the script did until then only its author knows: the next start calls it again. */
    @Test
    void signalDuringTheScriptLeavesTheInstallationToTheNextStart() throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript("echo \"slow $OTA_NAME\" >>calls", "[ -e ready ] || { : >ready; sleep 60; }");
        try (ClientProcess client = ClientProcess.start(board)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(board.file("ready")));

            client.signal("TERM");

            assertThat(client.result().status()).isEqualTo(143);
        }
        assertThat(board.installed()).isEqualTo("fw-1");
        server.close();

        failure();

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(calls()).endsWith("slow fw-2", "slow fw-2");
    }

    /** However often somebody ends a run: that says nothing of the release. */
    @ParameterizedTest
    @EnumSource(
            value = Journal.Step.class,
            names = {"RUNNING", "PROBATION"})
    void runsThatAreToldToEndCountForNothing(Journal.Step step) throws Exception {
        installed("fw-1");
        publish("fw-2");
        board.withScript("[ -e done ] || [ " + step + " = PROBATION ] || exec sleep 60");
        program("health_check", "[ -e done ] || exec sleep 60");
        board.with("health_timeout", "60");
        for (int run = 0; run < 6; run++) {
            int number = run;
            try (ClientProcess client = ClientProcess.start(board)) {
                await().atMost(Duration.ofMinutes(2))
                        .untilAsserted(() -> assertThat(
                                        journal().filter(open -> open.step() == step && open.starts() > 0))
                                .describedAs(
                                        "run %d, alive: %s, said %s, journal %s",
                                        number, client.isAlive(), client.saidSoFar(), journal())
                                .isPresent());
                client.signal("TERM");
                assertThat(client.result().status()).isEqualTo(143);
            }
        }
        Files.writeString(board.file("done"), "");

        board.update();

        assertThat(board.installed()).isEqualTo("fw-2");
    }

    /** A script of the way back that ends its client, or reboots the board, is not called for ever. */
    @Test
    void wayBackComesToItsEndThoughItsScriptNeverDoes() throws Exception {
        installed("fw-1");
        publish("fw-2");
        program("health_check", "test \"$OTA_NAME\" = fw-1");
        board.withScript("echo \"$OTA_NAME $OTA_ROLLBACK\" >>calls", "[ $OTA_ROLLBACK = 0 ] || kill -9 $PPID; sleep 1");
        for (int start = 0; start < 5; start++) {
            ClientProcess.run(board);
        }

        assertThat(journal()).isEmpty();
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls().stream().filter("fw-1 1"::equals).count()).isLessThanOrEqualTo(3);
    }

    @Test
    void rollbackByHandOfAnOpenInstallationGoesBackOnce() throws Exception {
        installed("fw-1");
        installed("fw-2");
        publish("fw-3");
        board.withScript("exit 75");
        failure();
        board.withScript("exit 0");
        Deployment next = deployment("fw-3", 3);
        BoardStore store = BoardStore.of(board.config(), new DurableFiles(), () -> {});
        Optional<Deployment> before = store.history().current();
        store.releases().point(next, before);
        write(Journal.Entry.begin(next, 0, before, new Journal.Links("fw-2", "fw-1"), 1, Uptime.now())
                .at(Journal.Step.PROBATION, Uptime.now()));

        assertThat(ClientProcess.run(board, "rollback").status()).isZero();

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(link("current")).contains("fw-2");
    }

    /** An operator may have had a link of that name before. */
    @Test
    void linkThatSomebodyElseMadeIsPutBack() throws IOException {
        Files.createDirectories(board.packages());
        Files.createSymbolicLink(board.packages().resolve("current"), Path.of("by-hand"));
        publish("fw-1");
        board.withScript("exit 75");

        failure();

        assertThat(link("current")).contains("by-hand");
    }

    @Test
    void otherContentUnderTheNameOfAKeptReleaseLiesBesideIt() throws IOException {
        board.trusting();
        Path stick = Files.createDirectory(folder.resolve("stick"));
        board.install(Files.writeString(stick.resolve("fw-1"), "one"), false);
        Path other = Files.writeString(stick.resolve("fw-1"), "two");

        board.install(other, true);

        assertThat(board.packages().resolve("current")).hasContent("two");
        assertThat(link("current").orElseThrow()).matches("fw-1~[0-9a-f]{8}");
        assertThat(board.packages().resolve("previous")).hasContent("one");
        assertThat(calls()).last().asString().startsWith("after fw-1 0 fw-1~");
    }

    @Test
    void confirmOfAReleaseThatIsTakenBackIsNoSuccess() throws Exception {
        installed("fw-1");
        program("health_check", "test \"$OTA_NAME\" = fw-1");
        interrupted(Journal.Step.PROBATION, "here");

        assertThat(ClientProcess.run(board, "confirm").status()).isEqualTo(72);
    }

    @Test
    void interruptedWayBackIsGoneToItsEnd() throws IOException {
        installed("fw-1");
        Journal.Entry entry = interrupted(Journal.Step.RUNNING, "here");
        write(entry.undoing("it was ill", Uptime.now()));
        server.close();

        failure();

        assertThat(link("current")).contains("fw-1");
        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).last().isEqualTo("after fw-1 1 fw-1");
    }

    /** A power cut between the decision and the script of the way back: nobody has called that script yet. */
    @Test
    void scriptOfTheWayBackIsCalledAfterACutBeforeIt() throws IOException {
        installed("fw-1");
        Journal.Entry entry = interrupted(Journal.Step.RUNNING, "here");
        write(entry.undoing("it was ill", new Uptime("an-earlier-start", 100)));

        failure();

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).last().isEqualTo("after fw-1 1 fw-1");
    }

    /** It may have started the board anew itself. */
    @Test
    void scriptOfTheWayBackThatWasCalledIsNotCalledAfterAnotherStart() throws IOException {
        installed("fw-1");
        Uptime earlier = new Uptime("an-earlier-start", 100);
        Journal.Entry entry = interrupted(Journal.Step.RUNNING, "here");
        write(entry.undoing("it was ill", earlier)
                .again(Journal.Step.UNDOING, earlier)
                .led("1 1", Journal.Step.UNDOING, earlier));

        failure();

        assertThat(board.installed()).isEqualTo("fw-1");
        assertThat(calls()).doesNotContain("after fw-1 1 fw-1");
    }

    @Test
    void goodReleaseWhoseRecordWasInterruptedIsRecorded() throws IOException {
        installed("fw-1");
        Journal.Entry entry = interrupted(Journal.Step.RUNNING, "here");
        write(entry.at(Journal.Step.GOOD, Uptime.now()));
        server.close();

        failure();

        assertThat(board.installed()).isEqualTo("fw-2");
        assertThat(link("previous")).contains("fw-1");
    }
}
