package dev.otapair.client.torture;

import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Attempts;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.PackageFolder;
import dev.otapair.client.store.PartialFile;
import dev.otapair.client.store.StateFile;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.TrustState;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What updates do to the disk of a board, by the store's own classes and in the order of {@code Updater}; no server, no script. Says
 * of each step what is to be kept by it, and that it is. Not thread-safe.
 */
final class StoredUpdates {
    private static final String STATE = "state";
    private static final String TRUST = "trust";
    private static final String ATTEMPTS = "attempts";

    /** What is said of a file that is there and cannot be read. */
    static final String DAMAGED = "damaged";

    /** So much of a package arrives at once, at most. */
    private static final int CHUNK_BYTES = 1_200;

    /** Every so many of the first releases revoke a key. */
    private static final int KEY_EVERY = 3;

    private static final int LAST_KEY = 30;

    private static final Instant FIRST = Instant.parse("2026-11-22T10:00:00Z");

    /** Writes down what may be lost and what may not. */
    interface Ledger {
        /** Of an update that nobody watches. */
        Ledger NONE = new Ledger() {
            @Override
            public void begins(Kept next) {}

            @Override
            public void holds(Kept now) {}
        };

        /** A step begins; when it ends, this is kept. */
        void begins(Kept next);

        /** The step has ended. */
        void holds(Kept now);
    }

    /** Does something to the disk. */
    interface Step {
        void run() throws IOException;
    }

    private final Path stateFolder;
    private final Path packageFolder;
    private final Contents contents;
    private final DurableFiles files = new DurableFiles();
    private final StateFile state;
    private final TrustFile trust;
    private final AttemptFile attempts;
    private final PackageFolder packages;
    private final StoredInstall install;
    private Kept kept = new Kept(new TreeMap<>());

    /** @param root of the board's disk; empty, or what an earlier one left */
    StoredUpdates(Path root, Contents contents) {
        this.stateFolder = root.resolve("state");
        this.packageFolder = root.resolve("packages");
        this.contents = contents;
        this.state = new StateFile(stateFolder, files);
        this.trust = new TrustFile(stateFolder, files);
        this.attempts = new AttemptFile(stateFolder, files);
        this.install = new StoredInstall(stateFolder, packageFolder, files);
        this.packages = new PackageFolder(packageFolder, OptionalLong.empty(), files, install.places(), () -> {});
    }

    /** Returns what is kept, as the next run would find it; changes nothing. */
    Kept look() throws IOException {
        Kept kept = new Kept(new TreeMap<>())
                .with(STATE, state.read(Optional.empty()).toString() + " " + installed())
                .with(TRUST, trust.read().toString())
                .with(ATTEMPTS, textOf(attempts.read()));
        kept = install.look(kept);
        for (Path file : list(packageFolder)) {
            if (!file.getFileName().toString().startsWith(".") && !Files.isSymbolicLink(file)) {
                kept = kept.with(file.getFileName().toString(), Scene.sha256(Files.readAllBytes(file)));
            }
        }
        return kept;
    }

    /** Returns the number of the release that is installed; 0 for none. */
    int installed() {
        return (int) state.read(Optional.empty()).release();
    }

    /**
     * Brings the board to a release, as a run does that nothing befalls, or goes on where a crash cut one.
     *
     * @param number the one that is installed, or the one after it
     */
    void update(int number, Ledger ledger) throws IOException {
        begin(ledger);
        if (installed() < number) {
            install.lift(by(ledger));
            remember(number, ledger);
            fetch(number, Integer.MAX_VALUE, ledger);
            install(number, StoredInstall.End.GOOD, ledger);
        }
    }

    /**
     * As above, with all that may befall it but a crash: a wrong byte every other time, a line that is cut, a script that fails, a
     * release that does not prove itself, and is tried again.
     *
     * @param random says in which pieces the package arrives
     */
    void updateInTrouble(int number, Random random, Ledger ledger) throws IOException {
        begin(ledger);
        if (installed() >= number) {
            return;
        }
        install.lift(by(ledger));
        remember(number, ledger);
        byte[] content = contents.of(number);
        PackageResponse announced = contents.announced(number);
        if (number % 2 == 1) {
            keep(install.claimed(kept, deployment(number)), ledger, () -> receiveWrong(announced, content));
        }
        receive(announced, content, content.length / 2, random);
        count(attempts.read(announced.digest()).spending(content.length / 2, Duration.ZERO), ledger);
        receive(announced, content, content.length - 1, random);
        fetch(number, CHUNK_BYTES, ledger);
        install(number, StoredInstall.End.ABANDONED, ledger);
        install(number, StoredInstall.End.UNDONE, ledger);
        install.lift(by(ledger));
        fetch(number, Integer.MAX_VALUE, ledger);
        install(number, StoredInstall.End.GOOD, ledger);
    }

    /** Returns what is wrong after an update that nothing befell. */
    List<String> faultsAfter(int number) throws IOException {
        Kept found = look();
        List<String> faults = new ArrayList<>();
        String name = Contents.nameOf(number).value();
        if (installed() != number) {
            faults.add("I5: installed is %d, expected %d".formatted(installed(), number));
        }
        if (!found.get(TRUST).equals(trustAfter(number).toString())) {
            faults.add("I5: trust is " + found.get(TRUST));
        }
        if (!found.get(name).equals(contents.announced(number).digest().hex())) {
            faults.add("I1: %s is '%s'".formatted(name, found.get(name)));
        }
        faults.addAll(install.faultsAfter(
                deployment(number),
                Optional.of(number - 1).filter(before -> before > 0).map(this::deployment)));
        for (Path folder : List.of(stateFolder, packageFolder)) {
            for (Path file : list(folder)) {
                if (file.getFileName().toString().matches("\\.(tmp|part)-.*|.*\\.broken")) {
                    faults.add("I6: %s is left".formatted(file));
                }
            }
        }
        return faults;
    }

    private void begin(Ledger ledger) throws IOException {
        files.ensureWritableFolder(stateFolder);
        files.tidy(stateFolder);
        state.repair();
        state.adopt(Optional.empty());
        kept = look();
        install.recover(by(ledger));
        packages.prepare(Set.of());
    }

    private StoredInstall.Keeper by(Ledger ledger) {
        return (change, step) -> keep(change.apply(kept), ledger, step);
    }

    private void remember(int number, Ledger ledger) throws IOException {
        TrustState before = trust.read();
        trust(
                before.notBefore(trustAfter(number).newest().orElseThrow())
                        .requiring()
                        .revoking(trustAfter(number).revoked()),
                ledger);
    }

    private void trust(TrustState next, Ledger ledger) throws IOException {
        if (!next.equals(trust.read())) {
            keep(kept.with(TRUST, next.toString()), ledger, () -> trust.write(next));
        }
    }

    private void count(Attempts next, Ledger ledger) throws IOException {
        keep(kept.with(ATTEMPTS, textOf(Optional.of(next))), ledger, () -> attempts.write(next));
    }

    /** What comes with a wrong digest is fetched again, once: a crash may have left bytes that were never sent. */
    private void fetch(int number, int chunk, Ledger ledger) throws IOException {
        PackageResponse announced = contents.announced(number);
        if (packages.holds(announced)) {
            return;
        }
        Kept next = install.claimed(kept, deployment(number))
                .with(announced.latest().value(), announced.digest().hex());
        keep(next, ledger, () -> {
            try {
                receiveAll(announced, contents.of(number), chunk);
            } catch (OtaException e) {
                if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                    throw e;
                }
                receiveAll(announced, contents.of(number), chunk);
            }
        });
    }

    private void install(int number, StoredInstall.End end, Ledger ledger) throws IOException {
        install.install(deployment(number), trustAfter(number).floor(), end, by(ledger));
    }

    private Deployment deployment(int number) {
        PackageResponse announced = contents.announced(number);
        InstalledRelease release = new InstalledRelease(
                Optional.of(announced.latest()), number, "1." + number, Optional.of(announced.digest()));
        return Deployment.of(announced, release, announced.latest(), false);
    }

    private void keep(Kept next, Ledger ledger, Step step) throws IOException {
        ledger.begins(next);
        step.run();
        kept = next;
        ledger.holds(next);
    }

    /** Lets a package come whose last byte is wrong. */
    private void receiveWrong(PackageResponse announced, byte[] content) {
        byte[] wrong = content.clone();
        wrong[wrong.length - 1] ^= 1;
        try {
            receiveAll(announced, wrong, content.length / 2 + 1);
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH) {
                throw e;
            }
        }
    }

    private void receiveAll(PackageResponse announced, byte[] content, int chunk) {
        try (PartialFile partial = packages.open(announced)) {
            while (!partial.isWhole()) {
                append(partial, content, chunk);
            }
            partial.finish(packages.claim(announced));
        }
    }

    /** Lets some of a package come, until the line is cut. */
    private void receive(PackageResponse announced, byte[] content, int end, Random random) {
        try (PartialFile partial = packages.open(announced)) {
            while (partial.size() < end) {
                append(partial, content, 1 + random.nextInt(CHUNK_BYTES));
            }
        }
    }

    private static void append(PartialFile partial, byte[] content, int most) {
        int start = (int) partial.size();
        partial.append(ByteBuffer.wrap(content, start, Math.min(most, content.length - start)));
    }

    private static TrustState trustAfter(int number) {
        TrustState trust =
                TrustState.NONE.requiring().atLeast(Math.max(0, number - 1)).notBefore(FIRST.plusSeconds(number));
        for (int revoking = KEY_EVERY; revoking <= Math.min(number, LAST_KEY); revoking += KEY_EVERY) {
            trust = trust.revoking(List.of(new KeyId("%016x".formatted(revoking))));
        }
        return trust;
    }

    private String textOf(Optional<Attempts> read) {
        boolean isDamaged = read.isEmpty() && Files.exists(stateFolder.resolve(ATTEMPTS));
        return isDamaged ? DAMAGED : read.map(Attempts::toString).orElse("");
    }

    private static List<Path> list(Path folder) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
                entries.forEach(found::add);
            }
        }
        return found;
    }
}
