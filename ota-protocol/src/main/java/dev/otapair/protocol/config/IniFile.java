package dev.otapair.protocol.config;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.ini4j.Config;
import org.ini4j.Ini;
import org.ini4j.Profile;

/**
 * A config.ini as the deployed Python programs read it: {@code [DEFAULT]} is inherited, keys have no case, {@code =} and
 * {@code :} separate, full-line comments, {@code %%} is a percent sign. Read only: no program of ours writes that file.
 * Immutable.
 *
 * @see "PROTOCOL.md, section 6: config.ini"
 */
public final class IniFile {
    /** What a config.ini may have in bytes; a larger one is some other file. */
    public static final int MAX_BYTES = 1024 * 1024;

    static final String DEFAULT_SECTION = "DEFAULT";

    private final Path path;
    private final IniText text;
    private final Map<String, Map<String, String>> sections = new LinkedHashMap<>();

    private IniFile(Path path, String content) {
        this.path = path;
        this.text = new IniText(path, content);
        parse().forEach((name, section) -> sections.put(IniText.sectionName(name), options(section)));
    }

    /**
     * Reads a file. Lines that are at fault are left out, and told by {@link #section} with the faults of the values.
     *
     * @param path absolute, so that what is relative to the file's folder can be found
     * @throws OtaException {@link ErrorCode#CONFIG_INVALID} if the file is no readable text
     */
    public static IniFile read(Path path) {
        return new IniFile(path, decode(path, bytes(path)));
    }

    /** Returns where this was read from. */
    public Path path() {
        return path;
    }

    /**
     * Opens one section for typed reading; faults are collected into {@code faults}, with those of the file's lines.
     *
     * @param name exactly as it stands in brackets; a section that is missing is read as empty
     */
    public IniSection section(String name, ConfigFaults faults) {
        Map<String, String> values = new LinkedHashMap<>(sections.getOrDefault(DEFAULT_SECTION, Map.of()));
        values.putAll(sections.getOrDefault(name, Map.of()));
        faults.addAll(text.faults());
        return new IniSection(this, name, values, faults);
    }

    /**
     * Tells about sections and keys that no program of ours knows: most are typing errors.
     *
     * @param known the known keys by section, in lower case; those of {@code [DEFAULT]} may stand in every section
     * @return one sentence each, with the nearest known key
     */
    public List<String> unknownKeys(Map<String, Set<String>> known) {
        List<String> unknown = new ArrayList<>();
        sections.forEach((name, options) -> addUnknownKeys(unknown, name, options.keySet(), known));
        return unknown;
    }

    /** Names the place of a key for a message: file, line, section, key. */
    String place(String section, String key) {
        int line = option(section, key).line();
        String where = line == 0 ? path.toString() : path + ":" + line;
        return "%s: [%s] %s".formatted(where, section, key);
    }

    /** Returns where a key stands, in the section or in {@code [DEFAULT]}; line 0 is nowhere. */
    IniText.Option option(String section, String key) {
        IniText.Option own = text.option(section, key);
        return own.line() == 0 ? text.option(DEFAULT_SECTION, key) : own;
    }

    /** Returns the names of the sections that are there, in the order of the file. */
    public List<String> sectionNames() {
        return List.copyOf(sections.keySet());
    }

    private void addUnknownKeys(
            List<String> unknown, String section, Set<String> keys, Map<String, Set<String>> known) {
        Set<String> candidates = new TreeSet<>(known.get(DEFAULT_SECTION));
        if (section.startsWith(KnownKeys.PRODUCT_PREFIX)) {
            candidates.addAll(KnownKeys.PRODUCT);
        } else if (section.equals(DEFAULT_SECTION)) {
            known.values().forEach(candidates::addAll);
        } else if (known.containsKey(section)) {
            candidates.addAll(known.get(section));
        } else {
            boolean isNear = !NearestWord.hint(section, known.keySet()).isEmpty();
            unknown.add("%s:%d: %s is not known; known are %s"
                    .formatted(
                            path,
                            text.lineOf(section),
                            isNear ? "section [%s]".formatted(section) : "a section",
                            String.join(", ", new TreeSet<>(known.keySet()))));
            return;
        }
        for (String key : keys) {
            if (!candidates.contains(key)) {
                unknown.add(unknownKey(section, key, candidates));
            }
        }
    }

    /** Names a key only where it is near a known one: a line that lost what stood before its token is a key as well. */
    private String unknownKey(String section, String key, Set<String> candidates) {
        String hint = NearestWord.hint(key, candidates);
        boolean isWord = key.chars().noneMatch(Character::isWhitespace);
        return hint.isEmpty() || !isWord
                ? "%s:%d: [%s] a key is not known%s"
                        .formatted(path, option(section, key).line(), section, hint)
                : place(section, key) + " is not a known key" + hint;
    }

    private Ini parse() {
        Config dialect = new Config();
        dialect.setEscape(false);
        dialect.setEscapeNewline(false);
        dialect.setTree(false);
        Ini ini = new Ini();
        ini.setConfig(dialect);
        try {
            ini.load(new StringReader(text.joined()));
        } catch (IOException e) {
            // Its message would quote a line, and the line may hold a token.
            throw new IllegalStateException(path + ": ini4j refuses a line that was made for it");
        }
        return ini;
    }

    private static Map<String, String> options(Profile.Section section) {
        Map<String, String> options = new LinkedHashMap<>();
        section.forEach((key, value) -> options.put(IniText.unguarded(key), IniText.unguarded(value)));
        return options;
    }

    private static byte[] bytes(Path path) {
        try {
            if (Files.isDirectory(path)) {
                throw invalid(path + " is a folder, expected a config.ini; name it with --config FILE");
            }
            if (Files.size(path) > MAX_BYTES) {
                throw invalid("%s is larger than %d bytes, which no config.ini is".formatted(path, MAX_BYTES));
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw invalid(path + " does not exist; start in the folder of config.ini or name it with --config FILE");
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID, "%s cannot be read: %s".formatted(path, FileFault.why(e)), e);
        }
    }

    private static String decode(Path path, byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.indexOf('\0') >= 0) {
                throw invalid(path + " holds a zero byte; expected a text file");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw invalid("%s:%d: the text is not UTF-8; save the file as UTF-8".formatted(path, badLine(bytes)));
        }
    }

    /** Counts the lines before the first byte that is not UTF-8. */
    private static long badLine(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        return 1 + out.flip().chars().filter(c -> c == '\n').count();
    }

    static OtaException invalid(String message) {
        return new OtaException(ErrorCode.CONFIG_INVALID, message);
    }
}
