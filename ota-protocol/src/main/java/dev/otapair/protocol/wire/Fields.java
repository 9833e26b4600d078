package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Alphabet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The members of one JSON object, read once. Its getters name the field in what they throw, always
 * {@link ErrorCode#MALFORMED_MESSAGE}. Members nobody asks for are ignored: newer peers may send more.
 *
 * @param owner what the object is called in errors
 * @param values strings, {@link Long}s, lists of strings, {@link Fields} for objects, and {@link #OTHER} for all else
 */
public record Fields(String owner, Map<String, Object> values) {
    /** Stands for what no message has: fractions, true, false, null, arrays of other things than strings. */
    static final Object OTHER = new Object();

    private static final int MAX_DECIMAL_DIGITS = 18;

    public Fields {
        values = Map.copyOf(values);
    }

    /** Says whether there is a member of this name, of whatever type. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** Says whether these are exactly the members of this name. */
    boolean isOnly(String... names) {
        return values.keySet().equals(Set.of(names));
    }

    /** Returns a string member; may be empty. */
    public String text(String name) {
        Object value = required(name);
        if (!(value instanceof String text)) {
            throw wrong(name, "is not a string");
        }
        return text;
    }

    /** Returns a byte count that is written as a string of 1 to 18 decimal digits, as v1 does. */
    long decimalText(String name) {
        String text = text(name);
        if (!Alphabet.DIGITS.isWord(text, 1, MAX_DECIMAL_DIGITS)) {
            throw wrong(name, "is not a string of 1 to 18 decimal digits");
        }
        return Long.parseLong(text);
    }

    /** Returns a whole number between two bounds, both allowed. */
    public long number(String name, long from, long to) {
        Object value = required(name);
        if (value instanceof Long number && number >= from && number <= to) {
            return number;
        }
        throw wrong(name, "is not a whole number from %d to %d".formatted(from, to));
    }

    /** Returns a member that is an array of strings, none if it is missing. */
    public List<String> texts(String name) {
        Object value = values.getOrDefault(name, List.of());
        if (value instanceof List<?> list) {
            List<String> texts = new ArrayList<>();
            for (Object text : list) {
                texts.add((String) text);
            }
            return List.copyOf(texts);
        }
        throw wrong(name, "is not an array of strings");
    }

    /** Returns what a constructor that refuses by {@link IllegalArgumentException} makes of a string member. */
    public <T> T value(String name, Function<String, T> constructor) {
        String text = text(name);
        try {
            return constructor.apply(text);
        } catch (IllegalArgumentException e) {
            throw wrong(name, "is refused: " + e.getMessage());
        }
    }

    /** Returns a member that is an object. */
    Fields object(String name) {
        Object value = required(name);
        if (value instanceof Fields fields) {
            return fields;
        }
        throw wrong(name, "is not an object");
    }

    /** Returns what to throw about a member whose value breaks a rule; never quotes the value, which may be secret. */
    public OtaException wrong(String name, String fault) {
        return new OtaException(ErrorCode.MALFORMED_MESSAGE, "%s.%s %s".formatted(owner, name, fault));
    }

    /** Its values may be secret. */
    @Override
    public String toString() {
        return owner;
    }

    private Object required(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw wrong(name, "is missing");
        }
        return value;
    }
}
