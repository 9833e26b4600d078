package dev.otapair.server.delta;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** Sees whether what is written to it are some contents, one after the other, and nothing else. */
final class Comparison extends OutputStream {
    private final List<Content> expected;
    private ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
    private int done;

    /** @param expected none of them empty */
    Comparison(List<Content> expected) {
        this.expected = List.copyOf(expected);
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
        while (left.hasRemaining()) {
            require(done < expected.size());
            Content current = expected.get(done);
            int portion = (int) Math.min(left.remaining(), current.size() - digester.size());
            digester.update(left.slice(left.position(), portion));
            left.position(left.position() + portion);
            if (digester.size() == current.size()) {
                require(digester.finish(Digest.Algorithm.SHA256).equals(current.sha256()));
                digester = new ContentDigester(Digest.Algorithm.SHA256);
                done++;
            }
        }
    }

    /** @throws OtaException DIGEST_MISMATCH if something is missing */
    void finish() {
        require(done == expected.size() && digester.size() == 0);
    }

    private static void require(boolean isSame) {
        if (!isSame) {
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH,
                    "what was just coded does not decode to what it was made of: either a file was changed meanwhile, or this"
                            + " machine or program is broken");
        }
    }
}
