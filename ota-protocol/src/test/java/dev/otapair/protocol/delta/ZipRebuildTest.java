package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever made a form may lie; what it costs to find out is bounded. */
class ZipRebuildTest {
    private static final int SIZE = 100;
    private static final long HUGE = (1L << 56) - 1;

    static Stream<Arguments> lies() {
        return Stream.of(
                lie("nothing", new byte[0]),
                lie("half a header", new byte[7]),
                lie("literal bytes that are missing", segment(0, SIZE, SIZE - 1)),
                lie("no literal bytes", segment(0, 0, 0), literals(SIZE)),
                lie("more literal bytes than the zip has", literals(SIZE + 1)),
                lie("the most literal bytes", segment(0, HUGE, SIZE)),
                lie("fewer literal bytes than the zip has", literals(SIZE - 1)),
                lie("literal bytes behind literal bytes", literals(50), literals(50)),
                lie("literal bytes behind the end", literals(30), content(6, 20), literals(SIZE)),
                lie("a content without a header", content(6, 10), literals(30)),
                lie("a content behind less than a header", literals(29), content(6, 10), literals(30)),
                lie("a content behind a content", literals(30), content(6, 10), content(6, 10), literals(30)),
                lie("a content of another level", literals(30), content(10, 10), literals(30)),
                lie("a content of the last level there could be", literals(30), content(255, 10), literals(30)),
                lie("a content that is missing", literals(30), segment(6, 10, 9)),
                lie("the largest content", literals(30), segment(6, HUGE, 100_000)),
                lie("a content that is longer than the zip", literals(30), noise(9, 1000)),
                lie("one that is far longer", literals(30), noise(1, 1_000_000)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void lieIsRefused(String name, byte[] form) {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();

        assertThatThrownBy(() -> Zips.rebuild(new ByteArrayInputStream(form), zip, SIZE))
                .isInstanceOf(OtaException.class)
                .hasMessageStartingWith("not a form of this zip: ")
                .extracting(e -> ((OtaException) e).code())
                .isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(zip.size()).isLessThanOrEqualTo(SIZE);
    }

    @Test
    void zipOfNothingIsMadeOfNothing() throws IOException {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();

        Zips.rebuild(new ByteArrayInputStream(new byte[0]), zip, 0);

        assertThat(zip.size()).isZero();
    }

    /** Each content takes zlib's beginning anew, and another level its end as well. */
    @Test
    void manySmallContentsTakeBoundedTime() throws IOException {
        byte[] one = join(literals(30), content(1, 0), literals(30), content(9, 0));
        int times = 20_000;

        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            try (ZipRebuild rebuild = new ZipRebuild(OutputStream.nullOutputStream(), times * 64L)) {
                for (int i = 0; i < times; i++) {
                    rebuild.write(one);
                }
                rebuild.finish();
            }
        });
    }

    /** An error that is not the form's stays what it is. */
    @Test
    void failureToWriteIsPassedOn() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int single) throws IOException {
                throw new IOException("no room");
            }
        };

        assertThatThrownBy(() -> Zips.rebuild(new ByteArrayInputStream(literals(SIZE)), full, SIZE))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("no room");
    }

    private static Arguments lie(String name, byte[]... segments) {
        return Arguments.of(name, join(segments));
    }

    private static byte[] literals(int length) {
        return segment(0, length, length);
    }

    private static byte[] content(int level, int length) {
        return segment(level, length, length);
    }

    private static byte[] noise(int level, int length) {
        byte[] noise = new byte[length];
        new Random(1).nextBytes(noise);
        return join(segment(level, length, 0), noise);
    }

    private static byte[] segment(int level, long length, int there) {
        byte[] segment = new byte[ZipSegment.BYTES + there];
        new ZipSegment(level, length).write(segment, 0);
        return segment;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
