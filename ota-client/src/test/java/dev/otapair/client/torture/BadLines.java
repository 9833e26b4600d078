package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ClientProcess.Result;
import dev.otapair.client.testing.ServerProcess;
import dev.otapair.protocol.error.ErrorCode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Both programs, as they are installed and with the times they come with, on a line that is slow, loses packets, ends every
 * connection after 100 kB, or is silent for long in the middle.
 */
final class BadLines implements Experiment {
    private static final int PORT = 9997;
    private static final long SLOW_BITS = 64_000;
    private static final int LOSS_PERCENT = 30;
    private static final int MAX_CONNECTION_BYTES = 100_000;
    private static final long MIN_GOODPUT_PERCENT = 80;
    private static final long ENOUGH_RUNS = 6;
    private static final long CUT_BYTES = 64 * 1024;
    private static final Duration STEP = Duration.ofMillis(20);

    /** A run on the slowest line. */
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Between two runs, as a timer would have it, but sooner. */
    private static final Duration BETWEEN = Duration.ofSeconds(2);

    private static final Pattern BEGINS = Pattern.compile("(?:Fetching|Going on with) fw-2, (\\d+) of (\\d+) bytes");

    private final Duration silence;
    private final Obstacle obstacle = new Obstacle(NetworkNamespace::obstacle);

    private enum Kind {
        SLOW(240_000),
        LOSSY(1_500_000),
        DYING(1_000_000),
        SILENT(400_000);

        private final int size;

        Kind(int size) {
            this.size = size;
        }
    }

    /** @param silence how long a silent line is silent */
    BadLines(Duration silence) {
        this.silence = silence;
    }

    /**
     * Takes the length of the silence from TORTURE_SILENCE, in seconds. From 100 on runs give up in it; 1200 is what a mobile network
     * does.
     */
    static BadLines ofEnvironment() {
        return new BadLines(Duration.ofSeconds(Long.parseLong(System.getenv().getOrDefault("TORTURE_SILENCE", "100"))));
    }

    @Override
    public String name() {
        return "bad-lines";
    }

    @Override
    public String faults() {
        return "R12 R13";
    }

    @Override
    public long target() {
        return 40;
    }

    @Override
    public String obstacle() {
        return obstacle.text();
    }

    @Override
    public void attempt(Tally tally) throws Exception {
        Kind kind = Kind.values()[(int) (tally.attempt() % Kind.values().length)];
        Path folder = Workplace.inMemory();
        try (NetworkNamespace line = NetworkNamespace.make();
                Scene scene = new Scene(Files.createDirectory(folder.resolve("scene")), kind.size)) {
            scene.server().close();
            scene.server().with("port", Integer.toString(PORT)).with("log_level", "info");
            try (ServerProcess server = ServerProcess.start(scene.server(), line.prefix())) {
                InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), PORT);
                withDefaults(scene.fresh(folder.resolve("board"), address));
                scene.settle();
                new Trip(kind, line, scene, tally).go();
                tally.require(server.said().contains("sent fw-2"), "the server did not send it");
            }
        } finally {
            Scene.remove(folder);
        }
        tally.count(kind.toString());
        tally.attempted(1);
    }

    /** As config.ini.example has them. */
    private static void withDefaults(Board board) {
        board.with("connect_timeout", "10").with("handshake_timeout", "330").with("response_timeout", "120");
        board.with("read_timeout", "30").with("retries", "4");
    }

    /** One package over one line. */
    private final class Trip {
        private final Kind kind;
        private final NetworkNamespace line;
        private final Scene scene;
        private final Tally tally;

        Trip(Kind kind, NetworkNamespace line, Scene scene, Tally tally) {
            this.kind = kind;
            this.line = line;
            this.scene = scene;
            this.tally = tally;
        }

        void go() throws Exception {
            switch (kind) {
                case SLOW -> {
                    line.slow(SLOW_BITS);
                    compareWithTcp("at 64 kbit/s");
                }
                case LOSSY -> {
                    // What carries something; the answers to it are lost seldom, as they are small.
                    line.filter("meta length > 200 numgen random mod 100 < %d drop".formatted(LOSS_PERCENT));
                    compareWithTcp("at %d %% loss".formatted(LOSS_PERCENT));
                }
                case DYING -> die();
                case SILENT -> fallSilent(tally.random());
            }
            scene.judgeUpdated(kind.toString(), tally);
        }

        /** Of both, the time in which the bytes came: the start of a Java is none of TCP's. */
        private void compareWithTcp(String where) throws Exception {
            long before = copy();
            line.forget();
            Result result = run();
            require(result, 0);
            long tcp = (before + copy()) / 2;
            tally.count("ms of TCP alone " + where, tcp);
            tally.count("ms of updates " + where, fetching(result.all()));
            tally.count("runs " + where);
            requireGoodput(where);
        }

        /** Returns the milliseconds from the line that says that the package is fetched to the one that it is here. */
        private static long fetching(String said) {
            LocalTime first = timeOf(said, " Fetching fw-2");
            LocalTime last = timeOf(said, " fw-2: 100 %");
            return Math.floorMod(
                    Duration.between(first, last).toMillis(), Duration.ofDays(1).toMillis());
        }

        private static LocalTime timeOf(String said, String text) {
            String found =
                    said.lines().filter(each -> each.contains(text)).findFirst().orElseThrow();
            return LocalTime.parse(found.replaceFirst("^\\[\\w+\\] \\S+ (\\S+),(\\d+) .*", "$1.$2"));
        }

        /** Over all runs: by what is dropped, single ones differ by a factor of two, those of TCP alone as well. */
        private void requireGoodput(String where) {
            long percent = tally.counted("ms of TCP alone " + where) * 100 / tally.counted("ms of updates " + where);
            boolean isTold = tally.counted("runs " + where) >= ENOUGH_RUNS;
            tally.require(
                    !isTold || percent >= MIN_GOODPUT_PERCENT,
                    "goodput is %d %% of TCP's own %s".formatted(percent, where));
        }

        private long copy() throws IOException {
            line.forget();
            return Long.parseLong(line.inside(
                            "",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-Xmx32m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            PlainCopy.class.getName(),
                            Integer.toString(kind.size))
                    .strip());
        }

        private void die() throws Exception {
            // Who sent the packet is told so: the board, by what it confirms. The server finds out by itself.
            line.filter("tcp dport %d ct bytes > %d reject with tcp reset".formatted(PORT, MAX_CONNECTION_BYTES));
            Result result = run();
            require(result, 0);
            List<Long> offsets = offsets(result.all()).toList();
            int cuts = offsets.size() - 1;
            // What is on its way when the limit is reached comes on top.
            tally.require(cuts >= kind.size / MAX_CONNECTION_BYTES / 2, "only %d connections died".formatted(cuts));
            tally.count("connections that died", cuts);
            // Headers of IP and TCP, and the messages, come on top of the package.
            long lost = line.passed() - kind.size * 11L / 10;
            tally.require(lost <= cuts * CUT_BYTES, "%d bytes too many for %d cuts".formatted(lost, cuts));
            tally.largest("most bytes of a package of 1,000,000 on a dying line", line.passed());
        }

        private void fallSilent(Random random) throws Exception {
            line.slow(kind.size);
            long when = kind.size / 10 + random.nextInt(kind.size / 2);
            long end;
            long held;
            try (ClientProcess client = start()) {
                while (held() < when && client.isAlive()) {
                    LockSupport.parkNanos(STEP.toNanos());
                }
                line.filter("drop");
                // What has passed already is still being written down.
                LockSupport.parkNanos(BETWEEN.toNanos());
                held = held();
                end = System.nanoTime() + silence.toNanos();
                long start = System.nanoTime();
                while (client.isAlive() && System.nanoTime() - end < 0) {
                    LockSupport.parkNanos(STEP.toNanos());
                }
                if (!client.isAlive()) {
                    require(client.result(LONGEST), ErrorCode.TIMED_OUT.exitStatus());
                    tally.largest("longest run in silence, s", (System.nanoTime() - start) / 1_000_000_000);
                    tally.count("runs that gave up in silence");
                } else {
                    finish(client, held, true);
                    return;
                }
            }
            while (System.nanoTime() - end < 0) {
                try (ClientProcess client = start()) {
                    while (client.isAlive() && System.nanoTime() - end < 0) {
                        LockSupport.parkNanos(STEP.toNanos());
                    }
                    if (client.isAlive()) {
                        finish(client, held, false);
                        return;
                    }
                    require(client.result(LONGEST), ErrorCode.UNREACHABLE.exitStatus());
                    tally.count("runs that gave up in silence");
                    tally.require(held() == held, "%d of %d bytes are left".formatted(held(), held));
                }
                LockSupport.parkNanos(BETWEEN.toNanos());
            }
            line.perfect();
            goOn(held);
        }

        /**
         * The line is back while a run is under way: that one goes on, or the next one.
         *
         * @param hasBegunBefore whether the run had a connection before the silence, which may have outlived it
         */
        private void finish(ClientProcess client, long held, boolean hasBegunBefore) throws Exception {
            line.perfect();
            Result result = client.result(LONGEST);
            if (result.status() == 0 && hasBegunBefore && offsets(result.all()).count() == 1) {
                tally.count("connections that outlived the silence");
            } else if (result.status() == 0) {
                requireOffset(result.all(), held);
                tally.count("runs that went on after the silence");
            } else {
                require(result, ErrorCode.TIMED_OUT.exitStatus());
                goOn(held);
            }
        }

        private void goOn(long held) throws Exception {
            Result result = run();
            require(result, 0);
            requireOffset(result.all(), held);
            tally.count("later runs that went on after the silence");
        }

        private void requireOffset(String said, long held) {
            long offset = offsets(said).reduce((first, last) -> last).orElse(0L);
            tally.require(offset >= held, "went on at %d, %d bytes were here".formatted(offset, held));
            tally.largest("longest silence, s", silence.toSeconds());
        }

        /** Returns where in the package each connection began to bring some of it. */
        private Stream<Long> offsets(String said) {
            return BEGINS.matcher(said).results().map(Trip::offset);
        }

        private static long offset(MatchResult begins) {
            return Long.parseLong(begins.group(2)) - Long.parseLong(begins.group(1));
        }

        private long held() throws IOException {
            for (String name : scene.board().kept()) {
                if (name.startsWith(".part-")) {
                    return Files.size(scene.board().packages().resolve(name));
                }
            }
            return 0;
        }

        private Result run() throws Exception {
            try (ClientProcess client = start()) {
                return client.result(LONGEST);
            }
        }

        private ClientProcess start() throws IOException {
            return ClientProcess.startByShell(scene.board(), line.shell());
        }

        private void require(Result result, int status) {
            tally.require(
                    result.status() == status, "%s: ended with %d: %s".formatted(kind, result.status(), result.all()));
        }
    }
}
