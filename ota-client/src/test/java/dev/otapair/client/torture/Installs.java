package dev.otapair.client.torture;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.History;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.ReportFile;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.testing.Board;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A board that unpacks its releases and lets them prove themselves, on its way to one that works or to one that does not; and the
 * judgement of what is left of that: it runs the old release or the new one, never some of both, and what is recorded is what runs.
 */
final class Installs {
    private static final String RELEASES = "releases";
    private static final String CURRENT = "current";
    private static final String PREVIOUS = "previous";
    private static final String JOURNAL = "journal";
    private static final String BAD = "bad";

    /** How the board may end a run that it takes the release back in, or finds it taken back. */
    private static final int TAKEN_BACK = 72;

    /** One is enough, unless a script is given up. */
    private static final int MAX_RUNS = 3;

    private final Scene scene;
    private final boolean isBad;
    private final Board board;
    private final Path packages;
    private final Path state;

    /** What the board has recorded. */
    private record Records(String installed, List<String> good, List<String> bad, Optional<Journal.Entry> open) {}

    private Installs(Scene scene, boolean isBad) throws IOException {
        this.scene = scene;
        this.isBad = isBad;
        this.board = scene.board();
        ClientConfig config = board.config();
        this.packages = config.packages();
        this.state = config.stateFolder();
    }

    /** Makes a new board one that unpacks. */
    static void fit(Board board) throws IOException {
        board.with("unpack", "yes");
        withScript(board, ":");
    }

    /**
     * Lets the next release prove itself, on a board that is as good as new.
     *
     * @param isBad whether it does not work
     */
    static Installs begin(Scene scene, boolean isBad) throws IOException {
        Board board = scene.board();
        Files.writeString(board.file("health.sh"), "[ \"$OTA_NAME\" != fw-2 ] || [ ! -e bad ]\n");
        board.with("health_check", "health.sh").with("health_interval", "1");
        board.with("health_timeout", "1").with("health_window", "1");
        if (isBad) {
            Files.createFile(board.file(BAD));
        }
        scene.settle();
        return new Installs(scene, isBad);
    }

    /**
     * Lets the script take its time.
     *
     * @param wait a line of sh
     */
    void takingItsTime(String wait) throws IOException {
        withScript(board, wait);
        scene.settle();
    }

    /** It writes down its turns, and what it was called for as it finds it; not where its disk has lost its power. */
    private static void withScript(Board board, String wait) throws IOException {
        board.withScript(
                "echo \"begin $$\" >>turns",
                "trap 'echo \"end $$\" >>turns' EXIT",
                wait,
                "sum=$(sha256sum <\"$OTA_PACKAGE\") || exit 1",
                "link=$(readlink \"$1/../../current\") || exit 1",
                "version=$(cat \"$1/version\") || exit 1",
                "echo \"$OTA_NAME $OTA_ROLLBACK ${sum%% *} $link $version\" >>ran");
    }

    /** Returns where the journal is while an installation is under way. */
    Path journal() {
        return state.resolve(JOURNAL);
    }

    /** Lets an open installation look as if the board had been started anew since; says whether one was open. */
    boolean startAnew() {
        Journal journal = new Journal(state, new DurableFiles());
        Optional<Journal.Entry> open = journal.read();
        open.ifPresent(entry -> journal.write(new Journal.Entry(
                entry.step(),
                entry.next(),
                entry.floor(),
                entry.before(),
                entry.links(),
                entry.attempt(),
                "another-start",
                entry.starts(),
                entry.told(),
                entry.leader(),
                entry.code(),
                entry.reason())));
        return open.isPresent();
    }

    /** Judges what a fault left behind, before anything is put right. */
    void judge(String when, Tally tally) throws IOException {
        scene.judgeConfig(when, tally);
        judgePackages(when, tally);
        judgeRecords(when, tally);
        for (String line : scene.runs()) {
            boolean isKnown = line.equals(call(Scene.NEW, false)) || isBad && line.equals(call(Scene.OLD, true));
            tally.require(isKnown, "I4: the script ran for '%s'; %s".formatted(line, when));
        }
    }

    private void judgePackages(String when, Tally tally) throws IOException {
        tally.require(isRelease(linked(CURRENT)), "I1: current is '%s'; %s".formatted(linked(CURRENT), when));
        tally.require(
                linked(PREVIOUS).isEmpty() || isRelease(linked(PREVIOUS)),
                "I1: previous is '%s'; %s".formatted(linked(PREVIOUS), when));
        for (String name : names(packages.resolve(RELEASES))) {
            boolean isWhole = name.startsWith(".")
                    || Trees.isWhole(packages.resolve(RELEASES).resolve(name), name);
            tally.require(isWhole, "I1: releases/%s is mixed; %s".formatted(name, when));
        }
        for (Map.Entry<String, byte[]> published : scene.published().entrySet()) {
            Path file = packages.resolve(published.getKey());
            boolean isWhole = !Files.exists(file) || Arrays.equals(Files.readAllBytes(file), published.getValue());
            tally.require(isWhole, "I1: %s is not what was published; %s".formatted(published.getKey(), when));
        }
    }

    /** Where nothing is under way, links and records say the same. */
    private void judgeRecords(String when, Tally tally) throws IOException {
        Records records = records();
        String text = "%s; %s".formatted(records, when);
        tally.require(List.of(Scene.OLD, Scene.NEW).contains(records.installed()), "I2: " + text);
        tally.require(!records.good().isEmpty(), "I2: nothing to go back to, " + text);
        tally.require(
                names(state).stream().noneMatch(name -> name.endsWith(".broken")),
                "I2: a record was found damaged, " + text);
        tally.require(
                !Files.exists(journal()) || records.open().isPresent(), "I2: the journal cannot be read, " + text);
        boolean isAgreed = records.open().isPresent()
                || linked(CURRENT).equals(target(records.installed()))
                        && records.good().get(0).equals(records.installed());
        tally.require(isAgreed, "I2: current is '%s', recorded is %s".formatted(linked(CURRENT), text));
        tally.require(
                !isBad
                        || records.installed().equals(Scene.OLD)
                                && !records.good().contains(Scene.NEW),
                "R20: what does not work is recorded as installed, " + text);
        tally.require(isBad || records.bad().isEmpty(), "R18: what works was taken back, " + text);
    }

    /**
     * Lets the board run undisturbed, and sees that it comes to its end, and leaves nothing behind.
     *
     * @param isRunSure whether the scripts must have run by then
     */
    void recover(boolean isRunSure, String when, Tally tally) throws IOException {
        int runs = 0;
        do {
            run(when, tally);
            runs++;
        } while (!isAtEnd() && runs < MAX_RUNS);
        tally.largest("runs to its end", runs);
        judge(when, tally);
        judgeEnd(when, tally);
        List<String> called = scene.runs();
        boolean haveRun = called.contains(call(Scene.NEW, false)) && (!isBad || called.contains(call(Scene.OLD, true)));
        tally.require(haveRun || !isRunSure, "I5: the scripts ran for %s; %s".formatted(called, when));
        scene.judgeTurns(when, tally);
    }

    private void run(String when, Tally tally) throws IOException {
        try {
            Optional<PackageName> installed = board.update().installed().name();
            boolean isNew = installed.equals(Optional.of(new PackageName(Scene.NEW)));
            tally.require(!isBad && isNew, "I5: the run ended well with %s; %s".formatted(installed, when));
        } catch (OtaException e) {
            boolean isExpected = isBad && e.code().exitStatus() == TAKEN_BACK;
            tally.require(isExpected, "I5: the run ended with %s; %s".formatted(e, when));
        }
    }

    private boolean isAtEnd() {
        Records records = records();
        return records.open().isEmpty() && (isBad ? records.bad() : records.good()).contains(Scene.NEW);
    }

    private void judgeEnd(String when, Tally tally) throws IOException {
        Records records = records();
        Records expected = new Records(
                isBad ? Scene.OLD : Scene.NEW,
                isBad ? List.of(Scene.OLD) : List.of(Scene.NEW, Scene.OLD),
                isBad ? List.of(Scene.NEW) : List.of(),
                Optional.empty());
        tally.require(records.equals(expected), "I5: recorded is %s; %s".formatted(records, when));
        tally.require(
                linked(PREVIOUS).equals(isBad ? "" : target(Scene.OLD)),
                "I5: previous is '%s'; %s".formatted(linked(PREVIOUS), when));
        String report = new ReportFile(state, new DurableFiles())
                .read()
                .map(told -> "%s %s %d"
                        .formatted(
                                told.state().word(),
                                told.about().map(PackageName::value).orElse(""),
                                told.code()))
                .orElse("");
        tally.require(
                report.equals(isBad ? "rolled_back fw-2 72" : "good fw-2 0"),
                "I5: the server is told '%s'; %s".formatted(report, when));
        TrustState trust = board.updater().trust().known();
        tally.require(trust.floor() == (isBad ? 0 : Scene.FLOOR), "I5: the floor is %s; %s".formatted(trust, when));
        judgeRemains(when, tally);
    }

    private void judgeRemains(String when, Tally tally) throws IOException {
        List<String> kept = isBad
                ? List.of(CURRENT, Scene.OLD, RELEASES)
                : List.of(CURRENT, Scene.OLD, Scene.NEW, PREVIOUS, RELEASES);
        List<String> trees = isBad ? List.of(Scene.OLD) : List.of(Scene.OLD, Scene.NEW);
        tally.require(names(packages).equals(kept), "I6: left are %s; %s".formatted(names(packages), when));
        tally.require(
                names(packages.resolve(RELEASES)).equals(trees),
                "I6: left are %s; %s".formatted(names(packages.resolve(RELEASES)), when));
        List<String> left = names(state).stream()
                .filter(name -> name.matches("\\.tmp-.*|journal|staged|answer|attempts"))
                .toList();
        tally.require(left.isEmpty(), "I6: left are %s; %s".formatted(left, when));
        scene.judgeProcesses(when, tally);
    }

    private Records records() {
        DurableFiles files = new DurableFiles();
        return new Records(
                new StateFile(state, files).read(Optional.empty()).toString(),
                namesOf(new History(state, files).read()),
                namesOf(new Quarantine(state, files).read()),
                new Journal(state, files).read());
    }

    private static List<String> namesOf(List<Deployment> deployments) {
        return deployments.stream().map(each -> each.name().value()).toList();
    }

    /** Returns what the script writes down when it is called. */
    private String call(String release, boolean isWayBack) {
        return "%s %d %s %s %s"
                .formatted(
                        release,
                        isWayBack ? 1 : 0,
                        Scene.sha256(scene.published().get(release)),
                        target(release),
                        release);
    }

    private static String target(String release) {
        return RELEASES + "/" + release;
    }

    private boolean isRelease(String target) throws IOException {
        for (String release : List.of(Scene.OLD, Scene.NEW)) {
            if (target.equals(target(release))) {
                return Trees.isWhole(packages.resolve(target), release);
            }
        }
        return false;
    }

    /** Returns what a link names; empty if there is none. */
    private String linked(String name) throws IOException {
        Path link = packages.resolve(name);
        return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                ? Files.readSymbolicLink(link).toString()
                : "";
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
