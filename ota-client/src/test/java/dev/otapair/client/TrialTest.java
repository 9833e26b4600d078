package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.AttemptFile;
import dev.otapair.client.store.Quarantine;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialTest {
    private static final long MIB = 1024 * 1024;
    private static final Digest ONE = new Digest(Digest.Algorithm.SHA256, "1".repeat(64));
    private static final Digest TWO = new Digest(Digest.Algorithm.SHA256, "2".repeat(64));
    private static final PackageResponse WHOLE = PackageResponse.whole(new PackageName("fw-1"), 100 * MIB, ONE);
    private static final PackageResponse OTHER = PackageResponse.whole(new PackageName("fw-1"), 100 * MIB, TWO);
    private static final Verdict WANTED = new Verdict(
            Verdict.Answer.INSTALL,
            "it is newer",
            Optional.empty(),
            Optional.empty(),
            new TreeSet<>(),
            new TreeSet<>(),
            false);

    @TempDir
    private Path folder;

    private Uptime uptime = new Uptime("boot-1", 1000);
    private Trial trial;

    @BeforeEach
    void open() {
        DurableFiles files = new DurableFiles();
        trial = new Trial(new AttemptFile(folder, files), new Quarantine(folder, files), () -> uptime);
    }

    @Test
    void releaseIsTriedUntilItsScriptHasFailedThreeTimes() {
        for (int failed = 0; failed < 3; failed++) {
            assertThat(trial.judge(WANTED, Optional.of(WHOLE))).isEqualTo(WANTED);
            trial.scriptFailed(ONE);
        }

        Verdict judged = trial.judge(WANTED, Optional.of(WHOLE));

        assertThat(judged.answer()).isEqualTo(Verdict.Answer.REFUSED);
        assertThat(judged.refusal()).contains(ErrorCode.QUARANTINED);
        assertThat(judged.why()).contains("ota-client retry");
    }

    @Test
    void scriptsAndContentsCountTogether() {
        trial.contentFailed(ONE);
        trial.scriptFailed(ONE);
        trial.contentFailed(ONE);

        assertThat(trial.judge(WANTED, Optional.of(WHOLE)).refusal()).contains(ErrorCode.QUARANTINED);
    }

    @Test
    void anotherReleaseIsNotHeldForIt() {
        for (int failed = 0; failed < 3; failed++) {
            trial.scriptFailed(ONE);
        }

        assertThat(trial.judge(WANTED, Optional.of(OTHER))).isEqualTo(WANTED);
        assertThatNoException().isThrownBy(() -> trial.requireTime(TWO));
    }

    @Test
    void retryMakesItNew() {
        for (int failed = 0; failed < 3; failed++) {
            trial.scriptFailed(ONE);
        }

        assertThat(trial.lift()).isTrue();

        assertThat(trial.judge(WANTED, Optional.of(WHOLE))).isEqualTo(WANTED);
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
        assertThat(trial.lift()).isFalse();
    }

    /** The first failure may be a passing one; from the second on the board is given time. */
    @Test
    void scriptIsCalledAgainAtOnceAndThenAfterTenToTwentyMinutes() {
        trial.scriptFailed(ONE);
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));

        trial.scriptFailed(ONE);

        assertThat(waitFor(ONE)).isBetween(Duration.ofMinutes(10), Duration.ofMinutes(20));
        uptime = new Uptime("boot-1", 1000 + 20 * 60);
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
    }

    @Test
    void boardThatWasStartedAnewDoesNotWait() {
        trial.scriptFailed(ONE);
        trial.scriptFailed(ONE);

        uptime = new Uptime("boot-2", 5);

        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
    }

    /** A wrong digest is fetched again at once. */
    @Test
    void wrongDigestDelaysNothing() {
        trial.contentFailed(ONE);
        trial.contentFailed(ONE);

        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
    }

    @Test
    void runsThatWereCutDelayNothing() {
        for (int run = 0; run < 10; run++) {
            trial.endedWithout(WHOLE, 30 * MIB, Duration.ofMinutes(2));
        }

        assertThat(trial.judge(WANTED, Optional.of(WHOLE))).isEqualTo(WANTED);
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
    }

    @Test
    void releaseThatCostTooManyBytesIsTriedOnceADay() {
        trial.endedWithout(WHOLE, 364 * MIB, Duration.ZERO);
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
        assertThat(trial.allows(WHOLE, 1)).isFalse();
        assertThat(trial.allows(WHOLE, 0)).isTrue();

        trial.endedWithout(WHOLE, 1, Duration.ZERO);

        assertThat(waitFor(ONE)).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void runThatWasToldToEndDelaysNothingAndIsRemembered() {
        trial.toldToEndWithout(WHOLE, 365 * MIB, Duration.ofHours(7));

        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));
        assertThat(trial.known().orElseThrow().received()).isEqualTo(365 * MIB);
        assertThat(trial.known().orElseThrow().lost()).isEqualTo(Duration.ofHours(7));
    }

    @Test
    void releaseThatCostTooMuchTimeIsTriedOnceADay() {
        trial.endedWithout(WHOLE, 0, Duration.ofHours(6));
        assertThatNoException().isThrownBy(() -> trial.requireTime(ONE));

        trial.endedWithout(WHOLE, 0, Duration.ofSeconds(1));

        assertThat(waitFor(ONE)).isEqualTo(Duration.ofDays(1));
    }

    private Duration waitFor(Digest digest) {
        OtaException failure = catchThrowableOfType(OtaException.class, () -> trial.requireTime(digest));
        assertThat(failure.code()).isEqualTo(ErrorCode.TOO_EARLY);
        return trial.left(trial.known().orElseThrow());
    }
}
