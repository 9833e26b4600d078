package dev.otapair.server.cli;

import java.util.regex.Pattern;

/** Words of command lines that people copy from what is printed: names may hold blanks, quotes and worse. */
final class ShellWord {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./][A-Za-z0-9_.+~@%/-]*");

    private ShellWord() {}

    /** Returns a text as a shell reads it as one word, which no program takes for an option. */
    static String of(String text) {
        String word = text.startsWith("-") ? "./" + text : text;
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
