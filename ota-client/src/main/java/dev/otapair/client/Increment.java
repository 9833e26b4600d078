package dev.otapair.client;

import dev.otapair.client.session.Visit.Decision;
import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.store.PieceStream;
import dev.otapair.client.store.PlanFile;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.PlanRequest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.message.Response.PlanResponse;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;

/**
 * What is missing of a release, in place of all of it: asked for, kept as it comes, and put together with what the board has. Whatever
 * does not come out as it should is asked for once more, with what is damaged here, and then given up: the whole package is fetched in the
 * same run. One run; not thread-safe.
 *
 * @see "docs/increments.md, section 3: On the board"
 */
final class Increment implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Increment.class);

    /** How often a plan may be built, and fail: each time more of what is here is known to be damaged. */
    private static final int MAX_BUILDS = 3;

    /** How often a server may be asked for one in vain: it is silent, makes it still, or plans something else than it offers. */
    private static final int MAX_UNANSWERED = 3;

    /** How often this way may be given up in a run, for whatever offers: a run ends. */
    private static final int MAX_GIVEN_UP = 3;

    /** How often a run comes again to a server that is making a plan still: it says itself when, mostly in half a minute. */
    private static final int MAX_WAITS = 10;

    private static final Set<ErrorCode> SIGNALS =
            Set.of(ErrorCode.HUNG_UP, ErrorCode.INTERRUPTED, ErrorCode.TERMINATED);

    /** What is here of other plans saves another connection only from there on. */
    private static final long WORTH_ASKING = 64 * 1024;

    private final Product product;
    private final Aims aims;
    private final PieceFolder pieces;
    private final PlanFile file;
    private Optional<Aim> aim = Optional.empty();
    private Optional<PackageResponse> whole = Optional.empty();
    private Optional<Plan> plan = Optional.empty();
    private ObjectNumbers damaged = ObjectNumbers.NONE;
    private Optional<PlanBody> body = Optional.empty();
    private Optional<PieceStream> stream = Optional.empty();
    private long here;
    private Optional<Change> change = Optional.empty();
    private boolean isLooked;
    private int builds;
    private int unanswered;
    private int waits;
    private int givenUp;

    /**
     * @param aims what there is to build on
     * @param pieces what has come
     * @param file the plan that they belong to
     */
    Increment(Product product, Aims aims, PieceFolder pieces, PlanFile file) {
        this.product = product;
        this.aims = aims;
        this.pieces = pieces;
        this.file = file;
    }

    /**
     * Takes aim at an offer; keeps the aim where it is the same one.
     *
     * @param verified what its publisher says; empty where nobody trusted has signed that
     */
    void aim(Offer offer, Optional<ReleaseMetadata> verified) {
        if (whole.equals(offer.whole())) {
            return;
        }
        whole = offer.whole();
        aim = Optional.empty();
        plan = Optional.empty();
        damaged = ObjectNumbers.NONE;
        isLooked = false;
        builds = 0;
        unanswered = 0;
        if (givenUp < MAX_GIVEN_UP) {
            succeeds(() -> {
                aim = whole.flatMap(each -> aims.at(each, verified));
                aim.ifPresent(this::goOn);
                return true;
            });
        }
    }

    /** Nothing that goes wrong on this way may keep the board from the package; only being told to end is another matter. */
    private boolean succeeds(BooleanSupplier work) {
        try {
            return work.getAsBoolean();
        } catch (OtaException e) {
            if (SIGNALS.contains(e.code())) {
                throw e;
            }
            giveUp(e.getMessage());
        } catch (UncheckedIOException e) {
            giveUp("what the board has cannot be read: " + FileFault.why(e.getCause()));
        } catch (OutOfMemoryError e) {
            giveUp("this board's memory is too small for what is missing");
        } catch (RuntimeException e) {
            LOG.warn("A defect of the client; please report the lines below", e);
            giveUp("what is missing cannot be used, by a defect of the client");
        }
        return false;
    }

    /** Goes on where an earlier run was cut. */
    private void goOn(Aim at) {
        plan = file.read()
                .filter(known -> known.want().equals(at.want()) && known.base().equals(at.base()) && at.isKnown());
        here = plan.map(pieces::offsetOf).orElse(0L);
    }

    /**
     * Says whether this way is open. Looks at what is here first, where that is to be named: not before what is not needed any more was
     * removed, since files that it shared look changed then.
     */
    boolean isOpen() {
        if (aim.isPresent() && unanswered >= MAX_UNANSWERED) {
            giveUp("%d questions for a plan had no answer".formatted(unanswered));
        }
        return aim.isPresent() && succeeds(this::look);
    }

    private boolean look() {
        if (plan.isEmpty() && !isLooked) {
            damaged = aim.orElseThrow().damaged();
            isLooked = true;
        }
        return true;
    }

    /** Says whether all has come, and is to be put together. */
    boolean isWhole() {
        return aim.isPresent() && plan.filter(known -> here == known.length()).isPresent();
    }

    /** Returns what to ask; only while it is open. */
    PlanRequest request() {
        Aim at = aim.orElseThrow();
        body = Optional.empty();
        unanswered++;
        here = plan.map(pieces::offsetOf).orElse(0L);
        boolean isKnownBase = damaged.fits();
        return new PlanRequest(
                product,
                at.want(),
                at.base().filter(base -> isKnownBase),
                at.base().isPresent() && isKnownBase ? damaged : ObjectNumbers.NONE,
                Aim.CODINGS,
                plan.map(Plan::id),
                OptionalLong.of(here));
    }

    /**
     * The server has asked to come again later.
     *
     * @return whether it is asked again because it makes what is missing, which is worth some time; not for ever
     */
    boolean isWorthWaiting() {
        boolean isMaking = aim.isPresent() && unanswered > 0 && waits < MAX_WAITS;
        if (isMaking) {
            waits++;
            unanswered--;
        }
        return isMaking;
    }

    /** Looks at what the server has planned. */
    Decision planned(PlanResponse announced) {
        Aim at = aim.orElseThrow();
        if (!announced.want().equals(at.want())) {
            LOG.info("The offer has changed to another content");
            return Decision.ASK_AGAIN;
        }
        boolean isKnown = plan.map(Plan::id).filter(announced.id()::equals).isPresent();
        long expected = isKnown ? here : 0;
        boolean isAsAsked = announced.offset() == expected
                && announced.length() == announced.size() - expected
                && isKnown == announced.body().isEmpty()
                && (!isKnown || announced.size() == plan.orElseThrow().length());
        if (!isAsAsked || announced.body().filter(PlanBody::isTooLarge).isPresent()) {
            giveUp("the server announces '%s', asked was for what is missing from byte %d on"
                    .formatted(LogText.ofPeer(announced.toString()), expected));
            return Decision.LEAVE;
        }
        if (announced.size() >= whole.orElseThrow().size()) {
            giveUp("what is missing has %d bytes, the package %d"
                    .formatted(announced.size(), whole.orElseThrow().size()));
            return Decision.LEAVE;
        }
        if (announced.size() > aims.room()) {
            giveUp("%d bytes are missing, and there is room for %d".formatted(announced.size(), aims.room()));
            return Decision.LEAVE;
        }
        change = Optional.of(announced.change());
        body = announced.body().map(coming -> new PlanBody(announced, coming));
        boolean isReceived = !isKnown || succeeds(() -> receiveFrom(plan.orElseThrow(), here));
        return isReceived ? Decision.RECEIVE : Decision.LEAVE;
    }

    private boolean receiveFrom(Plan followed, long offset) {
        stream = Optional.of(pieces.receive(followed, offset));
        unanswered = 0;
        return true;
    }

    /**
     * Takes what has come.
     *
     * @return whether the rest is wanted
     */
    boolean payload(ByteBuffer bytes) {
        if (body.isPresent()) {
            body.get().take(bytes);
            if (!body.get().isWhole()) {
                return true;
            }
            boolean isFollowed = follow(body.get());
            body = Optional.empty();
            if (!isFollowed) {
                return false;
            }
        }
        return !bytes.hasRemaining() || succeeds(() -> receive(bytes));
    }

    /** Returns whether what follows now is what is missing. */
    private boolean follow(PlanBody coming) {
        return succeeds(() -> {
            Plan read = coming.read(aim.orElseThrow());
            file.write(read);
            pieces.keep(List.of(read));
            plan = Optional.of(read);
            here = pieces.offsetOf(read);
            aim.orElseThrow().requireRoom(read, aims.room() - (read.length() - here));
            // Where pieces of an earlier plan are here, the rest is asked for from there on.
            return here < WORTH_ASKING && receiveFrom(read, 0);
        });
    }

    private boolean receive(ByteBuffer bytes) {
        PieceStream coming = stream.orElseThrow();
        coming.append(bytes);
        here = Math.max(here, coming.offset());
        return true;
    }

    /** Returns how many bytes of the plan's pieces are here. */
    long received() {
        return here;
    }

    /** Returns what it does to the board's files; empty where no server has said. */
    Optional<Change> change() {
        return change;
    }

    /**
     * Puts together what has come.
     *
     * @return whether the release is in its place now; if not, something else is to be asked for
     * @throws OtaException the signal's code
     */
    boolean build() {
        closeStream();
        return aim.isPresent() && succeeds(this::isBuiltNow);
    }

    private boolean isBuiltNow() {
        here = plan.map(pieces::offsetOf).orElse(0L);
        if (!isWhole()) {
            return false;
        }
        builds++;
        ObjectNumbers bad = aim.orElseThrow().build(plan.orElseThrow(), pieces);
        if (bad.isEmpty()) {
            drop();
            return true;
        }
        if (builds >= MAX_BUILDS) {
            giveUp("what is here is damaged");
            return false;
        }
        damaged = damaged.with(bad);
        LOG.warn("Files here are damaged: objects {}; asking for them too", damaged);
        plan = Optional.empty();
        file.clear();
        return false;
    }

    /**
     * A connection has failed in a way that another one does not cure.
     *
     * @return whether this way was being tried, and is given up
     */
    boolean failed(OtaException failure) {
        boolean isBeingTried = aim.isPresent() && unanswered > 0;
        if (isBeingTried) {
            giveUp(failure.getMessage());
        }
        return isBeingTried;
    }

    /** Says whether what has come is of use to the next connection: the plan itself comes whole or not at all. */
    boolean canResume() {
        return plan.isPresent();
    }

    /** From now on the whole package is fetched. */
    void giveUp(String why) {
        LOG.warn("{}; fetching the whole package", why);
        givenUp++;
        aim = Optional.empty();
        change = Optional.empty();
        drop();
    }

    /** Removes what is here of a release that is not whole. */
    void drop() {
        closeStream();
        plan = Optional.empty();
        body = Optional.empty();
        here = 0;
        file.clear();
        pieces.keep(List.of());
    }

    /** What has come stays. */
    @Override
    public void close() {
        closeStream();
    }

    private void closeStream() {
        stream.ifPresent(PieceStream::close);
        stream = Optional.empty();
    }

    /** Says whether a release was put together here, and is in its place. */
    boolean isBuilt(PackageResponse other) {
        return aims.isBuilt(other);
    }
}
