package dev.otapair.client;

import static dev.otapair.client.testing.ScriptedServer.announcement;
import static dev.otapair.client.testing.ScriptedServer.connected;
import static dev.otapair.client.testing.ScriptedServer.header;
import static dev.otapair.client.testing.ScriptedServer.legacy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.progress.LogProgress;
import dev.otapair.client.store.RunLock;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.client.testing.ScriptedServer;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.testing.FaultPlan;
import dev.otapair.protocol.testing.FaultProxy;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One run against a server on the wire, in this process: what it fetches, keeps, records and refuses. */
class UpdaterWireTest {
    private static final byte[] PAYLOAD = random(200_000);
    private static final String MD5_OF_HELLO = "5d41402abc4b2a76b9719d911017c592";

    @TempDir
    private Path folder;

    private Board board;

    @BeforeEach
    void makeBoard() {
        board = new Board(folder);
    }

    @Test
    void boardIsBroughtToWhatIsOnOffer() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            Outcome outcome = board.asking(server.address()).update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATED);
            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
            assertThat(board.kept()).containsExactly("fw-2");
            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @Test
    void requestsAfterTheHelloAreThoseOfV1() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.asking(server.address()).update();

            assertThat(server.requests().get(0))
                    .matches("\\{\"request\":\"handshake\",\"data\":\\{\"security\":\"\",\"v\":2,\"cn\":\"[\\w-]{22}\","
                            + "\"id\":\"board-17\",\"caps\":\\[\"resume\",\"plan\"]}}");
            assertThat(server.requests().subList(1, 4))
                    .containsExactly(
                            "{\"request\": \"handshake\", \"data\": {\"security\": \"" + Board.TOKEN + "\"}}",
                            "{\"request\": \"header\", \"data\": {}}",
                            "{\"request\": \"package\", \"data\": {}}");
        }
    }

    @Test
    void secondRunHasNothingToDo() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.asking(server.address()).withScript("echo ran >>runs").update();

            Outcome second = board.update();

            assertThat(second.result()).isEqualTo(Outcome.Result.UP_TO_DATE);
            assertThat(board.file("runs")).hasContent("ran");
        }
    }

    @Test
    void anotherNameIsAnUpdateWhicheverIsNewer() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-9", PAYLOAD))) {
            board.asking(server.address()).update();
            server.offer(V1Offer.of(Board.TOKEN, "fw-1", "older".getBytes(StandardCharsets.US_ASCII)));

            board.update();

            assertThat(board.installed()).isEqualTo("fw-1");
            assertThat(board.kept()).containsExactly("fw-1", "fw-9");
        }
    }

    @Test
    void seedIsWhatIsInstalledOnTheFirstRun() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            Outcome outcome =
                    board.asking(server.address()).with("latest", "fw-2").update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.UP_TO_DATE);
            assertThat(board.kept()).isEmpty();
        }
    }

    /** After the first run the client knows by itself what is installed: an edit of the seed changes nothing. */
    @Test
    void seedCountsOnTheFirstRunOnly() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.asking(server.address()).with("latest", "fw-2").update();

            board.with("latest", "fw-3");

            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @Test
    void checkFetchesNothingAndWritesNothing() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            Outcome outcome = board.asking(server.address()).updater().check();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.UPDATE_AVAILABLE);
            assertThat(outcome.offered()).contains(Offer.named(new PackageName("fw-2")));
            assertThat(board.tree()).isEmpty();
        }
    }

    @Test
    void nothingOnOfferIsNothingToDo() throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withLatest(""))) {
            Outcome outcome = board.asking(server.address()).update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.NOTHING_OFFERED);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void packageThatIsDeclinedIsNotFetched() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            List<String> asked = new ArrayList<>();
            Confirmation no = (installed, offered) -> {
                asked.add(installed + " -> " + offered);
                return false;
            };

            Outcome outcome = board.asking(server.address())
                    .with("latest", "fw-1")
                    .updater()
                    .update(no, LogProgress::new);

            assertThat(outcome.result()).isEqualTo(Outcome.Result.DECLINED);
            assertThat(asked).containsExactly("fw-1 -> fw-2");
            assertThat(board.kept()).isEmpty();
            assertThat(board.installed()).isEqualTo("fw-1");
        }
    }

    static Stream<byte[]> payloads() {
        return Stream.of(
                new byte[0],
                new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0},
                "{\"response\": \"error\", \"data\": {\"reason\": \"x\"}}".getBytes(StandardCharsets.US_ASCII),
                "\"quoted\"".getBytes(StandardCharsets.US_ASCII),
                "}}}}".getBytes(StandardCharsets.US_ASCII),
                " \n\t".getBytes(StandardCharsets.US_ASCII),
                PAYLOAD);
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void packageMayBeginWithAnyByte(byte[] payload) throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", payload))) {
            board.asking(server.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(payload);
        }
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void packageMayComeInOneWriteWithItsAnnouncement(byte[] payload) throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", payload).withPayloadJoined())) {
            board.asking(server.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(payload);
        }
    }

    @Test
    void streamMayComeByteByByte() throws IOException {
        byte[] payload = random(3000);
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", payload));
                FaultProxy slow = new FaultProxy(
                        server.address(), FaultPlan.none(), FaultPlan.none().byteByByte())) {
            board.asking(slow.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(payload);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"固件 1.4.0 (测试).tar.gz", "it's \"odd\" $(x) `y` ;&|.tgz", "-rf", "~root", "é\uD83D\uDE80"})
    void nameMayBeAnyPlainFileName(String name) throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, name, PAYLOAD))) {
            board.asking(server.address())
                    .withScript("printf %s \"$OTA_NAME\" >seen")
                    .update();

            assertThat(board.kept()).containsExactly(name);
            assertThat(board.installed()).isEqualTo(name);
            assertThat(board.file("seen")).hasContent(name);
        }
    }

    /** The offer was changed between the two answers: what came is what counts. */
    @Test
    void nameOfTheAnnouncementIsTheOneThatIsKept() throws IOException {
        try (ScriptedServer server = new ScriptedServer(
                legacy(), connected(), header("fw-2"), announcement("fw-3", "5", MD5_OF_HELLO) + "hello")) {
            Outcome outcome = board.asking(server.address()).update();

            assertThat(outcome.offered()).contains(Offer.named(new PackageName("fw-3")));
            assertThat(board.kept()).containsExactly("fw-3");
            assertThat(board.installed()).isEqualTo("fw-3");
        }
    }

    @Test
    void announcementOfWhatIsInstalledIsNotFetched() throws IOException {
        try (ScriptedServer server = new ScriptedServer(
                legacy(), connected(), header("fw-2"), announcement("fw-1", "5", MD5_OF_HELLO) + "hello")) {
            Outcome outcome =
                    board.asking(server.address()).with("latest", "fw-1").update();

            assertThat(outcome.result()).isEqualTo(Outcome.Result.UP_TO_DATE);
            assertThat(board.kept()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "..",
                ".",
                "a/b",
                "/etc/passwd",
                ".part-5d41402abc4b2a76b9719d911017c592",
                ".hidden",
                "current",
                "previous",
                "releases",
                "a\\\\b",
                "a\\u0000b",
                "a\\nb",
                "\\u001b[2Jx",
                "a\\u202eb",
                " a",
                "a "
            })
    void hostileNameIsRefusedInHeaderAndAnnouncement(String name) throws IOException {
        try (ScriptedServer inHeader = new ScriptedServer(
                        legacy(), connected(), header(name), announcement("fw-2", "5", MD5_OF_HELLO) + "hello");
                ScriptedServer inAnnouncement = new ScriptedServer(
                        legacy(), connected(), header("fw-2"), announcement(name, "5", MD5_OF_HELLO) + "hello")) {
            ErrorCode first = fail(inHeader.address()).code();
            ErrorCode second = fail(inAnnouncement.address()).code();

            assertThat(List.of(first, second)).allMatch(code -> code.exitStatus() == 76);
            assertThat(board.tree())
                    .containsExactly(
                            ".ota-client", ".ota-client/lock", ".ota-client/report", ".ota-client/state", "packages");
        }
    }

    @Test
    void nameOf300CharactersIsRefused() throws IOException {
        try (ScriptedServer server = new ScriptedServer(legacy(), connected(), header("n".repeat(300)))) {
            assertThat(fail(server.address()).code().exitStatus()).isEqualTo(76);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1e9", "12abc", "", " 5", "5 ", "0x5", "+5", "9223372036854775808", "٥", "5.0"})
    void hostileSizeIsRefused(String size) throws IOException {
        try (ScriptedServer server = new ScriptedServer(
                legacy(), connected(), header("fw-2"), announcement("fw-2", size, MD5_OF_HELLO) + "hello")) {
            assertThat(fail(server.address()).code().exitStatus()).isEqualTo(76);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void sizeThatNoDiskHasIsRefusedBeforeAByteIsTaken() throws IOException {
        try (ScriptedServer server = new ScriptedServer(
                legacy(),
                connected(),
                header("fw-2"),
                announcement("fw-2", "999999999999999999", MD5_OF_HELLO) + "hello")) {
            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void packageAboveTheLimitIsRefused() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.with("max_package_size", "199999");

            OtaException failure = fail(server.address());

            assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_TOO_LARGE);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void wrongDigestLeavesNothing() throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withMd5(MD5_OF_HELLO))) {
            board.withScript(":>seen");

            OtaException failure = fail(server.address());

            assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            assertThat(board.kept()).isEmpty();
            assertThat(board.installed()).isEmpty();
            assertThat(board.file("seen")).doesNotExist();
        }
    }

    @Test
    void digestOfAnotherFormIsRefused() throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withMd5("../../../../etc/passwd-0123456789"))) {
            assertThat(fail(server.address()).code().exitStatus()).isEqualTo(76);
        }
    }

    @Test
    void fewerBytesThanAnnouncedAreALostConnection() throws IOException {
        try (V1Server server = new V1Server(
                V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withSize("200001").withFinAfter(PAYLOAD.length))) {
            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.CONNECTION_LOST);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void moreBytesThanAnnouncedAreNotTaken() throws IOException {
        try (ScriptedServer server = new ScriptedServer(
                legacy(), connected(), header("fw-2"), announcement("fw-2", "5", MD5_OF_HELLO) + "hello, more")) {
            board.asking(server.address()).update();

            assertThat(board.packages().resolve("fw-2")).hasContent("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000, 199_999})
    void serverThatDiesByFinInMidPackageLeavesNothing(long bytes) throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withFinAfter(bytes))) {
            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.CONNECTION_LOST);
            assertThat(board.kept()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 100_000, 199_999})
    void serverThatDiesByResetInMidPackageLeavesNothing(long bytes) throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withResetAfter(bytes))) {
            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.CONNECTION_LOST);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void serverThatFallsSilentInMidPackageLeavesNothing() throws IOException {
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withSilenceAfter(100_000))) {
            board.with("read_timeout", "1");

            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.TIMED_OUT);
            assertThat(board.kept()).isEmpty();
        }
    }

    @Test
    void serverThatNeverAnswersTheTokenIsGivenUp() throws IOException {
        try (ScriptedServer server = new ScriptedServer(legacy())) {
            board.with("handshake_timeout", "1");

            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
    }

    @Test
    void serverThatNeverAnswersTheHelloIsGivenUp() throws IOException {
        try (ScriptedServer server = new ScriptedServer()) {
            board.with("response_timeout", "1");

            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
    }

    @Test
    void serverThatNeverAnswersARequestIsGivenUp() throws IOException {
        try (ScriptedServer server = new ScriptedServer(legacy(), connected())) {
            board.with("response_timeout", "1");

            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.TIMED_OUT);
        }
    }

    @Test
    void boardGoesOnWithTheOldReleaseAfterAFailure() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-1", PAYLOAD))) {
            board.asking(server.address()).update();
            server.offer(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withFinAfter(5));

            fail(server.address());

            assertThat(board.installed()).isEqualTo("fw-1");
            assertThat(board.kept()).containsExactly("fw-1");
        }
    }

    @Test
    void wrongTokenIsRefused() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of("another", "fw-2", PAYLOAD))) {
            OtaException failure = fail(server.address());

            assertThat(failure.code()).isEqualTo(ErrorCode.SECRET_REJECTED);
            assertThat(failure.getMessage()).doesNotContain(Board.TOKEN);
        }
    }

    @Test
    void portWithoutAServerIsUnreachable() throws IOException {
        InetSocketAddress nobody;
        try (ServerSocket closing = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = new InetSocketAddress("127.0.0.1", closing.getLocalPort());
        }

        assertThat(fail(nobody).code()).isEqualTo(ErrorCode.UNREACHABLE);
    }

    @Test
    void nameWithoutAnAddressIsUnreachable() throws IOException {
        board.with("server", "no-such-host.invalid");

        OtaException failure = catchThrowableOfType(OtaException.class, board::update);

        assertThat(failure.code()).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(failure).hasMessageContaining("no-such-host.invalid");
    }

    @Test
    void anotherProgramAtThePortIsAProtocolError() throws IOException {
        try (ScriptedServer http = new ScriptedServer("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")) {
            assertThat(fail(http.address()).code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        }
    }

    @Test
    void endlessMessageIsRefused() throws IOException {
        try (ScriptedServer server = new ScriptedServer("{\"response\": \"" + "x".repeat(100_000))) {
            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.MALFORMED_MESSAGE);
        }
    }

    @Test
    void serverMayBeAskedByIpv6() throws IOException {
        Optional<ScriptedServer> listening =
                onIpv6(legacy(), connected(), header("fw-2"), announcement("fw-2", "5", MD5_OF_HELLO) + "hello");
        Assumptions.assumeTrue(listening.isPresent(), "this machine has no ::1");

        try (ScriptedServer server = listening.get()) {
            board.asking(server.address()).update();

            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @Test
    void longestTimesAreAccepted() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            for (String key : List.of("connect_timeout", "handshake_timeout", "response_timeout", "read_timeout")) {
                board.with(key, "366d");
            }

            board.asking(server.address())
                    .with("script_timeout", "366d")
                    .withScript(":")
                    .update();

            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "state_dir"})
    void folderThatCannotBeWrittenIsToldBeforeConnecting(String key) throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            Files.createFile(board.file("file"));
            board.with(key, "file/folder");

            OtaException failure = fail(server.address());

            assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
            assertThat(failure).hasMessageContaining(key).hasMessageContaining("file/folder");
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    void runBesideAnotherOneSaysSoAtOnce() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            Path state = Files.createDirectories(board.file(".ota-client"));
            try (RunLock other = RunLock.tryTake(state).orElseThrow()) {
                long start = System.nanoTime();

                Outcome outcome = board.asking(server.address()).update();

                assertThat(outcome.result()).isEqualTo(Outcome.Result.ALREADY_RUNNING);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
                assertThat(server.connections()).isZero();
                assertThat(other).isNotNull();
            }
        }
    }

    @Test
    void failedScriptLeavesTheReleaseUnrecorded() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.with("latest", "fw-1").withScript("exit 1");

            OtaException failure = fail(server.address());

            assertThat(failure.code()).isEqualTo(ErrorCode.SCRIPT_FAILED);
            assertThat(board.installed()).isEqualTo("fw-1");
            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        }
    }

    @Test
    void deferredScriptLeavesTheReleaseUnrecorded() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.withScript("exit 75");

            assertThat(fail(server.address()).code()).isEqualTo(ErrorCode.SCRIPT_DEFERRED);
            assertThat(board.installed()).isEmpty();
        }
    }

    /** The gap is long: a client that waited for the payload would get it, and be slow. */
    @Test
    void runAfterAFailedScriptInstallsWithoutFetchingAgain() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD));
                FaultProxy counter = new FaultProxy(server.address(), FaultPlan.none(), FaultPlan.none())) {
            board.withScript("exit 1");
            fail(server.address());
            server.offer(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD).withGap(Duration.ofSeconds(5)));

            board.asking(counter.address()).withScript("exit 0").update();

            assertThat(counter.passedToClient()).isLessThan(1000);
            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @Test
    void packageThatWasDamagedOnTheDiskIsFetchedAgain() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.withScript("exit 1");
            fail(server.address());
            byte[] damaged = PAYLOAD.clone();
            damaged[77_777] ^= 1;
            Files.write(board.packages().resolve("fw-2"), damaged);

            board.withScript("exit 0").update();

            assertThat(board.packages().resolve("fw-2")).hasBinaryContent(PAYLOAD);
        }
    }

    @Test
    void damagedStateMeansThatTheOfferIsInstalledAgain() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            board.asking(server.address()).withScript("echo ran >>runs").update();
            Files.writeString(board.file(".ota-client/state"), "garbage");

            board.update();

            assertThat(board.file("runs")).hasContent("ran\nran");
            assertThat(board.installed()).isEqualTo("fw-2");
        }
    }

    @Test
    void configIsNeverWritten() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD))) {
            byte[] before = Files.readAllBytes(
                    board.asking(server.address()).with("latest", "fw-1").writeConfig());

            board.update();

            assertThat(board.file("config.ini")).hasBinaryContent(before);
        }
    }

    @Test
    void downloadIsLoggedByTenths() throws IOException {
        try (V1Server server = new V1Server(V1Offer.of(Board.TOKEN, "fw-2", PAYLOAD));
                ErrorOutput log = new ErrorOutput()) {
            board.asking(server.address()).update();

            assertThat(log.lines()).anyMatch(line -> line.endsWith("fw-2: 100 %, 200000 of 200000 bytes"));
            assertThat(log.lines()).filteredOn(line -> line.contains(" %, ")).hasSizeLessThanOrEqualTo(10);
        }
    }

    private OtaException fail(InetSocketAddress server) {
        board.asking(server);
        return catchThrowableOfType(OtaException.class, board::update);
    }

    private static Optional<ScriptedServer> onIpv6(String... answers) throws IOException {
        try {
            return Optional.of(new ScriptedServer(InetAddress.getByName("::1"), answers));
        } catch (SocketException e) {
            return Optional.empty();
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
