package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ManifestEntry.File;
import dev.otapair.protocol.release.ManifestEntry.Folder;
import dev.otapair.protocol.release.ManifestEntry.Link;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * One line of a manifest, its end included.
 *
 * @see "PROTOCOL.md, section 9.1: Manifests"
 */
final class ManifestLine {
    private static final char ESCAPE = '%';
    private static final char DELETE = 0x7f;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final Pattern MODE = Pattern.compile("[0-7]{4}");
    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,18}");
    private static final int FOLDER_FIELDS = 6;
    private static final int FILE_FIELDS = 9;
    private static final int LINK_FIELDS = 5;

    private ManifestLine() {}

    /** Returns the one way to write an entry. */
    static byte[] of(ManifestEntry entry) {
        return (fields(entry) + "\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads a line, and takes other spellings than {@link #of} has.
     *
     * @param from its first byte
     * @param to after its end
     * @throws IllegalArgumentException if it means no entry
     */
    static ManifestEntry read(byte[] text, int from, int to) {
        return read(new String(text, from, Math.max(0, to - from - 1), StandardCharsets.ISO_8859_1));
    }

    /** @throws IllegalArgumentException if the line is not how the entry is written */
    static void requireWritten(ManifestEntry entry, byte[] text, int from, int to) {
        byte[] written = of(entry);
        require(Arrays.equals(written, 0, written.length, text, from, to), "is not as it would be written");
    }

    private static ManifestEntry read(String line) {
        return switch (line.isEmpty() ? '\n' : line.charAt(0)) {
            case 'd' -> folder(split(line, FOLDER_FIELDS));
            case 'f' -> file(split(line, FILE_FIELDS));
            case 'l' -> link(split(line, LINK_FIELDS));
            default -> throw new IllegalArgumentException("begins with none of d, f and l");
        };
    }

    private static String fields(ManifestEntry entry) {
        if (entry instanceof Folder folder) {
            return "d " + mode(folder.mode()) + common(folder) + escaped(folder.path());
        }
        if (entry instanceof File file) {
            return "f " + mode(file.mode())
                    + common(file)
                    + file.content().size()
                    + ' '
                    + file.content().sha256().hex()
                    + ' '
                    + file.md5().hex()
                    + ' '
                    + escaped(file.path());
        }
        if (entry instanceof Link link) {
            return "l" + common(link) + escaped(link.path()) + '\t' + escaped(link.target());
        }
        throw new IllegalStateException("unknown kind of entry: " + entry);
    }

    private static String mode(int mode) {
        return Integer.toOctalString(010000 | mode).substring(1);
    }

    private static String common(ManifestEntry entry) {
        return " " + entry.owner() + ' ' + entry.group() + ' ' + entry.modified() + ' ';
    }

    private static Folder folder(String... fields) {
        return new Folder(
                unescaped(fields[5]), octal(fields[1]), number(fields[2]), number(fields[3]), number(fields[4]));
    }

    private static File file(String... fields) {
        return new File(
                unescaped(fields[8]),
                octal(fields[1]),
                number(fields[2]),
                number(fields[3]),
                number(fields[4]),
                new Content(number(fields[5]), new Digest(Digest.Algorithm.SHA256, fields[6])),
                new Digest(Digest.Algorithm.MD5, fields[7]));
    }

    private static Link link(String... fields) {
        int tab = fields[4].indexOf('\t');
        require(tab >= 0, "has no tab between a link's path and its target");
        return new Link(
                unescaped(fields[4].substring(0, tab)),
                number(fields[1]),
                number(fields[2]),
                number(fields[3]),
                unescaped(fields[4].substring(tab + 1)));
    }

    private static int octal(String text) {
        require(MODE.matcher(text).matches(), "has no mode of 4 octal digits");
        return Integer.parseInt(text, 8);
    }

    private static long number(String text) {
        require(NUMBER.matcher(text).matches(), "has no number of 1 to 18 digits");
        return Long.parseLong(text);
    }

    private static String[] split(String line, int count) {
        String[] fields = line.split(" ", count + 1);
        require(fields.length == count, "has too few fields, or too many");
        return fields;
    }

    private static String escaped(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder escaped = new StringBuilder(bytes.length);
        for (byte value : bytes) {
            if (value >= 0 && value <= ' ' || value == DELETE || value == ESCAPE) {
                escaped.append(ESCAPE).append(HEX.toHexDigits(value));
            } else {
                escaped.append((char) (value & 0xff));
            }
        }
        return escaped.toString();
    }

    /** What is no UTF-8 becomes something else here, and so is not what is written again. */
    private static String unescaped(String field) {
        if (field.indexOf(ESCAPE) < 0) {
            return new String(field.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(field.length());
        for (int i = 0; i < field.length(); i++) {
            char letter = field.charAt(i);
            if (letter == ESCAPE) {
                require(i + 2 < field.length(), "ends within an escape");
                bytes.write(HexFormat.fromHexDigits(field, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(letter);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static void require(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}
