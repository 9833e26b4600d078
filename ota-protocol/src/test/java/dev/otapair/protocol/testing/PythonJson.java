package dev.otapair.protocol.testing;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Python's {@code json} module makes of bytes, and the other way round: an oracle that shares no code with the
 * project. Objects are maps in order, arrays are lists, strings are strings, all else is kept as its text.
 */
final class PythonJson {
    private final String text;
    private int at;

    private PythonJson(String text) {
        this.text = text;
    }

    /**
     * Parses exactly one object, as {@code json.loads} does: white space around it is fine, anything else is not.
     *
     * @throws IllegalArgumentException if the bytes are anything else
     */
    static Map<String, Object> loads(byte[] bytes) {
        PythonJson json = new PythonJson(decode(bytes));
        json.skipWhiteSpace();
        Map<String, Object> object = json.object();
        json.skipWhiteSpace();
        if (json.at != json.text.length()) {
            throw json.wrong("extra data");
        }
        return object;
    }

    /** Writes maps and strings as {@code json.dumps} does: {@code ", "} and {@code ": "} between, ASCII only. */
    static String dumps(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> object) {
            String separator = "{";
            for (Map.Entry<?, ?> member : object.entrySet()) {
                out.append(separator);
                write(member.getKey(), out);
                out.append(": ");
                write(member.getValue(), out);
                separator = ", ";
            }
            out.append(object.isEmpty() ? "{}" : "}");
        } else {
            out.append('"');
            value.toString().chars().forEach(unit -> escape((char) unit, out));
            out.append('"');
        }
    }

    private static void escape(char unit, StringBuilder out) {
        switch (unit) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            default -> out.append(unit < 0x20 || unit > 0x7e ? "\\u%04x".formatted((int) unit) : unit);
        }
    }

    private static String decode(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the bytes are not UTF-8", e);
        }
    }

    private Object value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            default -> literal();
        };
    }

    private Map<String, Object> object() {
        expect('{');
        Map<String, Object> members = new LinkedHashMap<>();
        skipWhiteSpace();
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            skipWhiteSpace();
            String name = string();
            skipWhiteSpace();
            expect(':');
            skipWhiteSpace();
            members.put(name, value());
            skipWhiteSpace();
            if (peek() == '}') {
                at++;
                return members;
            }
            expect(',');
        }
    }

    private List<Object> array() {
        expect('[');
        List<Object> items = new ArrayList<>();
        skipWhiteSpace();
        if (peek() == ']') {
            at++;
            return items;
        }
        while (true) {
            skipWhiteSpace();
            items.add(value());
            skipWhiteSpace();
            if (peek() == ']') {
                at++;
                return items;
            }
            expect(',');
        }
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            char unit = next();
            if (unit < 0x20) {
                throw wrong("control character in a string");
            }
            out.append(unit == '\\' ? escaped() : unit);
        }
        at++;
        return out.toString();
    }

    private char escaped() {
        char kind = next();
        return switch (kind) {
            case '"', '\\', '/' -> kind;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> (char) Integer.parseInt("" + next() + next() + next() + next(), 16);
            default -> throw wrong("unknown escape");
        };
    }

    private String literal() {
        int start = at;
        while (at < text.length() && "{}[]\",: \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String literal = text.substring(start, at);
        if (!literal.matches("true|false|null|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
            throw wrong("no value");
        }
        return literal;
    }

    private void skipWhiteSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char expected) {
        if (next() != expected) {
            at--;
            throw wrong("expected '" + expected + "'");
        }
    }

    private char next() {
        char unit = peek();
        at++;
        return unit;
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong("the text ends too early");
        }
        return text.charAt(at);
    }

    private IllegalArgumentException wrong(String fault) {
        return new IllegalArgumentException("%s at character %d of '%s'".formatted(fault, at, text));
    }
}
