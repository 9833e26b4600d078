package dev.otapair.client.torture;

import dev.otapair.client.Outcome;
import dev.otapair.client.torture.LineFault.Sizes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Lines that are cut after any byte, fall silent, flip a bit, dawdle: of one connection to three of a run, on many boards at a time.
 * First every byte of the messages is cut in each way, then chance decides.
 */
final class BrokenTransfers implements Experiment {
    private static final int SIZE = 200_000;
    private static final int MAX_FAULTS = 3;
    private static final int ONE_IN_POISONED = 60;
    private static final Duration LONGEST = Duration.ofSeconds(40);

    /** Messages differ in length, by numbers in them. */
    private static final long CONTROL_SLACK = 192;

    /** What a run may come to on a line that flips bits: come again, no protocol, no trust. Never a fault of the board's own. */
    private static final Set<Integer> STATUSES = Set.of(75, 76, 77);

    private final int boards;
    private final int attemptsEach;
    private final List<Line> lines = new ArrayList<>();
    private Crowd crowd;
    private Path folder;
    private Scene scene;
    private Sizes sizes;

    /**
     * @param boards at a time
     * @param attemptsEach of each board, in one attempt of the experiment
     */
    BrokenTransfers(int boards, int attemptsEach) {
        this.boards = boards;
        this.attemptsEach = attemptsEach;
    }

    @Override
    public String name() {
        return "broken-transfers";
    }

    @Override
    public String faults() {
        return "R10 R11 R14";
    }

    @Override
    public long target() {
        return 20_000;
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        if (scene == null) {
            open();
        }
        long first = tally.attempt();
        crowd.work(boards, index -> {
            for (int i = 0; i < attemptsEach; i++) {
                lines.get(index).attempt(first + (long) index * attemptsEach + i, tally);
            }
        });
        tally.attempted((long) boards * attemptsEach);
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            tally.largest("most open files", open.count());
        }
    }

    private void open() throws IOException {
        folder = Workplace.inMemory();
        scene = new Scene(Files.createDirectory(folder.resolve("scene")), SIZE);
        // What boards leave hanging must not take all places.
        scene.server()
                .with("max_clients", "2000")
                .with("idle_timeout", "3")
                .with("message_timeout", "3")
                .with("handshake_timeout", "3")
                .with("stall_timeout", "3");
        scene.prepareCopies();
        crowd = new Crowd(boards);
        for (int i = 0; i < boards; i++) {
            lines.add(new Line(i));
        }
        sizes = lines.get(0).measure();
    }

    @Override
    public void close() throws IOException {
        if (scene != null) {
            crowd.close();
            for (Line line : lines) {
                line.proxy.close();
            }
            scene.close();
            Scene.remove(folder);
        }
    }

    /** A board and its line; one thread at a time. */
    private final class Line {
        private final Scene own = scene.beside();
        private final FaultProxy proxy = new FaultProxy(scene.address(), FaultPlan.none(), FaultPlan.none());
        private final Path place;

        Line(int index) throws IOException {
            place = folder.resolve("board-" + index);
        }

        /** Lets one run pass unharmed, and sees what passes. */
        Sizes measure() throws IOException {
            own.copied(place, proxy.address()).update();
            return new Sizes(proxy.passedToServer(), proxy.passedToClient() - SIZE, SIZE);
        }

        void attempt(long number, Tally tally) throws IOException {
            Random random = tally.random(number);
            // Servers turn addresses away from which wrong proofs come: this is another board than the last one.
            proxy.from(InetAddress.getByAddress(
                    new byte[] {127, (byte) (1 + (number >> 16)), (byte) (number >> 8), (byte) number}));
            if (number >= sizes.controlFaults() && random.nextInt(ONE_IN_POISONED) == 0) {
                poison(number, random, tally);
            } else {
                harm(number, faults(number, random), tally);
            }
        }

        private List<LineFault> faults(long number, Random random) {
            if (number < sizes.controlFaults()) {
                return List.of(LineFault.ofControl(number, sizes));
            }
            return Stream.generate(() -> LineFault.draw(random, sizes))
                    .limit(1 + random.nextInt(MAX_FAULTS))
                    .toList();
        }

        private void harm(long number, List<LineFault> faults, Tally tally) throws IOException {
            String when = "board " + number + ": " + faults;
            begin(faults.stream().anyMatch(LineFault::mayBeSilence));
            faults.forEach(fault -> proxy.planOnce(fault.requests(), fault.answers()));
            long passed = proxy.passedToClient();
            int connections = proxy.connections();

            Optional<OtaException> failure = run(when, tally);

            proxy.forgetPlansOnce();
            int used = proxy.connections() - connections;
            List<LineFault> seen = faults.subList(0, Math.min(used, faults.size()));
            requireAnswer(seen, failure, when, tally);
            requireThrift(seen, used, proxy.passedToClient() - passed, when, tally);
            own.judge(when, tally);
            own.recover(when, tally);
            seen.forEach(fault -> tally.count(fault.kind() + (fault.isAnswer() ? " from server" : " from board")));
            tally.count("connections", used);
        }

        private void requireAnswer(List<LineFault> seen, Optional<OtaException> failure, String when, Tally tally) {
            boolean isCurable = seen.stream().allMatch(fault -> fault.kind().isHonest());
            if (failure.isEmpty()) {
                tally.count("updated in the same run");
            } else {
                String said = failure.get().code() + " " + failure.get().getMessage();
                tally.count("ended with status " + failure.get().code().exitStatus());
                tally.require(STATUSES.contains(failure.get().code().exitStatus()), said + "; " + when);
                tally.require(!isCurable, "gave up: " + said + "; " + when);
            }
        }

        /** The whole once, again if it came with a wrong bit, and what was on its way when the line was cut. */
        private void requireThrift(List<LineFault> seen, int used, long passed, String when, Tally tally) {
            int wholes = seen.stream().anyMatch(LineFault::isFlip) ? 2 : 1;
            long lost = passed - (long) wholes * SIZE - used * (sizes.answers() + CONTROL_SLACK);
            // This machine was too busy for a timeout of a second: all of it may have waited in buffers.
            int left = Math.max(0, used - seen.size() - wholes);
            long mayCost = (long) left * SIZE
                    + seen.stream().mapToLong(LineFault::mayCost).sum();
            tally.require(lost <= mayCost, "%d bytes passed, %d too many; %s".formatted(passed, lost - mayCost, when));
            tally.count("connections that were left as this machine was busy", left);
            if (wholes == 1 && left == 0) {
                tally.largest("most bytes that passed twice", Math.max(0, lost));
            }
        }

        /** A line on which every connection has a wrong bit: three times, and no more until somebody says so. */
        private void poison(long number, Random random, Tally tally) throws IOException {
            long offset = sizes.answers() + CONTROL_SLACK + random.nextLong(SIZE - CONTROL_SLACK);
            String when = "board %d: every connection flips at %d".formatted(number, offset);
            begin(false);
            proxy.plan(FaultPlan.none(), FaultPlan.none().flipBit(offset, random.nextInt(8)));
            for (ErrorCode expected :
                    List.of(ErrorCode.DIGEST_MISMATCH, ErrorCode.QUARANTINED, ErrorCode.QUARANTINED)) {
                Optional<OtaException> failure = run(when, tally);
                tally.require(
                        failure.filter(e -> e.code() == expected).isPresent(),
                        "expected %s, was %s; %s".formatted(expected, failure, when));
                own.judge(when, tally);
            }
            tally.count("left alone after three wrong digests");
            proxy.plan(FaultPlan.none(), FaultPlan.none());
            tally.require(own.board().updater().retry(), "there was nothing to retry; " + when);
            own.recover(when, tally);
        }

        private void begin(boolean isImpatient) throws IOException {
            own.copied(place, proxy.address())
                    .with("retries", "4")
                    .with("read_timeout", isImpatient ? "1" : "5")
                    .with("response_timeout", isImpatient ? "1" : "5");
            own.settle();
        }

        private Optional<OtaException> run(String when, Tally tally) throws IOException {
            long start = System.nanoTime();
            Optional<OtaException> failure = Optional.empty();
            try {
                Outcome outcome = own.board().update();
                tally.require(outcome.result() == Outcome.Result.UPDATED, outcome.result() + "; " + when);
            } catch (OtaException e) {
                failure = Optional.of(e);
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            tally.largest("longest run, ms", took.toMillis());
            tally.require(took.compareTo(LONGEST) < 0, "took " + took + "; " + when);
            return failure;
        }
    }
}
