package dev.otapair.bench;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.SessionKey;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Feature;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.message.Request.HelloRequest;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.wire.JsonFrame;
import dev.otapair.protocol.wire.MessageCodec;
import dev.otapair.protocol.wire.SessionCodec;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What each message and each byte of a package costs both ends, apart from sockets. One hello; 64 KiB of a package. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WireBenchmark {
    private static final MessageCodec CODEC = new MessageCodec();

    private final HelloRequest hello =
            new HelloRequest(new Octets(new byte[16]), new DeviceId("board-17"), EnumSet.allOf(Feature.class));
    private final byte[] message = SessionCodec.ofClient(CODEC).encode(hello);
    private final Octets transcript = new Octets(new byte[32]);
    private final TokenKey key = TokenKey.of(new Octets(new byte[TokenKey.BYTES]));
    private final SessionKey sealing = key.session(transcript);
    private final ByteBuffer chunk = ByteBuffer.allocate(64 * 1024);

    /** Bytes to one whole object. */
    @Benchmark
    public Optional<byte[]> frame() {
        return new JsonFrame().read(ByteBuffer.wrap(message));
    }

    /** An object to a message. */
    @Benchmark
    public Request decode() {
        return SessionCodec.ofServer(CODEC).decodeRequest(message);
    }

    /** A message to bytes. */
    @Benchmark
    public byte[] encode() {
        return SessionCodec.ofClient(CODEC).encode(hello);
    }

    /** That one knows the token. */
    @Benchmark
    public Octets proof() {
        return key.proof(Role.CLIENT, transcript);
    }

    /** The seal of one message. */
    @Benchmark
    public Octets seal() {
        return sealing.seal(Role.CLIENT, 1, message, message.length);
    }

    /** SHA-256 of 64 KiB. */
    @Benchmark
    public Digest sha256() {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(chunk.duplicate());
        return digester.finish(Digest.Algorithm.SHA256);
    }
}
