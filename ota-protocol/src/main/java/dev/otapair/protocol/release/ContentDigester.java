package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Computes several digests of the same bytes in one pass, in constant memory. Not thread-safe. */
public final class ContentDigester {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Map<Digest.Algorithm, MessageDigest> digests = new LinkedHashMap<>();
    private long size;

    /** @param algorithms what to compute, at least one */
    public ContentDigester(Digest.Algorithm... algorithms) {
        Arrays.stream(algorithms).forEach(algorithm -> digests.put(algorithm, digest(algorithm)));
    }

    /** Returns the SHA-256 of bytes that are in memory. */
    public static Digest sha256Of(byte[] bytes) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(ByteBuffer.wrap(bytes));
        return digester.finish(Digest.Algorithm.SHA256);
    }

    /** Takes in the bytes up to the buffer's limit; leaves its position where it was. */
    public void update(ByteBuffer bytes) {
        size += bytes.remaining();
        digests.values().forEach(digest -> digest.update(bytes.duplicate()));
    }

    /**
     * Takes in all that is left of a channel; blocks until it is read.
     *
     * @return this
     * @throws IOException if reading fails; what was read counts
     */
    public ContentDigester updateAll(ReadableByteChannel content) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (content.read(buffer.clear()) >= 0) {
            update(buffer.flip());
        }
        return this;
    }

    /** Returns how many bytes were taken in. */
    public long size() {
        return size;
    }

    /**
     * Returns the digest of all bytes so far. May be called once per algorithm.
     *
     * @param algorithm one of those this was made for
     */
    public Digest finish(Digest.Algorithm algorithm) {
        return Digest.of(algorithm, digests.get(algorithm).digest());
    }

    private static MessageDigest digest(Digest.Algorithm algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.javaName());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no " + algorithm.javaName(), e);
        }
    }
}
