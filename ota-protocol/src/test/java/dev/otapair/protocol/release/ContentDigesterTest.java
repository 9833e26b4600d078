package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Digest.Algorithm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The vectors are those of RFC 1321 and FIPS 180-2, as md5sum and sha256sum print them. */
class ContentDigesterTest {
    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static ContentDigester digester() {
        return new ContentDigester(Algorithm.MD5, Algorithm.SHA256);
    }

    @ParameterizedTest
    @CsvSource({
        "'', d41d8cd98f00b204e9800998ecf8427e, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "abc, 900150983cd24fb0d6963f7d28e17f72, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    })
    void knownVectorsHold(String content, String md5, String sha256) {
        ContentDigester digester = digester();
        digester.update(ByteBuffer.wrap(ascii(content)));

        assertThat(digester.finish(Algorithm.MD5).hex()).isEqualTo(md5);
        assertThat(digester.finish(Algorithm.SHA256).hex()).isEqualTo(sha256);
    }

    @Test
    void aMillionBytesAreReadToTheirEnd() throws IOException {
        ReadableByteChannel content = Channels.newChannel(new ByteArrayInputStream(ascii("a".repeat(1_000_000))));

        ContentDigester digester = digester().updateAll(content);

        assertThat(digester.size()).isEqualTo(1_000_000);
        assertThat(digester.finish(Algorithm.MD5).hex()).isEqualTo("7707d6ae4e027c70eea2a935c2296f21");
        assertThat(digester.finish(Algorithm.SHA256).hex())
                .isEqualTo("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }

    @Test
    void piecesMakeTheWhole() {
        ContentDigester digester = digester();
        digester.update(ByteBuffer.wrap(ascii("a")));
        digester.update(ByteBuffer.allocateDirect(2).put(ascii("bc")).flip());

        assertThat(digester.size()).isEqualTo(3);
        assertThat(digester.finish(Algorithm.MD5).hex()).isEqualTo("900150983cd24fb0d6963f7d28e17f72");
    }

    @Test
    void bufferKeepsItsPosition() {
        ByteBuffer bytes = ByteBuffer.wrap(ascii("xabcx")).position(1).limit(4).asReadOnlyBuffer();
        ContentDigester digester = digester();
        digester.update(bytes);

        assertThat(bytes.position()).isEqualTo(1);
        assertThat(digester.finish(Algorithm.MD5).hex()).isEqualTo("900150983cd24fb0d6963f7d28e17f72");
    }
}
