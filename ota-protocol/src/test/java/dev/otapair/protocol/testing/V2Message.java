package dev.otapair.protocol.testing;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One message of a v2 session.
 *
 * @param text what was on the wire, its seal included
 * @param kind the kind of a response
 * @param data its members; numbers are their text
 */
public record V2Message(String text, String kind, Map<String, Object> data) {
    public V2Message {
        data = Map.copyOf(data);
    }

    static V2Message of(String text) {
        Map<String, Object> message = PythonJson.loads(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Map<String, Object> data = new LinkedHashMap<>();
        if (message.get("data") instanceof Map<?, ?> members) {
            members.forEach((name, value) -> data.put(name.toString(), value));
        }
        return new V2Message(text, String.valueOf(message.get("response")), data);
    }

    /** Returns one member of {@code data} as its text; fails when it is missing. */
    public String get(String name) {
        Object value = data.get(name);
        if (value == null) {
            throw new AssertionError("%s is missing in %s".formatted(name, text));
        }
        return value.toString();
    }

    /** Returns a number of the member {@code body}; 0 where there is no body. */
    public long ofBody(String name) {
        return data.get("body") instanceof Map<?, ?> body ? Long.parseLong(String.valueOf(body.get(name))) : 0;
    }

    /** Returns a member that is a number. */
    public long number(String name) {
        return Long.parseLong(get(name));
    }
}
