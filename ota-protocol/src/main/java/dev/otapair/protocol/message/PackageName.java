package dev.otapair.protocol.message;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/**
 * The name of a package: one plain file name that cannot leave its folder and cannot be mistaken for a file of ours.
 *
 * <p>Names in the field are free text, so letters of every script are welcome. Refused are what a file system or a
 * terminal would read as something else: separators, a leading dot, control and format characters, more bytes than a
 * file name holds.
 *
 * @param value 1 to {@value #MAX_BYTES} bytes of UTF-8
 * @see "PROTOCOL.md, section 3.3: Package names"
 */
public record PackageName(String value) {
    /** Below the 255 bytes of Linux file systems, so that a name still fits with a suffix of ours. */
    public static final int MAX_BYTES = 200;

    /** What the client keeps beside the packages. */
    private static final Set<String> RESERVED = Set.of("current", "previous", "releases");

    public PackageName {
        String fault = faultOf(value);
        if (!fault.isEmpty()) {
            throw new IllegalArgumentException(Bounds.quoted(value) + " is not a package name: " + fault);
        }
    }

    /**
     * Returns the path of this package in {@code folder}; always a direct child of it.
     *
     * @throws IllegalArgumentException if the platform's file name encoding cannot hold the name
     */
    public Path in(Path folder) {
        Path child = folder.resolve(value).normalize();
        Path parent = child.toAbsolutePath().normalize().getParent();
        if (!folder.toAbsolutePath().normalize().equals(parent)) {
            throw new IllegalArgumentException("'" + value + "' is not a plain file name");
        }
        return child;
    }

    @Override
    public String toString() {
        return value;
    }

    private static String faultOf(String value) {
        if (value.isEmpty()) {
            return "it is empty";
        }
        if (value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            return "it is longer than " + MAX_BYTES + " bytes";
        }
        if (value.startsWith(".")) {
            return "it starts with a dot";
        }
        if (value.startsWith(" ") || value.endsWith(" ")) {
            return "it starts or ends with a space";
        }
        if (RESERVED.contains(value)) {
            return "the client keeps something else under it";
        }
        for (int i = 0; i < value.length(); i += Character.charCount(value.codePointAt(i))) {
            if (isRefused(value.codePointAt(i))) {
                return "it holds the character U+%04X".formatted(value.codePointAt(i));
            }
        }
        return "";
    }

    private static boolean isRefused(int codePoint) {
        if (codePoint == '/' || codePoint == '\\') {
            return true;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }
}
