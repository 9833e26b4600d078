package dev.otapair.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SessionLimitTest {
    private static final Executor AT_ONCE = Runnable::run;

    private final List<String> admitted = new ArrayList<>();

    private SessionLimit.Place enter(SessionLimit limit, String who) {
        return limit.enter(AT_ONCE, () -> admitted.add(who));
    }

    @Test
    void placesAreTakenAtOnceWhileThereAreSome() {
        SessionLimit limit = new SessionLimit(2);

        enter(limit, "a");
        enter(limit, "b");
        enter(limit, "c");

        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void firstComeIsFirstServed() {
        SessionLimit limit = new SessionLimit(1);
        SessionLimit.Place a = enter(limit, "a");
        SessionLimit.Place b = enter(limit, "b");
        enter(limit, "c");

        a.leave();
        b.leave();

        assertThat(admitted).containsExactly("a", "b", "c");
    }

    @Test
    void whoComesWhenAPlaceIsFreeDoesNotOvertake() {
        SessionLimit limit = new SessionLimit(1);
        SessionLimit.Place a = enter(limit, "a");
        enter(limit, "b");

        a.leave();
        enter(limit, "c");

        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void morePlacesAdmitThoseThatWait() {
        SessionLimit limit = new SessionLimit(1);
        enter(limit, "a");
        enter(limit, "b");
        enter(limit, "c");

        limit.resize(2);

        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void fewerPlacesTakeNoneAway() {
        SessionLimit limit = new SessionLimit(3);
        SessionLimit.Place a = enter(limit, "a");
        SessionLimit.Place b = enter(limit, "b");
        enter(limit, "c");
        enter(limit, "d");

        limit.resize(1);
        a.leave();
        b.leave();

        assertThat(admitted).containsExactly("a", "b", "c");
    }

    @Test
    void fewerPlacesAdmitAgainBelowTheNewLimit() {
        SessionLimit limit = new SessionLimit(2);
        SessionLimit.Place a = enter(limit, "a");
        SessionLimit.Place b = enter(limit, "b");
        enter(limit, "c");
        limit.resize(1);

        a.leave();
        b.leave();

        assertThat(admitted).containsExactly("a", "b", "c");
    }

    @Test
    void leavingTwiceFreesOnePlace() {
        SessionLimit limit = new SessionLimit(1);
        SessionLimit.Place a = enter(limit, "a");
        enter(limit, "b");
        enter(limit, "c");

        a.leave();
        a.leave();

        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void whoLeavesWhileWaitingIsPassedOver() {
        SessionLimit limit = new SessionLimit(1);
        SessionLimit.Place a = enter(limit, "a");
        SessionLimit.Place b = enter(limit, "b");
        enter(limit, "c");

        b.leave();
        a.leave();

        assertThat(admitted).containsExactly("a", "c");
    }

    @Test
    void whoLeavesWhileWaitingFreesNoPlace() {
        SessionLimit limit = new SessionLimit(1);
        enter(limit, "a");
        SessionLimit.Place b = enter(limit, "b");
        enter(limit, "c");

        b.leave();

        assertThat(admitted).containsExactly("a");
    }

    @Test
    void whoIsGoneWhenAdmittedHandsThePlaceOn() {
        SessionLimit limit = new SessionLimit(1);
        List<Runnable> later = new ArrayList<>();
        SessionLimit.Place a = enter(limit, "a");
        SessionLimit.Place b = limit.enter(later::add, () -> admitted.add("b"));
        enter(limit, "c");
        a.leave();

        b.leave();

        assertThat(later).hasSize(1);
        assertThat(admitted).containsExactly("a", "c");
    }

    @Test
    void tenThousandWaitAndLeaveInAnyOrderInNoTime() {
        SessionLimit limit = new SessionLimit(1);
        SessionLimit.Place first = enter(limit, "first");
        List<SessionLimit.Place> waiting = IntStream.range(0, 10_000)
                .mapToObj(number -> enter(limit, "waiter " + number))
                .toList();

        org.junit.jupiter.api.Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            for (int i = 9_999; i > 0; i--) {
                waiting.get(i).leave();
            }
        });
        first.leave();

        assertThat(admitted).containsExactly("first", "waiter 0");
    }

    @Test
    @Timeout(20)
    void neverMoreThanTheLimitWhileThreadsComeAndGo() throws Exception {
        SessionLimit limit = new SessionLimit(3);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch served = new CountDownLatch(2_000);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int i = 0; i < 2_000; i++) {
                SessionLimit.Place[] place = new SessionLimit.Place[1];
                CountDownLatch entered = new CountDownLatch(1);
                place[0] = limit.enter(threads, () -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    awaitUninterruptibly(entered);
                    inside.decrementAndGet();
                    place[0].leave();
                    served.countDown();
                });
                entered.countDown();
            }

            assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(most.get()).isLessThanOrEqualTo(3);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
