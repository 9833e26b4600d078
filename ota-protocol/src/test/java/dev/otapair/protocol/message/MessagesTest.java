package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.message.Request.HandshakeRequest;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.message.Response.ErrorResponse;
import dev.otapair.protocol.message.Response.PackageResponse;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
    private static final PackageName NAME = new PackageName("fw");
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, "d41d8cd98f00b204e9800998ecf8427e");

    @Test
    void handshakeNeverShowsItsToken() {
        assertThat(new HandshakeRequest("correct horse")).hasToString("handshake");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, 1_000_000_000_000_000_000L, Long.MAX_VALUE})
    void sizeOutOfBoundsIsRefused(long size) {
        assertThatThrownBy(() -> PackageResponse.whole(NAME, size, MD5)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"10, 4, 7", "10, 4, 5", "10, 11, 0", "10, 0, 9", "10, 4, 0", "10, 0, -1"})
    void bytesThatAreNotTheEndOfThePackageAreRefused(long size, long offset, long length) {
        assertThatThrownBy(() -> new PackageResponse(NAME, size, MD5, offset, length))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"10, 4, 6", "10, 10, 0", "10, 0, 10", "10, 0, 0", "0, 0, 0"})
    void endOfThePackageOrNothingIsAnnounced(long size, long offset, long length) {
        assertThat(new PackageResponse(NAME, size, MD5, offset, length).length())
                .isEqualTo(length);
    }

    @Test
    void longReasonIsCut() {
        assertThat(new ErrorResponse("x".repeat(300)).reason()).isEqualTo("x".repeat(200));
    }

    @Test
    void reasonIsNotCutWithinASurrogatePair() {
        assertThat(new ErrorResponse("x".repeat(199) + "🔑").reason()).isEqualTo("x".repeat(199));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "d41d8cd98f00b204e9800998ecf8427",
                "d41d8cd98f00b204e9800998ecf8427e0",
                "D41D8CD98F00B204E9800998ECF8427E",
                "g41d8cd98f00b204e9800998ecf8427e",
                "d41d8cd98f00b204e9800998ecf8427\n"
            })
    void digestThatIsNoLowerCaseHexIsRefused(String hex) {
        assertThatThrownBy(() -> new Digest(Digest.Algorithm.MD5, hex)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "9007199254740992, 0", "0, -1", "0, 256"})
    void reportOutOfBoundsIsRefused(long release, int code) {
        assertThatThrownBy(() -> new Report(BoardState.FAILED, Optional.of(NAME), release, code))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Good", "good ", "good\n", "gut2", "größer", "a_word_of_more_than_thirty_two_ab"})
    void stateThatIsNoWordIsRefused(String word) {
        assertThatThrownBy(() -> new BoardState(word)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void reportReadsAsAPersonWouldSayIt() {
        assertThat(new Report(BoardState.PROBATION, NAME, 43)).hasToString("probation fw, release 43");
        assertThat(new Report(BoardState.FAILED, Optional.of(NAME), 0, 70)).hasToString("failed fw, code 70");
        assertThat(new Report(BoardState.OFFERED, Optional.empty(), 0, 0)).hasToString("offered");
    }
}
