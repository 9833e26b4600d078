package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Members of a JSON object that are no message: what {@code --json} prints, and the metadata of a release. Values are texts,
 * whole numbers, true or false, and lists and maps of these; members are written in the map's order.
 */
public final class JsonReport {
    private static final JsonText FOR_MACHINES = JsonText.python();
    private static final JsonText COMPACT = JsonText.compactUtf8();

    private JsonReport() {}

    /** Returns one object on one line, in ASCII. */
    public static String of(Map<String, ?> members) {
        return new String(FOR_MACHINES.object(out -> writeMembers(out, members)), StandardCharsets.US_ASCII);
    }

    /** Returns one object in UTF-8, without white space. */
    public static byte[] compact(Map<String, ?> members) {
        return COMPACT.object(out -> writeMembers(out, members));
    }

    private static void writeMembers(JsonGenerator out, Map<?, ?> members) throws IOException {
        for (Map.Entry<?, ?> member : members.entrySet()) {
            out.writeFieldName(member.getKey().toString());
            write(out, member.getValue());
        }
    }

    private static void write(JsonGenerator out, Object value) throws IOException {
        if (value instanceof Number number) {
            out.writeNumber(number.longValue());
        } else if (value instanceof Boolean truth) {
            out.writeBoolean(truth);
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            for (Object element : list) {
                write(out, element);
            }
            out.writeEndArray();
        } else if (value instanceof Map<?, ?> members) {
            out.writeStartObject();
            writeMembers(out, members);
            out.writeEndObject();
        } else {
            out.writeString(value.toString());
        }
    }
}
