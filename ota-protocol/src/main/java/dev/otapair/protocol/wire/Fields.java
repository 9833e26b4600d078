package dev.otapair.protocol.wire;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The members of one JSON object, read once. Its getters name the field in what they throw, always
 * {@link ErrorCode#MALFORMED_MESSAGE}. Members nobody asks for are ignored: newer peers may send more.
 *
 * @param owner what the object is called in errors
 * @param values strings, {@link Fields} for objects, and {@link #OTHER} for what v1 has no use for
 */
record Fields(String owner, Map<String, Object> values) {
    /** Stands for a number, an array, true, false or null. */
    static final Object OTHER = new Object();

    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,18}");

    Fields {
        values = Map.copyOf(values);
    }

    /** Returns a string member; may be empty. */
    String text(String name) {
        Object value = required(name);
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, "is not a string");
    }

    /** Returns a byte count that is written as a string of 1 to 18 decimal digits, as v1 does. */
    long decimalText(String name) {
        String text = text(name);
        if (!DECIMAL.matcher(text).matches()) {
            throw wrong(name, "is not a string of 1 to 18 decimal digits");
        }
        return Long.parseLong(text);
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
    OtaException wrong(String name, String fault) {
        return new OtaException(ErrorCode.MALFORMED_MESSAGE, "%s.%s %s".formatted(owner, name, fault));
    }

    private Object required(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw wrong(name, "is missing");
        }
        return value;
    }
}
