package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ClientProcess.Result;
import dev.otapair.client.testing.ScriptedServer;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as cron, systemd and people start it: its status, what it says, and what signals do to it. */
class ProgramWireTest {
    private static final byte[] PAYLOAD = "package".repeat(30_000).getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private Board board;

    @BeforeEach
    void makeBoard() {
        board = new Board(folder);
    }

    @Test
    void updateEndsWith0AndSaysWhatIsInstalled() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("latest", "fw-1").withScript("echo hello from the script");

            Result result = ClientProcess.run(board);

            assertThat(result.status()).isZero();
            assertThat(result.out())
                    .isEqualTo(
                            "updated; installed: fw-2; offered: fw-2; 210,000 bytes came, of a package of 210,000\n");
            assertThat(result.err()).contains("after.sh: hello from the script").doesNotContain("Exception");
        }
    }

    @ParameterizedTest
    @CsvSource({"fw-1, 10, update available", "fw-2, 0, up to date"})
    void checkEndsWith10WhenThereIsAnUpdate(String installed, int status, String said) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("latest", installed);

            Result result = ClientProcess.run(board, "check");

            assertThat(result.status()).isEqualTo(status);
            assertThat(result.out()).startsWith(said);
        }
    }

    @Test
    void statusAsksNobody() throws Exception {
        board.with("latest", "fw-1");

        Result result = ClientProcess.run(board, "status");

        assertThat(result.status()).isZero();
        assertThat(result.out()).startsWith("installed: fw-1\n").hasLineCount(3);
    }

    @Test
    void jsonOfAnUpdateIsOneObjectOnOneLine() throws Exception {
        try (V1Server server = new V1Server(offer().withLatest("fw-\"2\" 固件"))) {
            board.asking(server.address());

            Result result = ClientProcess.run(board, "--json", "update");

            assertThat(result.out())
                    .isEqualTo("{\"result\": \"updated\", \"installed\": \"fw-\\\"2\\\" \\u56fa\\u4ef6\","
                            + " \"installed_release\": 0, \"installed_version\": \"\","
                            + " \"offered\": \"fw-\\\"2\\\" \\u56fa\\u4ef6\", \"signed_by\": [], \"expired\": false,"
                            + " \"why\": \"it is not what is installed, and this board checks no signatures\","
                            + " \"travel_bytes\": 210000, \"status\": 0}\n");
        }
    }

    @Test
    void jsonOfAFailureIsOneObjectOnOneLine() throws Exception {
        try (V1Server server = new V1Server(V1Offer.of("another", "fw-2", PAYLOAD))) {
            board.asking(server.address());

            Result result = ClientProcess.run(board, "update", "--json");

            assertThat(result.status()).isEqualTo(77);
            assertThat(result.out())
                    .matches("\\{\"result\": \"failed\", \"error\": \"secret_rejected\", \"message\": \"[^\\n]*\","
                            + " \"retry\": false, \"status\": 77}\\n");
        }
    }

    @Test
    void portWithoutAServerEndsWith75() throws Exception {
        try (ServerSocket closing = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            board.with("port", Integer.toString(closing.getLocalPort()));
        }

        Result result = ClientProcess.run(board);

        assertThat(result.status()).isEqualTo(75);
        assertThat(result.err()).contains("[ERROR]").contains("127.0.0.1");
    }

    @Test
    void silentServerEndsWith75() throws Exception {
        try (ScriptedServer server = new ScriptedServer(ScriptedServer.legacy())) {
            board.asking(server.address()).with("handshake_timeout", "1");

            assertThat(ClientProcess.run(board).status()).isEqualTo(75);
        }
    }

    @ParameterizedTest
    @CsvSource({"exit 1, 70", "exit 75, 75"})
    void scriptDecidesTheStatus(String line, int status) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).withScript(line);

            assertThat(ClientProcess.run(board).status()).isEqualTo(status);
        }
    }

    @Test
    void missingScriptEndsWith78BeforeConnecting() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("after_proccess", "./afterproccess.sh");

            Result result = ClientProcess.run(board);

            assertThat(result.status()).isEqualTo(78);
            assertThat(result.err())
                    .contains("config.ini:")
                    .contains("after_proccess")
                    .contains("leave the value empty");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void statusNeedsNoScript() throws Exception {
        board.with("latest", "fw-1").with("after_process", "missing.sh");

        Result result = ClientProcess.run(board, "status");

        assertThat(result.status()).isZero();
        assertThat(result.out()).startsWith("installed: fw-1\n").hasLineCount(3);
    }

    @Test
    void folderThatCannotBeWrittenEndsWith73BeforeConnecting() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("path", "/proc/ota");

            Result result = ClientProcess.run(board);

            assertThat(result.status()).isEqualTo(73);
            assertThat(result.err()).contains("/proc/ota");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void wrongOptionEndsWith64() throws Exception {
        assertThat(ClientProcess.run(board, "--no-such-option").status()).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource({"y, updated", "n, declined", "'', declined"})
    void interactiveRunAsksAndDoesWhatItIsTold(String answer, String result) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("latest", "fw-1");

            try (ClientProcess client = ClientProcess.start(board, "--interactive")) {
                Result run = client.answer(answer + "\n").result();

                assertThat(run.status()).isZero();
                assertThat(run.out()).startsWith(result);
                assertThat(run.err()).contains("Current version: fw-1").contains("Latest version:  fw-2");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--interactive update", "update --interactive"})
    void interactiveCountsBeforeAndAfterUpdate(String line) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address());

            try (ClientProcess client = ClientProcess.start(board, line.split(" "))) {
                assertThat(client.answer("n\n").result().out()).startsWith("declined");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--interactive check",
                "check --interactive",
                "status --interactive",
                "forget-server --interactive",
                "digest --interactive config.ini",
                "digest --json config.ini",
                "--json digest config.ini"
            })
    void optionThatWouldBeIgnoredEndsWith64(String line) throws Exception {
        Result result = ClientProcess.run(board, line.split(" "));

        assertThat(result.status()).isEqualTo(64);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains(" means nothing here");
    }

    @Test
    void interactiveRunWithNobodyThereDeclines() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address());

            try (ClientProcess client = ClientProcess.start(board, "--interactive")) {
                Result run = client.answer("").result();

                assertThat(run.out()).startsWith("declined");
                assertThat(board.kept()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "HUP, 129"})
    void signalAtThePromptEndsTheRun(String signal, int status) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address());

            try (ClientProcess client = ClientProcess.start(board, "--interactive")) {
                await().until(() -> client.saidSoFar().contains("Update now?"));
                client.signal(signal);

                assertThat(client.result().status()).isEqualTo(status);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void signalInTheDownloadEndsTheRunAndLeavesNothing(String signal, int status) throws Exception {
        try (V1Server server = new V1Server(offer().withSilenceAfter(1000))) {
            board.asking(server.address()).with("read_timeout", "60");

            try (ClientProcess client = ClientProcess.start(board)) {
                await().until(() -> client.saidSoFar().contains("Fetching fw-2"));
                long start = System.nanoTime();
                client.signal(signal);

                assertThat(client.result().status()).isEqualTo(status);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
                assertThat(board.kept()).isEmpty();
            }
        }
    }

    /** Java answers it: the status is that of any program that a signal ends, and nothing is said. */
    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void signalInACheckEndsItAndLeavesNothing(String signal, int status) throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            board.asking(new InetSocketAddress(silent.getInetAddress(), silent.getLocalPort()));

            try (ClientProcess client = ClientProcess.start(board, "check", "--json");
                    Socket connection = silent.accept()) {
                assertThat(connection.getInputStream().read()).isEqualTo('{');
                client.signal(signal);

                Result result = client.result();
                assertThat(result.status()).isEqualTo(status);
                assertThat(result.out()).isEmpty();
            }
            try (Stream<Path> left = Files.walk(board.folder())) {
                assertThat(left.map(Path::getFileName).map(Path::toString)).noneMatch(name -> name.startsWith(".tmp-"));
            }
        }
    }

    @Test
    void signalInTheDownloadAfterAPromptEndsTheRunToo() throws Exception {
        try (V1Server server = new V1Server(offer().withSilenceAfter(1000))) {
            board.asking(server.address()).with("read_timeout", "60");

            try (ClientProcess client =
                    ClientProcess.start(board, "--interactive").answer("y\n")) {
                await().until(() -> client.saidSoFar().contains("Fetching fw-2"));
                client.signal("TERM");

                assertThat(client.result().status()).isEqualTo(143);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130"})
    void signalInTheScriptEndsItsGroupAndTheRun(String signal, int status) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).withScript("sleep 300 &", "echo $! >child.pid", "echo running", "wait");

            try (ClientProcess client = ClientProcess.start(board)) {
                await().until(() -> client.saidSoFar().contains("after.sh: running"));
                long start = System.nanoTime();
                client.signal(signal);

                assertThat(client.result().status()).isEqualTo(status);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
                long child =
                        Long.parseLong(Files.readString(board.file("child.pid")).strip());
                await().until(() ->
                        ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
                assertThat(board.installed()).isEmpty();
            }
        }
    }

    @Test
    void ofTwoRunsOneWorksAndTheOtherSaysSo() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).withScript("while [ ! -e go ]; do sleep 0.05; done");

            try (ClientProcess first = ClientProcess.start(board)) {
                await().until(() -> first.saidSoFar().contains("Running "));
                Result second = ClientProcess.run(board);
                Files.createFile(board.file("go"));

                assertThat(second.status()).isZero();
                assertThat(second.out()).startsWith("another run is at work");
                assertThat(first.result().out()).startsWith("updated");
            }
        }
    }

    /** The kernel frees the lock of a run that is killed, also while its script goes on. */
    @Test
    void killedRunDoesNotBlockTheNext() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).withScript("[ -e second ] || { :>second; exec sleep 5; }");

            try (ClientProcess first = ClientProcess.start(board)) {
                await().until(() -> Files.exists(board.file("second")));
                first.signal("KILL");
                first.result();
            }

            assertThat(ClientProcess.run(board).out()).startsWith("updated");
        }
    }

    /** Installed is installed. Whether a closed output can be written is up to what Java opened in its place: 0 or 74. */
    @ParameterizedTest
    @ValueSource(strings = {"exec \"$@\" <&- >&-", "exec \"$@\" <&- >&- 2>&-", "exec \"$@\" >/dev/full"})
    void closedInputAndOutputsAreNoHindrance(String line) throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).withScript("cat >stdin; echo out");

            try (ClientProcess client = ClientProcess.startByShell(board, line)) {
                assertThat(client.result().status()).isIn(0, 74);
                assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
                assertThat(board.file("stdin")).isEmptyFile();
                assertThat(board.installed()).isEqualTo("fw-2");
            }
        }
    }

    @Test
    void nameInAnyScriptIsKeptInAnyUtf8Locale() throws Exception {
        try (V1Server server = new V1Server(offer().withLatest("固件-2.tar.gz"))) {
            board.asking(server.address()).withScript("printf %s \"$1\" >seen");

            try (ClientProcess client = ClientProcess.start(board, ClientProcess.bare("LC_ALL", "C.UTF-8"))) {
                assertThat(client.result().status()).isZero();
                assertThat(board.file("seen"))
                        .hasContent(board.packages().resolve("固件-2.tar.gz").toString());
            }
        }
    }

    /** What cron leaves of an environment, started without the launcher, which sees to the locale. */
    @Test
    void nameThatTheLocaleCannotWriteIsExplained() throws Exception {
        try (V1Server server = new V1Server(offer().withLatest("固件-2.tar.gz"))) {
            board.asking(server.address());

            try (ClientProcess client = ClientProcess.start(board, ClientProcess.bare())) {
                Result result = client.result();

                assertThat(result.status()).isEqualTo(73);
                assertThat(result.err()).contains("set LC_ALL=C.UTF-8").doesNotContain("Exception");
            }
        }
    }

    @Test
    void stateIsKeptWhereSystemdSays() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address());

            try (ClientProcess client = ClientProcess.start(
                    board,
                    ClientProcess.bare("STATE_DIRECTORY", board.file("var").toString()))) {
                assertThat(client.result().status()).isZero();
                assertThat(board.file("var/state")).exists();
                assertThat(board.file(".ota-client")).doesNotExist();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"update", "refused", "no server", "json"})
    void tokenIsInNoOutput(String run) throws Exception {
        try (V1Server right = new V1Server(offer());
                V1Server wrong = new V1Server(V1Offer.of("another", "fw-2", PAYLOAD))) {
            board.asking((run.equals("update") ? right : wrong).address()).with("log_level", "debug");
            if (run.equals("no server")) {
                board.with("port", "1");
            }
            board.withScript("env", "cat /proc/$PPID/cmdline | tr '\\0' ' '");

            Result result = run.equals("json") ? ClientProcess.run(board, "--json") : ClientProcess.run(board);

            assertThat(result.all()).contains("[");
            assertThat(formsOf(Board.TOKEN))
                    .allSatisfy(form -> assertThat(result.all()).doesNotContain(form));
        }
    }

    @Test
    void debugLogHasEachMessage() throws Exception {
        try (V1Server server = new V1Server(offer())) {
            board.asking(server.address()).with("log_level", "debug");

            Result result = ClientProcess.run(board);

            assertThat(result.err())
                    .contains("[DEBUG]")
                    .contains("-> hello id=board-17")
                    .contains("-> handshake")
                    .contains("<- connected")
                    .contains("<- header latest=fw-2")
                    .contains("-> exit");
        }
    }

    private static V1Offer offer() {
        return V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD);
    }

    private static List<String> formsOf(String token) {
        byte[] bytes = token.getBytes(StandardCharsets.UTF_8);
        String base64 = Base64.getEncoder().withoutPadding().encodeToString(bytes);
        return List.of(
                token,
                token.substring(4),
                base64.substring(0, base64.length() - 1),
                HexFormat.of().formatHex(bytes),
                HexFormat.of().withUpperCase().formatHex(bytes),
                URLEncoder.encode(token, StandardCharsets.UTF_8));
    }
}
