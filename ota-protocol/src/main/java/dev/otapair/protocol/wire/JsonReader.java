package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Parses the bytes that {@link JsonFrame} cut out. Stateless and thread-safe. */
final class JsonReader {
    /** Characters of a string that is a value. */
    private static final int MAX_TEXT = 1024;

    /** The same of {@code meta}: release metadata in base64. */
    private static final int MAX_METADATA_TEXT = 2732;

    private final JsonFactory factory = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonFrame.MAX_DEPTH)
                    .maxDocumentLength(JsonFrame.MAX_BYTES)
                    .maxStringLength(MAX_METADATA_TEXT)
                    .maxNameLength(64)
                    .maxNumberLength(20)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /**
     * Reads one object.
     *
     * @param owner what to call it in errors
     * @param json the whole object and nothing else
     * @throws OtaException {@link ErrorCode#MALFORMED_MESSAGE}, without a word of the content, which may be secret
     */
    Fields read(String owner, byte[] json) {
        try (JsonParser parser = factory.createParser(json)) {
            parser.nextToken();
            return readObject(owner, parser);
        } catch (IOException e) {
            throw new OtaException(ErrorCode.MALFORMED_MESSAGE, owner + " is not valid JSON");
        }
    }

    private static Fields readObject(String owner, JsonParser parser) throws IOException {
        Map<String, Object> values = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            values.put(name, readValue(name, parser));
        }
        return new Fields(owner, values);
    }

    private static Object readValue(String name, JsonParser parser) throws IOException {
        return switch (parser.nextToken()) {
            case START_OBJECT -> readObject(name, parser);
            case START_ARRAY -> readTexts(parser);
            case VALUE_STRING -> text(parser, name.equals(Names.METADATA) ? MAX_METADATA_TEXT : MAX_TEXT);
            case VALUE_NUMBER_INT -> readInteger(parser);
            default -> Fields.OTHER;
        };
    }

    /** Reads an array of texts; whatever else stands in it makes it an array of no use. */
    private static Object readTexts(JsonParser parser) throws IOException {
        List<String> texts = new ArrayList<>();
        boolean onlyTexts = true;
        for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
            if (next == JsonToken.VALUE_STRING) {
                texts.add(text(parser, MAX_TEXT));
            } else {
                parser.skipChildren();
                onlyTexts = false;
            }
        }
        return onlyTexts ? List.copyOf(texts) : Fields.OTHER;
    }

    private static Object readInteger(JsonParser parser) throws IOException {
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? Fields.OTHER : parser.getLongValue();
    }

    /** Escapes can spell half a surrogate pair, which no UTF-8 can: such a text would change when it is written again. */
    private static String text(JsonParser parser, int maxLength) throws IOException {
        String text = parser.getText();
        if (text.length() > maxLength) {
            throw new OtaException(
                    ErrorCode.MALFORMED_MESSAGE, "a string is longer than %d characters".formatted(maxLength));
        }
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (Character.getType(text.codePointAt(i)) == Character.SURROGATE) {
                throw new OtaException(ErrorCode.MALFORMED_MESSAGE, "a string holds half of a surrogate pair");
            }
        }
        return text;
    }
}
