package dev.otapair.client.session;

import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Request;
import dev.otapair.protocol.wire.SessionCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A line that goes nowhere and remembers, in order, what was done with it. */
final class RecordingLine implements ClientSession.Line {
    /** What this end of the line knows of its certificate in the tests: a plain connection. */
    private static final Octets PLAIN = new Octets();

    private static final Octets NONCE = Octets.ofBase64("AAECAwQFBgcICQoLDA0ODw");

    private final SessionCodec codec;
    private final List<String> events = new ArrayList<>();
    private final List<Request> requests = new ArrayList<>();
    private final List<byte[]> frames = new ArrayList<>();

    /** @param codec the session's: what is sent goes through it, as on a channel */
    RecordingLine(SessionCodec codec) {
        this.codec = codec;
    }

    @Override
    public Octets nonce() {
        return NONCE;
    }

    @Override
    public Octets channelBinding() {
        return PLAIN;
    }

    @Override
    public void send(Request request, boolean more) {
        events.add("send " + request.verb() + (more ? " and" : ""));
        requests.add(request);
        frames.add(codec.encode(request));
    }

    /** Returns every request so far. */
    List<Request> requests() {
        return List.copyOf(requests);
    }

    /** Returns the bytes of every request so far. */
    List<byte[]> frames() {
        return List.copyOf(frames);
    }

    @Override
    public void expectWithin(Duration time) {
        events.add("expect " + time.toSeconds());
    }

    @Override
    public void over() {
        events.add("over");
    }

    /** Returns what happened since this was last asked. */
    List<String> drain() {
        List<String> drained = List.copyOf(events);
        events.clear();
        return drained;
    }
}
