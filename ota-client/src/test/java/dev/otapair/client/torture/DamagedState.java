package dev.otapair.client.torture;

import dev.otapair.client.Outcome;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.History;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.Journal;
import dev.otapair.client.store.Journal.Links;
import dev.otapair.client.store.ServerPin;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.Uptime;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One file of the state is damaged: one bit is another one, it is cut off, longer, or all zeros. The board is then offered what it must
 * not take, by servers that know the token: an older release, an unsigned package, one signed by a key that is revoked; then the
 * newest, which it must take.
 */
final class DamagedState implements Experiment {
    private static final String TRUST = "trust";
    private static final String NEWEST = "fw-3";
    private static final String JOURNAL = "journal";
    private static final List<String> FILES = List.of(
            "state",
            "state.old",
            TRUST,
            "attempts",
            "server-pin",
            "token-keys",
            "device-id",
            JOURNAL,
            "history",
            "inventory",
            "quarantine",
            "report",
            "staged");

    private Optional<Place> place = Optional.empty();

    private enum Damage {
        FLIPPED,
        CUT,
        LONGER,
        ZEROS
    }

    /** @param at which byte, or how many */
    private record Fault(String file, Damage damage, int at) {
        @Override
        public String toString() {
            return "%s %s at %d".formatted(file, damage, at);
        }
    }

    @Override
    public String name() {
        return "damaged-state";
    }

    @Override
    public String faults() {
        return "R25";
    }

    @Override
    public long target() {
        return 12_000;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (place.isEmpty()) {
            place = Optional.of(Place.make());
        }
        List<Fault> faults = place.get().faults();
        Fault fault = faults.get(tally.turn(faults.size()));
        int bit = (int) (tally.attempt() / faults.size() % Byte.SIZE);
        Board board = place.get().board();
        TrustState before = place.get().restore(fault.file());
        Path file = place.get().state().resolve(fault.file());
        Files.write(file, damaged(Files.readAllBytes(file), fault, bit));

        String when = "%s, bit %d".formatted(fault, bit);
        boolean isTrust = fault.file().equals(TRUST);
        TrustState after = board.updater().trust().known();
        tally.require(isTrust || after.equals(before), "floor or revoked keys are lost: " + after + "; " + when);
        tally.require(board.updater().trust().requiresSignatures(), "signatures are not required; " + when);
        tally.require(place.get().isPinned(), "that the server has proved itself is forgotten; " + when);
        for (Map.Entry<String, RealServer> hostile : place.get().hostile().entrySet()) {
            if (!isTrust || !hostile.getKey().equals(Place.REVOKED)) {
                refuses(hostile.getValue(), hostile.getKey() + "; " + when, tally);
            }
        }
        if (isTrust) {
            board.trusting();
            refuses(place.get().hostile().get(Place.UNSIGNED), "unsigned, and no key is left; " + when, tally);
            place.get().giveKeys();
        }
        converges(when, tally);
        tally.largest("ways to damage it, of 8 bits one each", faults.size());
        tally.count(fault.file());
        tally.attempted(1);
    }

    private static byte[] damaged(byte[] content, Fault fault, int bit) {
        return switch (fault.damage()) {
            case FLIPPED -> {
                byte[] flipped = content.clone();
                flipped[fault.at()] ^= (byte) (1 << bit);
                yield flipped;
            }
            case CUT -> Arrays.copyOf(content, fault.at());
            case LONGER -> Arrays.copyOf(content, content.length + fault.at());
            case ZEROS -> new byte[content.length];
        };
    }

    private void refuses(RealServer server, String what, Tally tally) throws IOException {
        Board board = place.get().board();
        try {
            Outcome outcome = board.asking(server.address()).update();
            tally.violation("it was not refused, but " + outcome.result() + ": " + what);
        } catch (OtaException e) {
            tally.count(e.code().toString());
            tally.require(e.code().exitStatus() == 77, "it was refused for another reason, " + e + ": " + what);
        }
        tally.require(!Files.exists(board.file("ran")), "I4: the script ran: " + what);
    }

    private void converges(String when, Tally tally) throws IOException {
        Board board = place.get().board().asking(place.get().newest().address());
        try {
            Outcome outcome = board.update();
            tally.require(outcome.result() == Outcome.Result.UPDATED, "I5: " + outcome.result() + "; " + when);
        } catch (OtaException e) {
            tally.violation("I5: " + e + "; " + when);
            return;
        }
        tally.require(board.installed().equals(NEWEST), "I5: installed is " + board.installed() + "; " + when);
        byte[] content = Files.readAllBytes(board.packages().resolve(NEWEST));
        tally.require(Arrays.equals(content, Place.CONTENT), "I1: " + when);
        tally.require(
                Files.readSymbolicLink(board.packages().resolve("current")).equals(Path.of(NEWEST)),
                "I1: current names another one; " + when);
        tally.require(!Files.exists(place.get().state().resolve(JOURNAL)), "I6: the journal is left; " + when);
        List<String> ran = Files.readAllLines(board.file("ran"));
        tally.require(ran.equals(List.of(Scene.sha256(Place.CONTENT))), "I4: the script ran for " + ran + "; " + when);
    }

    @Override
    public void close() throws IOException {
        if (place.isPresent()) {
            place.get().close();
        }
    }

    /** A board that has seen something, the servers, and its state as it was. */
    private record Place(
            Path folder,
            Board board,
            RealServer newest,
            Map<String, RealServer> hostile,
            Map<String, byte[]> whole,
            List<Fault> faults) {
        static final String REVOKED = "signed by a revoked key";
        static final String UNSIGNED = "unsigned";
        static final byte[] CONTENT = Scene.bytes(3000, 3);

        private static final String OLDER = "older";
        private static final String HEALTH = "health_check";
        private static final SigningKey KEY = SigningKey.generate();
        private static final SigningKey RETIRED = SigningKey.generate();

        static Place make() throws IOException {
            Path folder = Files.createTempDirectory("ota-torture-").toRealPath();
            Path own = Files.createDirectory(folder.resolve("board"));
            Board board = new Board(own).with("legacy_server", "no");
            board.with("recovery_keys", KEY.publicHalf().id().value());
            Map<String, RealServer> hostile = new LinkedHashMap<>();
            hostile.put(OLDER, new RealServer(folder.resolve("older")));
            hostile.get(OLDER).publish("old-1", Scene.bytes(100, 9), wish -> wish.release(1), KEY);
            hostile.put(UNSIGNED, new RealServer(folder.resolve("unsigned")).offering("bare-9", Scene.bytes(100, 8)));
            hostile.put(REVOKED, new RealServer(folder.resolve("revoked")));
            hostile.get(REVOKED).publish("stolen-9", Scene.bytes(100, 7), wish -> wish.release(9), RETIRED);
            hostile.values().forEach(RealServer::start);
            RealServer newest = new RealServer(folder.resolve("newest"));
            newest.publish("fw-1", Scene.bytes(3000, 1), UnaryOperator.identity(), KEY);
            newest.start();
            Place place = new Place(folder, board, newest, hostile, new LinkedHashMap<>(), new ArrayList<>());
            place.live();
            return place;
        }

        /**
         * Two updates, three refusals, a release that is taken back, and one whose script failed; it waits now. In the journal an
         * installation of it is proving itself.
         */
        private void live() throws IOException {
            giveKeys();
            board.withScript("exit 0");
            board.asking(newest.address()).update();
            newest.publish("fw-2", Scene.bytes(3000, 2), wish -> wish.floor(2).revoking(RETIRED), KEY);
            board.update();
            for (RealServer server : hostile.values()) {
                mustFail(server);
            }
            takeBack();
            newest.publish(NEWEST, CONTENT, UnaryOperator.identity(), KEY);
            board.withScript("exit 1");
            mustFail(newest);
            board.download();
            board.withScript("sha256sum <\"$1\" | cut -c1-64 >>ran");
            Scene.remove(board.packages());
            new Journal(state(), new DurableFiles()).write(proving());
            for (String name : FILES) {
                if (Files.exists(state().resolve(name))) {
                    whole.put(name, Files.readAllBytes(state().resolve(name)));
                    addFaults(name, whole.get(name).length);
                }
            }
        }

        private void takeBack() throws IOException {
            newest.publish("fw-bad", Scene.bytes(3000, 4), UnaryOperator.identity(), KEY);
            Files.writeString(board.file("health.sh"), "[ \"$OTA_NAME\" != fw-bad ]\n");
            board.with(HEALTH, "health.sh").with("health_timeout", "1").with("health_window", "1");
            mustFail(newest);
            board.with(HEALTH, "");
        }

        /** An installation of the newest release. */
        private Journal.Entry proving() {
            Digest digest = new Digest(Digest.Algorithm.SHA256, Scene.sha256(CONTENT));
            PackageName name = new PackageName(NEWEST);
            PackageResponse whole = PackageResponse.whole(name, CONTENT.length, digest);
            Deployment next = Deployment.of(whole, InstalledRelease.unsigned(name, digest), name, false);
            Optional<Deployment> before = new History(state(), new DurableFiles()).current();
            return Journal.Entry.begin(next, 0, before, new Links("fw-2", "fw-1"), 1, Uptime.now())
                    .at(Journal.Step.PROBATION, Uptime.now());
        }

        private void mustFail(RealServer server) throws IOException {
            try {
                board.asking(server.address()).update();
            } catch (OtaException e) {
                return;
            }
            throw new IllegalStateException("the board took what it must not before anything was damaged");
        }

        private void addFaults(String name, int size) {
            for (int at = 0; at < size; at++) {
                faults.add(new Fault(name, Damage.FLIPPED, at));
                faults.add(new Fault(name, Damage.CUT, at));
            }
            faults.add(new Fault(name, Damage.LONGER, 1));
            faults.add(new Fault(name, Damage.LONGER, 4096));
            faults.add(new Fault(name, Damage.LONGER, 1 << 20));
            faults.add(new Fault(name, Damage.ZEROS, 0));
        }

        void giveKeys() throws IOException {
            board.trusting(KEY, RETIRED);
        }

        Path state() {
            return board.file(".ota-client");
        }

        /**
         * Makes the state what it was, and returns what it trusts.
         *
         * @param damaged there is a journal, of an installation that has come far, only where that is to be damaged
         */
        TrustState restore(String damaged) throws IOException {
            Scene.remove(state());
            Scene.remove(board.packages());
            Files.deleteIfExists(board.file("ran"));
            Files.createDirectory(state());
            for (Map.Entry<String, byte[]> file : whole.entrySet()) {
                if (!file.getKey().equals(JOURNAL) || damaged.equals(JOURNAL)) {
                    Files.write(state().resolve(file.getKey()), file.getValue());
                }
            }
            if (damaged.equals(JOURNAL)) {
                Files.write(Files.createDirectory(board.packages()).resolve(NEWEST), CONTENT);
                Files.createSymbolicLink(board.packages().resolve("current"), Path.of(NEWEST));
            }
            return board.updater().trust().known();
        }

        boolean isPinned() throws IOException {
            return new ServerPin(state(), board.config().secret(), new DurableFiles()).isSet();
        }

        void close() throws IOException {
            newest.close();
            hostile.values().forEach(RealServer::close);
            Scene.remove(folder);
        }
    }
}
