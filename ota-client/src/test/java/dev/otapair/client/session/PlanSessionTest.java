package dev.otapair.client.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The rows of {@link ClientSession}'s table that are about plans. */
class PlanSessionTest {
    private static final Digest SHA256 = new Digest(Digest.Algorithm.SHA256, "0123456789abcdef".repeat(4));
    private static final PackageName NAME = new PackageName("fw-2");
    private static final HeaderResponse HEADER =
            new HeaderResponse(Optional.of(Offer.unsigned(NAME, new Content(60_000, SHA256))), OptionalLong.of(7));
    private static final PlanResponse PLAN =
            new PlanResponse(SHA256, SHA256, 6, new Change(0, 1, 0), Optional.empty(), 0, 6);
    private static final ErrorResponse NONE = new ErrorResponse(ErrorCode.PACKAGE_UNAVAILABLE.reason(), false);

    private final SessionCodec codec = SessionCodec.ofClient(new MessageCodec());
    private final RecordingLine line = new RecordingLine(codec);
    private final ProvingServer server = new ProvingServer("zebra");
    private final PlanVisit visit = new PlanVisit();

    @Test
    void planIsAskedForWhereTheServerKnowsPlans() {
        ClientSession session = offered();

        assertThat(line.drain()).containsExactly("send plan", "expect 5");
        assertThat(visit.features).contains(Feature.PLAN);

        session.received(PLAN);
        session.payload(bytes("abc"), false);
        session.payload(bytes("def"), true);

        assertThat(visit.events).containsExactly("planned", "payload abc", "payload def");
        assertThat(line.drain()).endsWith("send exit", "over");
    }

    @Test
    void visitThatHasEnoughEndsTheSessionWithoutAWord() {
        ClientSession session = offered();
        session.received(PLAN);
        visit.wantsMore = false;
        line.drain();

        session.payload(bytes("abc"), false);
        session.payload(bytes("def"), true);
        session.closed();

        assertThat(visit.events).containsExactly("planned", "payload abc");
        assertThat(line.drain()).containsExactly("over");
    }

    @Test
    void serverWithoutAPlanIsAskedForThePackage() {
        ClientSession session = offered();
        line.drain();

        session.received(NONE);

        assertThat(line.drain()).containsExactly("send package", "expect 5");
        session.received(PackageResponse.whole(NAME, 6, SHA256));
        assertThat(visit.events).containsExactly("unplanned false", "announced");
    }

    /** Only a plan may be missing: of a package the same words are a failure. */
    @Test
    void serverWithoutThePackageEitherIsLeft() {
        ClientSession session = offered();
        session.received(NONE);

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(NONE));

        assertThat(failure.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE);
    }

    @Test
    void planThatIsBeingMadeIsWaitedFor() {
        ClientSession session = offered();

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> session.received(new BusyResponse(Duration.ofSeconds(17))));

        assertThat(failure.code()).isEqualTo(ErrorCode.SERVER_BUSY);
        assertThat(visit.events).containsExactly("unplanned true");
    }

    /** A check says what it knows. */
    @Test
    void planThatIsBeingMadeIsDoneWithoutByWhoOnlyAsks() {
        visit.onlyAsks = true;
        ClientSession session = offered();
        line.drain();

        session.received(new BusyResponse(Duration.ofSeconds(17)));

        assertThat(line.drain()).containsExactly("send exit", "over");
    }

    @Test
    void planThatNobodyAskedForIsUnexpected() {
        visit.wantsPlan = false;
        ClientSession session = offered();

        OtaException failure = catchThrowableOfType(OtaException.class, () -> session.received(PLAN));

        assertThat(failure.code()).isEqualTo(ErrorCode.UNEXPECTED_MESSAGE);
    }

    @Test
    void packageInPlaceOfAPlanIsUnexpected() {
        ClientSession session = offered();

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> session.received(PackageResponse.whole(NAME, 6, SHA256)));

        assertThat(failure.code()).isEqualTo(ErrorCode.UNEXPECTED_MESSAGE);
    }

    @Test
    void lineThatBreaksSaysHowFarThePlanHasCome() {
        ClientSession session = offered();
        session.received(PLAN);
        session.payload(bytes("abc"), false);

        OtaException failure = catchThrowableOfType(OtaException.class, session::closed);

        assertThat(failure).hasMessageContaining("3 of 6 bytes");
    }

    private ClientSession offered() {
        ClientSession session = new ClientSession(
                Known.allowingLegacy(),
                new ClientSession.Timeouts(Duration.ofSeconds(3), Duration.ofSeconds(5), Duration.ofSeconds(7)),
                visit,
                codec,
                line);
        session.connected();
        session.received(server.challenge(line, codec));
        session.received(server.connected());
        line.drain();
        session.received(HEADER);
        return session;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Wants a plan until there is none. */
    private static final class PlanVisit implements Visit {
        private final List<String> events = new ArrayList<>();
        private Set<Feature> features = Set.of();
        private boolean wantsPlan = true;
        private boolean wantsMore = true;
        private boolean onlyAsks;

        @Override
        public Board board() {
            return new Board(Product.DEFAULT, Optional.empty(), Optional.empty());
        }

        @Override
        public boolean offered(HeaderResponse header) {
            return true;
        }

        @Override
        public Optional<Request> wanted(Set<Feature> agreed) {
            features = agreed;
            if (onlyAsks && !wantsPlan) {
                return Optional.empty();
            }
            Request plan = new PlanRequest(
                    Product.DEFAULT,
                    SHA256,
                    Optional.empty(),
                    ObjectNumbers.NONE,
                    Set.of("zstd"),
                    Optional.empty(),
                    OptionalLong.of(0));
            return Optional.of(
                    wantsPlan ? plan : new PackageRequest(Optional.of(new Range(Product.DEFAULT, SHA256, 0))));
        }

        @Override
        public Decision announced(PackageResponse announced) {
            events.add("announced");
            return Decision.RECEIVE;
        }

        @Override
        public Decision planned(PlanResponse announced) {
            events.add("planned");
            return Decision.RECEIVE;
        }

        @Override
        public boolean unplanned(boolean isComing) {
            events.add("unplanned " + isComing);
            wantsPlan = false;
            return !isComing || onlyAsks;
        }

        @Override
        public boolean payload(ByteBuffer bytes) {
            events.add("payload " + StandardCharsets.US_ASCII.decode(bytes));
            return wantsMore;
        }
    }
}
