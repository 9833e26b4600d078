package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Links;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {
    private static final Uptime NOW = new Uptime("boot-1", 100);

    @TempDir
    private Path folder;

    private Journal journal;

    @BeforeEach
    void open() {
        journal = new Journal(folder, new DurableFiles());
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void eachStepIsReadAsItWasWritten(Step step) {
        Entry written =
                journal.write(begun(new Links("releases/a", "releases/b")).led("12 34", step, NOW));

        assertThat(journal.read()).contains(written);
    }

    @Test
    void endOfAnInstallationIsReadWithItsReasonOnOneLine() {
        Entry given = begun(new Links("", "")).abandoning(ErrorCode.SCRIPT_FAILED, "status 1\nreason==x", NOW);

        journal.write(given);

        assertThat(journal.read()).contains(given);
        assertThat(given.reason()).isEqualTo("status 1 reason==x");
        assertThat(given.code()).contains(ErrorCode.SCRIPT_FAILED);
    }

    /** A link of somebody else may name anything. */
    @ParameterizedTest
    @ValueSource(
            strings = {"a\nb", "a\\b", "a\\nb", "a\r\nlink=x", "=", " a ", "\u56fa\u4ef6", "a\tb", "\\", "a\fb\u0085c"})
    void linksAreReadAsTheyWere(String target) {
        Entry written = journal.write(begun(new Links(target, target)));

        assertThat(journal.read()).contains(written);
        assertThat(written.links().current()).isEqualTo(target);
    }

    @Test
    void groupOfAScriptIsOfItsOwnStartOfTheBoard() {
        Entry led = begun(new Links("", "")).led("12 34", Step.RUNNING, NOW);

        assertThat(led.leader(new Uptime("boot-1", 200))).contains("12 34");
        assertThat(led.leader(new Uptime("boot-2", 200))).isEmpty();
        assertThat(led.at(Step.PROBATION, NOW).leader(NOW)).isEmpty();
    }

    /** The first time a script is started before it is counted, on the way back after that. */
    @Test
    void scriptIsStartedThreeTimesWhicheverWayItGoes() {
        Entry forth = begun(new Links("", "")).at(Step.APPLYING, NOW);
        Entry back = begun(new Links("", "")).undoing("bad", NOW).again(Step.UNDOING, NOW);

        for (int starts = 1; starts < 3; starts++) {
            assertThat(forth.scriptStarts()).isEqualTo(starts);
            assertThat(back.scriptStarts()).isEqualTo(starts);
            assertThat(forth.isScriptUsedUp() || back.isScriptUsedUp()).isFalse();
            forth = forth.again(Step.APPLYING, NOW);
            back = back.again(Step.UNDOING, NOW);
        }

        assertThat(forth.isScriptUsedUp() && back.isScriptUsedUp()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "ota-client-journal/1\n", "ota-client-journal/1\nstep=good\ncrc32c=00000000\n"})
    void damageIsNoInstallation(String content) throws Exception {
        Files.writeString(folder.resolve("journal"), content);

        assertThat(journal.read()).isEmpty();
    }

    private static Entry begun(Links links) {
        Deployment next = deployment(2, "fw 2.tar.gz", "fw 2.tar.gz~0a1b2c3d", true);
        Deployment before = deployment(1, "fw-1", "fw-1", false);
        return Entry.begin(next, 7, Optional.of(before), links, 2, NOW);
    }

    private static Deployment deployment(long release, String name, String place, boolean isUnpacked) {
        Digest digest = new Digest(Digest.Algorithm.SHA256, "1".repeat(64));
        InstalledRelease known =
                new InstalledRelease(Optional.of(new PackageName(name)), release, "1.0 (new)", Optional.of(digest));
        return new Deployment(known, new PackageName(place), digest, 10, isUnpacked);
    }
}
