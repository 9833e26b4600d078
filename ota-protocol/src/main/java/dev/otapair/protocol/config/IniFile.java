package dev.otapair.protocol.config;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.ini4j.Config;
import org.ini4j.Ini;
import org.ini4j.InvalidFileFormatException;
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
        this.text = new IniText(content);
        parse().forEach((name, section) -> sections.put(name, options(name, section)));
    }

    /**
     * Reads a file.
     *
     * @param path absolute, so that what is relative to the file's folder can be found
     * @throws OtaException {@link ErrorCode#CONFIG_INVALID}, naming the file and, where there is one, the line
     */
    public static IniFile read(Path path) {
        return new IniFile(path, decode(path, bytes(path)));
    }

    /** Returns where this was read from. */
    public Path path() {
        return path;
    }

    /**
     * Opens one section for typed reading; faults are collected into {@code faults}.
     *
     * @param name exactly as it stands in brackets; a section that is missing is read as empty
     */
    public IniSection section(String name, ConfigFaults faults) {
        Map<String, String> values = new LinkedHashMap<>(sections.getOrDefault(DEFAULT_SECTION, Map.of()));
        values.putAll(sections.getOrDefault(name, Map.of()));
        return new IniSection(this, name, values, faults);
    }

    /**
     * Tells about sections and keys that no program of ours knows: most are typing errors.
     *
     * @param known the known keys by section, in lower case; those of {@code [DEFAULT]} may stand in every section
     * @return one sentence each, with the nearest known key
     */
    public List<String> unknownKeys(Map<String, Set<String>> known) {
        return sections.entrySet().stream()
                .flatMap(section ->
                        unknownKeys(section.getKey(), section.getValue().keySet(), known))
                .toList();
    }

    /** Names the place of a key for a message: file, line, section, key. */
    String place(String section, String key) {
        int line = text.lineOf(section, key);
        if (line == 0) {
            line = text.lineOf(DEFAULT_SECTION, key);
        }
        String where = line == 0 ? path.toString() : path + ":" + line;
        return "%s: [%s] %s".formatted(where, section, key);
    }

    private Stream<String> unknownKeys(String section, Set<String> keys, Map<String, Set<String>> known) {
        if (!known.containsKey(section)) {
            return Stream.of("%s: section [%s] is not known; known are %s"
                    .formatted(path, section, known.keySet().stream().sorted().collect(Collectors.joining(", "))));
        }
        Set<String> candidates = new TreeSet<>(known.get(section));
        candidates.addAll(known.get(DEFAULT_SECTION));
        if (section.equals(DEFAULT_SECTION)) {
            known.values().forEach(candidates::addAll);
        }
        return keys.stream()
                .filter(key -> !candidates.contains(key))
                .map(key -> place(section, key) + " is not a known key" + NearestWord.hint(key, candidates));
    }

    private Ini parse() {
        Config dialect = new Config();
        dialect.setEscape(false);
        dialect.setEscapeNewline(false);
        dialect.setMultiOption(true);
        dialect.setMultiSection(true);
        dialect.setTree(false);
        Ini ini = new Ini();
        ini.setConfig(dialect);
        try {
            ini.load(new StringReader(text.joined()));
        } catch (InvalidFileFormatException e) {
            throw invalid("%s: %s; expected [section] or key = value".formatted(path, e.getMessage()));
        } catch (IOException e) {
            throw new OtaException(ErrorCode.IO_ERROR, path + ": " + e.getMessage(), e);
        }
        ini.keySet().stream().filter(name -> ini.length(name) > 1).findFirst().ifPresent(name -> {
            throw invalid("%s: section [%s] is there twice; merge them into one".formatted(path, name));
        });
        return ini;
    }

    private Map<String, String> options(String name, Profile.Section section) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String spelling : section.keySet()) {
            // ini4j would lower the case by the machine's language: a Turkish one makes of IP no ip.
            String key = spelling.strip().toLowerCase(Locale.ROOT);
            boolean isRepeated = options.containsKey(key) || section.length(spelling) > 1;
            if (isRepeated) {
                throw invalid(place(name, key) + " is there twice; remove one of them");
            }
            options.put(key, section.get(spelling).strip());
        }
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
        } catch (java.nio.file.NoSuchFileException e) {
            throw invalid(path + " does not exist; start in the folder of config.ini or name it with --config FILE");
        } catch (IOException e) {
            throw new OtaException(ErrorCode.CONFIG_INVALID, "%s cannot be read: %s".formatted(path, e), e);
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
        java.nio.CharBuffer out = java.nio.CharBuffer.allocate(bytes.length + 1);
        StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        return 1 + out.flip().chars().filter(c -> c == '\n').count();
    }

    static OtaException invalid(String message) {
        return new OtaException(ErrorCode.CONFIG_INVALID, message);
    }
}
