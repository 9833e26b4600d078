package dev.otapair.protocol.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.PrettyPrinter;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** Writes JSON, with lower-case escapes. Stateless and thread-safe. */
public final class JsonText {
    private final JsonFactory factory;
    private final Supplier<PrettyPrinter> spacing;

    private JsonText(boolean asciiOnly, Supplier<PrettyPrinter> spacing) {
        this.factory = new JsonFactoryBuilder()
                .configure(JsonWriteFeature.ESCAPE_NON_ASCII, asciiOnly)
                .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
                .build();
        this.spacing = spacing;
    }

    /** Writes ASCII as Python's {@code json.dumps} does: v1 peers were only ever tried with that. */
    public static JsonText python() {
        return new JsonText(true, PythonSpacing::new);
    }

    /** Writes ASCII without white space. */
    public static JsonText compact() {
        return new JsonText(true, MinimalPrettyPrinter::new);
    }

    /** Writes UTF-8 without white space: a third of the bytes for texts that are not in Latin letters. */
    public static JsonText compactUtf8() {
        return new JsonText(false, MinimalPrettyPrinter::new);
    }

    /** Writes members into an object that is open. */
    @FunctionalInterface
    public interface Members {
        void writeTo(JsonGenerator json) throws IOException;
    }

    /** Returns one object with these members, without a line end. */
    public byte[] object(Members members) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
        try (JsonGenerator json = factory.createGenerator(bytes)) {
            json.setPrettyPrinter(spacing.get());
            json.writeStartObject();
            members.writeTo(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    private static final class PythonSpacing extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1L;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }
    }
}
