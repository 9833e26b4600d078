package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReleaseMetadataTest {
    static List<String> written() {
        return Specification.blocks("json release");
    }

    static List<String> accepted() {
        return Specification.blocks("json release accepted");
    }

    static List<String> refused() {
        return Specification.blocks("json release refused");
    }

    @ParameterizedTest
    @MethodSource("written")
    void metadataIsWrittenAsItStandsInTheSpecification(String text) {
        assertThat(ReleaseMetadata.parse(utf8(text)).toBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void acceptedMetadataReadsTheSameWhenWrittenByUs(String text) {
        ReleaseMetadata read = ReleaseMetadata.parse(utf8(text));

        assertThat(ReleaseMetadata.parse(read.toBytes())).isEqualTo(read);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusedMetadataIsRejected(String text) {
        assertRejected(utf8(text));
    }

    @Test
    void examplesAreThere() {
        assertThat(written()).hasSize(4);
        assertThat(accepted()).hasSize(1);
        assertThat(refused()).hasSizeGreaterThan(9);
    }

    @Test
    void oneLineEndMayFollow() {
        ReleaseMetadata read = ReleaseMetadata.parse(utf8(written().get(0) + "\n"));

        assertThat(read).isEqualTo(ReleaseMetadata.parse(utf8(written().get(0))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\n", " ", "{}", "\0", "x"})
    void nothingElseMayFollow(String more) {
        assertRejected(utf8(written().get(0) + more));
    }

    /** A write that was cut short: whatever is left of it, nobody takes it for metadata. */
    @Test
    void everyTruncationIsRejected() {
        byte[] whole = utf8(written().get(0));

        Stream.iterate(0, length -> length + 1)
                .limit(whole.length)
                .forEach(length -> assertRejected(java.util.Arrays.copyOf(whole, length)));
    }

    @Test
    void metadataExpiresAtItsTimeAndNotBefore() {
        ReleaseMetadata metadata = ReleaseMetadata.parse(utf8(written().get(0)));

        assertThat(metadata.isExpiredAt(Instant.parse("2027-02-20T09:59:59Z"))).isFalse();
        assertThat(metadata.isExpiredAt(Instant.parse("2027-02-20T10:00:00Z"))).isTrue();
        assertThat(ReleaseMetadata.parse(utf8(written().get(1))).isExpiredAt(Instant.MAX))
                .isFalse();
    }

    /** Notes of 1000 bytes fit in any script, even where each character is one that JSON escapes. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "修", "é"})
    void longestNotesFit(String letter) {
        int letters = ReleaseMetadata.MAX_NOTES_BYTES / utf8(letter).length;
        String text = written().get(0).replace("修复 a leak", letter.repeat(letters));

        byte[] bytes = ReleaseMetadata.parse(utf8(text)).toBytes();

        assertThat(bytes).hasSizeLessThanOrEqualTo(SignedMetadata.MAX_BYTES);
    }

    @Test
    void whatDoesNotFitIsRefusedWhenItIsWritten() {
        String text = written().get(0).replace("修复 a leak", "\\\"".repeat(ReleaseMetadata.MAX_NOTES_BYTES));

        ReleaseMetadata read = ReleaseMetadata.parse(utf8(text));

        assertThatThrownBy(read::toBytes)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shorten the notes");
    }

    private static void assertRejected(byte[] bytes) {
        assertThatThrownBy(() -> ReleaseMetadata.parse(bytes))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
