package dev.otapair.server.session;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.Board;
import dev.otapair.protocol.message.Request.ExitRequest;
import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.HeaderRequest;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.message.Request.PackageRequest;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Request.ProofRequest;
import dev.otapair.protocol.message.Request.Range;
import dev.otapair.protocol.message.Response;
import dev.otapair.protocol.message.Response.BusyResponse;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.HeaderResponse;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.server.config.Offered;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.delta.Ability;
import dev.otapair.server.delta.Pair;
import dev.otapair.server.delta.PlanDesk;
import dev.otapair.server.release.SignedRelease;
import dev.otapair.server.store.StoredPackage;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Second phase of a session: answers what an admitted peer asks, by the configuration its connection began with. */
final class RequestHandler extends SimpleChannelInboundHandler<Request> implements Request.Visitor<Void> {
    static final String NAME = "request";

    /** How long a header may wait for digests before the board is told to come again. */
    private static final long HEADER_PATIENCE_MILLIS = 1000;

    private static final Duration RETRY_AFTER_DIGEST = Duration.ofSeconds(10);

    private final ServerConfig config;
    private final Commons commons;
    private final Challenge challenge;
    private final Clock clock;
    private ChannelHandlerContext ctx;
    private Optional<PayloadSender> last = Optional.empty();
    private Optional<Board> board = Optional.empty();

    /**
     * @param challenge knows who asks, in v2
     * @param clock what boards with a wrong clock are told
     */
    RequestHandler(ServerConfig config, Commons commons, Challenge challenge, Clock clock) {
        this.config = config;
        this.commons = commons;
        this.challenge = challenge;
        this.clock = clock;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    /** A package that was taken back is not sent to its end. */
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Withdrawals.Change.MADE
                && last.flatMap(PayloadSender::owed)
                        .filter(commons.withdrawals()::cover)
                        .isPresent()) {
            throw new OtaException(ErrorCode.PACKAGE_UNAVAILABLE, "the package was withdrawn while it was being sent");
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Request request) {
        request.accept(this);
    }

    @Override
    public Void visit(HandshakeRequest request) {
        throw secondHandshake(request);
    }

    @Override
    public Void visit(HelloRequest request) {
        throw secondHandshake(request);
    }

    @Override
    public Void visit(ProofRequest request) {
        throw secondHandshake(request);
    }

    @Override
    public Void visit(HeaderRequest request) {
        board = request.board();
        if (board.isPresent()) {
            describeOffer(board.get());
        } else {
            count(Peer.address(ctx.channel()));
            Optional<PackageName> latest = config.offers().of(Product.DEFAULT).map(Offered::name);
            answer(new HeaderResponse(latest.map(Offer::named), OptionalLong.empty()));
        }
        return null;
    }

    @Override
    public Void visit(PackageRequest request) {
        Product product = request.range().map(Range::product).orElse(Product.DEFAULT);
        Offered latest = offered(product);
        BodyPacing howPaced = request.range().isPresent() ? BodyPacing.IMMEDIATE : commons.pacing();
        open(latest, stored -> {
            PackageResponse announced = announcement(stored, request.range());
            noteDownload(request.range(), stored, latest);
            send(announced, Payload.of(stored, announced), howPaced, stored::release);
        });
        return null;
    }

    @Override
    public Void visit(PlanRequest request) {
        if (!config.deltas().isOn()) {
            throw new OtaException(ErrorCode.UNKNOWN_REQUEST, "a plan was asked for, and deltas = no");
        }
        Offered latest = offered(request.product());
        open(latest, stored -> {
            Content content = stored.content();
            stored.release();
            Optional<Digest> manifest = latest.release()
                    .flatMap(release -> release.metadata().manifest())
                    .map(Content::sha256);
            boolean isOffered = request.want().equals(content.sha256())
                    || manifest.filter(request.want()::equals).isPresent();
            if (isOffered) {
                findPlan(request, latest, content);
            } else {
                answer(PlanResponse.ofOther(manifest.orElse(content.sha256())));
            }
        });
        return null;
    }

    @Override
    public Void visit(ExitRequest request) {
        ctx.close();
        return null;
    }

    private void describeOffer(Board asking) {
        boolean isNews = commons.rollCall().heard(challenge.board(), asking);
        Optional<Offered> latest = config.offers().of(asking.product());
        boolean takesUnsigned =
                asking.standing().map(standing -> standing.keys() == 0).orElse(true);
        if (takesUnsigned) {
            count("board " + challenge.device());
        }
        Runnable told = () -> {
            if (!isNews) {
                commons.rollCall().answered(challenge.board(), asking, latest);
            }
        };
        if (latest.isEmpty()) {
            told.run();
            answer(new HeaderResponse(Optional.empty(), now(), config.pollInterval()));
            return;
        }
        Optional<SignedMetadata> signed = asking.standing()
                .flatMap(knowsReleases -> latest.get().release())
                .map(SignedRelease::signed);
        CompletableFuture<StoredPackage> opening = open(latest.get(), stored -> {
            told.run();
            describe(stored, signed);
        });
        Future<?> patience =
                ctx.executor().schedule(() -> giveUp(opening), HEADER_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        opening.whenComplete((stored, failure) -> patience.cancel(false));
    }

    private void describe(StoredPackage stored, Optional<SignedMetadata> signed) {
        Offer offer = new Offer(stored.name(), Optional.of(stored.content()), signed);
        answer(new HeaderResponse(Optional.of(offer), now(), config.pollInterval()));
        stored.release();
    }

    /** Boards that would install what nobody signed. */
    private void count(String board) {
        commons.unsigned().add(board);
    }

    private void giveUp(CompletableFuture<StoredPackage> opening) {
        if (opening.cancel(false) && isWanted()) {
            answer(new BusyResponse(RETRY_AFTER_DIGEST));
        }
    }

    /**
     * Opens a package off this thread and goes on with it on this thread.
     *
     * @return what can be cancelled as long as nothing was answered
     */
    private CompletableFuture<StoredPackage> open(Offered offered, Consumer<StoredPackage> next) {
        CompletableFuture<StoredPackage> answerable = new CompletableFuture<>();
        commons.packages()
                .open(config.offers().folder(), offered.name())
                .whenCompleteAsync(
                        (stored, failure) -> {
                            if (failure != null) {
                                boolean isDue = answerable.completeExceptionally(failure);
                                if (isDue && isWanted()) {
                                    ctx.fireExceptionCaught(cause(failure));
                                }
                            } else if (isWanted() && answerable.complete(stored)) {
                                goOn(offered, stored, next);
                            } else {
                                stored.release();
                            }
                        },
                        ctx.executor());
        return answerable;
    }

    /** A package that was published and is another one by now was damaged, or swapped: no board gets it. */
    private void goOn(Offered offered, StoredPackage stored, Consumer<StoredPackage> next) {
        try {
            if (!offered.isContent(stored.content())) {
                throw new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE,
                        "%s was changed or damaged since it was published: it is not handed out".formatted(offered));
            }
            requireNotWithdrawn(offered, stored.content());
            next.accept(stored);
        } catch (OtaException e) {
            stored.release();
            ctx.fireExceptionCaught(e);
        }
    }

    /** v1 gets all, with MD5. In v2 who asks for another content than there is now gets its identity, and no byte of it. */
    private static PackageResponse announcement(StoredPackage stored, Optional<Range> range) {
        if (range.isEmpty()) {
            return PackageResponse.whole(stored.name(), stored.size(), stored.md5());
        }
        boolean isOther = !range.get().sha256().equals(stored.sha256());
        long offset = isOther ? 0 : range.get().offset();
        if (offset > stored.size()) {
            throw new OtaException(
                    ErrorCode.MALFORMED_MESSAGE,
                    "package.offset is %d, beyond the %d bytes of %s".formatted(offset, stored.size(), stored.name()));
        }
        long length = isOther ? 0 : stored.size() - offset;
        return new PackageResponse(stored.name(), stored.size(), stored.sha256(), offset, length);
    }

    /** Who asks for another content than there is now is sent nothing. */
    private void noteDownload(Optional<Range> range, StoredPackage stored, Offered offered) {
        range.filter(asked -> asked.sha256().equals(stored.sha256()))
                .ifPresent(asked -> noteDownload(asked.product(), offered));
    }

    private void noteDownload(Product product, Offered offered) {
        board.filter(asking -> asking.product().equals(product))
                .ifPresent(asking -> commons.rollCall().asked(challenge.board(), asking, offered));
    }

    private void findPlan(PlanRequest request, Offered latest, Content content) {
        // Who only asks what it would cost is not kept waiting for that.
        Duration patience = request.offset().isPresent() ? config.deltas().patience() : Duration.ZERO;
        Pair pair = new Pair(request.want(), request.base(), Ability.of(request.codings()), request.damaged());
        commons.plans()
                .ask(new PlanDesk.Ask(config.deltas(), config.offers().folder(), pair, request.resumed(), patience))
                .whenCompleteAsync(
                        (found, failure) -> {
                            if (isWanted() && failure != null) {
                                ctx.fireExceptionCaught(cause(failure));
                            } else if (isWanted()) {
                                answerPlan(request, latest, content, found);
                            }
                        },
                        ctx.executor());
    }

    private void answerPlan(PlanRequest request, Offered latest, Content content, PlanDesk.Answer found) {
        try {
            requireNotWithdrawn(latest, content);
            if (found.plan().isEmpty()) {
                answer(new BusyResponse(found.retryAfter()));
                return;
            }
            PlanAnswer planned =
                    PlanAnswer.of(request, found.plan().get(), latest.name().value(), content, commons.plans());
            if (request.offset().isPresent()) {
                noteDownload(request.product(), latest);
            }
            send(planned.response(), planned.payload(), BodyPacing.IMMEDIATE, () -> {});
        } catch (OtaException e) {
            ctx.fireExceptionCaught(e);
        }
    }

    private Offered offered(Product product) {
        return config.offers()
                .of(product)
                .orElseThrow(() -> new OtaException(
                        ErrorCode.PACKAGE_UNAVAILABLE,
                        "a package was asked for, but none is on offer for product " + product));
    }

    private void requireNotWithdrawn(Offered offered, Content content) {
        if (commons.withdrawals().cover(content)) {
            throw new OtaException(
                    ErrorCode.PACKAGE_UNAVAILABLE, "%s was withdrawn since this session began".formatted(offered));
        }
    }

    private void send(Response announced, Payload payload, BodyPacing howPaced, Runnable release) {
        PayloadSender sender = new PayloadSender(ctx, payload, howPaced, config, commons.buffers(), release);
        last = Optional.of(sender);
        sender.announce();
        answer(announced);
        sender.start();
    }

    private void answer(Response response) {
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    private OptionalLong now() {
        return OptionalLong.of(clock.instant().getEpochSecond());
    }

    private boolean isWanted() {
        return !ctx.isRemoved() && ctx.channel().isActive();
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }

    private static OtaException secondHandshake(Request request) {
        return new OtaException(ErrorCode.UNEXPECTED_MESSAGE, "a second " + request + " came");
    }
}
