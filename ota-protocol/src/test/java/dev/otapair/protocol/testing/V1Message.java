package dev.otapair.protocol.testing;

import java.util.Map;

/**
 * One message as a Python end sees it after {@code json.loads}.
 *
 * @param text what was on the wire
 * @param kind the verb of a request or the kind of a response
 * @param data its members that are strings
 */
public record V1Message(String text, String kind, Map<String, String> data) {
    public V1Message {
        data = Map.copyOf(data);
    }

    /** Returns one member of {@code data}; fails as Python's {@code KeyError} when it is missing. */
    public String get(String name) {
        String value = data.get(name);
        if (value == null) {
            throw new AssertionError("a v1 peer dies of KeyError: '%s' is missing in %s".formatted(name, text));
        }
        return value;
    }
}
