package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.otapair.client.config.ServerAddress;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RotaTest {
    private static final ServerAddress A = new ServerAddress("a", 1);
    private static final ServerAddress B = new ServerAddress("b", 1);
    private static final ServerAddress C = new ServerAddress("c", 1);
    private static final OtaException LIE = new OtaException(ErrorCode.SIGNATURE_REJECTED, "a lie");
    private static final OtaException NONSENSE = new OtaException(ErrorCode.MALFORMED_MESSAGE, "nonsense");

    @Test
    void serversAreAskedInTheirOrderAndAgain() {
        Rota rota = new Rota(List.of(A, B, C));

        assertThat(rota.current()).isEqualTo(A);
        rota.next();
        assertThat(rota.current()).isEqualTo(B);
        rota.next();
        rota.next();
        assertThat(rota.current()).isEqualTo(A);
    }

    @Test
    void serverThatIsToBlameIsNotAskedAgain() {
        Rota rota = new Rota(List.of(A, B));

        rota.strike(LIE);

        assertThat(rota.current()).isEqualTo(B);
        rota.next();
        assertThat(rota.current()).isEqualTo(B);
    }

    @Test
    void firstFailureIsWhatTheRunEndsWith() {
        Rota rota = new Rota(List.of(A, B));
        rota.strike(LIE);

        assertThat(catchThrowable(() -> rota.strike(NONSENSE))).isSameAs(LIE);
    }

    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"CANNOT_WRITE", "IO_ERROR", "CONFIG_INVALID", "TERMINATED"})
    void whatIsTheBoardsOwnEndsTheRunAtOnce(ErrorCode code) {
        Rota rota = new Rota(List.of(A, B));
        OtaException failure = new OtaException(code, "");

        assertThat(catchThrowable(() -> rota.strike(failure))).isSameAs(failure);
    }

    /** The next one may have another release. */
    @ParameterizedTest
    @EnumSource(
            value = ErrorCode.class,
            names = {"QUARANTINED", "TOO_EARLY"})
    void releaseThatIsLeftAloneIsNoReasonNotToAskTheNext(ErrorCode code) {
        Rota rota = new Rota(List.of(A, B));
        OtaException failure = new OtaException(code, "");

        rota.strike(failure);

        assertThat(rota.current()).isEqualTo(B);
        assertThat(catchThrowable(() -> rota.strike(NONSENSE))).isSameAs(failure);
    }
}
