package dev.otapair.client.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class InterruptionTest {
    private final Interruption interruption = new Interruption();
    private final List<String> stopped = new ArrayList<>();

    @Test
    void waitReturnsWhatItWaitedFor() {
        String came = interruption.during(() -> stopped.add("wait"), () -> "it came");

        assertThat(came).isEqualTo("it came");
        assertThat(stopped).isEmpty();
    }

    @Test
    void waitIsStoppedByASignal() {
        interruption.during(() -> stopped.add("wait"), () -> {
            interruption.interrupt(ErrorCode.TERMINATED);
            return "";
        });

        assertThat(stopped).containsExactly("wait");
    }

    @Test
    void waitThatBeginsAfterASignalIsStoppedAtOnce() {
        interruption.interrupt(ErrorCode.TERMINATED);

        interruption.during(() -> stopped.add("wait"), () -> "");

        assertThat(stopped).containsExactly("wait");
    }

    @Test
    void waitThatIsOverIsNotStopped() {
        interruption.during(() -> stopped.add("wait"), () -> "");

        interruption.interrupt(ErrorCode.TERMINATED);

        assertThat(stopped).isEmpty();
    }

    /** A prompt is a wait within the session's: after its answer a signal must still end the download. */
    @Test
    void outerWaitCanBeStoppedAfterAnInnerOne() {
        interruption.during(() -> stopped.add("outer"), () -> {
            interruption.during(() -> stopped.add("inner"), () -> "");
            interruption.interrupt(ErrorCode.TERMINATED);
            return "";
        });

        assertThat(stopped).containsExactly("outer");
    }

    @Test
    void outerWaitIsStoppedWhenTheInnerOneWas() {
        interruption.during(
                () -> stopped.add("outer"),
                () -> interruption.during(() -> stopped.add("inner"), () -> {
                    interruption.interrupt(ErrorCode.TERMINATED);
                    return "";
                }));

        assertThat(stopped).containsExactly("inner", "outer");
    }

    @Test
    void signalIsToldByItsCode() {
        interruption.interrupt(ErrorCode.HUNG_UP);

        OtaException failure = catchThrowableOfType(OtaException.class, interruption::throwIfInterrupted);

        assertThat(failure.code()).isEqualTo(ErrorCode.HUNG_UP);
    }

    @Test
    void runWithoutASignalGoesOn() {
        assertThatNoException().isThrownBy(interruption::throwIfInterrupted);
    }

    @Test
    void pauseTakesItsTime() {
        long start = System.nanoTime();

        interruption.pause(Duration.ofMillis(30));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(30));
    }

    @Test
    void pauseIsEndedByASignal() {
        CompletableFuture<Void> signal = CompletableFuture.runAsync(() -> interruption.interrupt(ErrorCode.TERMINATED));

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> interruption.pause(Duration.ofMinutes(10)));

        assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED);
        assertThat(signal).succeedsWithin(Duration.ofSeconds(5));
    }

    /** A HUP makes the next run now; it makes no server be asked before its time. */
    @Test
    void pauseWithinARunIsNotEndedByBeingRoused() {
        interruption.rouse();
        long start = System.nanoTime();

        interruption.pause(Duration.ofMillis(30));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(30));
    }

    @Test
    void restIsEndedByBeingRousedOnce() {
        interruption.rouse();
        long start = System.nanoTime();

        interruption.rest(Duration.ofMinutes(10));
        interruption.rest(Duration.ofMillis(30));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(30), Duration.ofMinutes(1));
    }

    @Test
    void restIsEndedByASignal() {
        interruption.interrupt(ErrorCode.TERMINATED);

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> interruption.rest(Duration.ofMinutes(10)));

        assertThat(failure.code()).isEqualTo(ErrorCode.TERMINATED);
    }

    @Test
    void pauseAfterASignalIsNone() {
        interruption.interrupt(ErrorCode.INTERRUPTED);

        OtaException failure =
                catchThrowableOfType(OtaException.class, () -> interruption.pause(Duration.ofMinutes(10)));

        assertThat(failure.code()).isEqualTo(ErrorCode.INTERRUPTED);
    }

    @Test
    void pauseOfAThreadThatIsInterruptedEndsAndKeepsTheMark() {
        Thread.currentThread().interrupt();

        interruption.pause(Duration.ofMinutes(10));

        assertThat(Thread.interrupted()).isTrue();
    }
}
