package dev.otapair.client.session;

import dev.otapair.protocol.message.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A line that goes nowhere and remembers, in order, what was done with it. */
final class RecordingLine implements ClientSession.Line {
    private final List<String> events = new ArrayList<>();

    @Override
    public void send(Request request) {
        events.add("send " + request);
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
