package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Results for machines: what {@code --json} prints. One object, one line, ASCII. */
public final class JsonReport {
    private static final JsonText TEXT = new JsonText();

    private JsonReport() {}

    /**
     * Returns an object with these members.
     *
     * @param members in the order in which they are written; values are texts, whole numbers, true or false
     */
    public static String of(Map<String, ?> members) {
        byte[] json = TEXT.object(out -> {
            for (Map.Entry<String, ?> member : members.entrySet()) {
                out.writeFieldName(member.getKey());
                write(out, member.getValue());
            }
        });
        return new String(json, StandardCharsets.US_ASCII);
    }

    private static void write(JsonGenerator out, Object value) throws IOException {
        if (value instanceof Number number) {
            out.writeNumber(number.longValue());
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else {
            out.writeString(value.toString());
        }
    }
}
