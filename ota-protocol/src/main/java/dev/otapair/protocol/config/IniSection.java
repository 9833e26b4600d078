package dev.otapair.protocol.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Typed reading of one section, {@code [DEFAULT]} included. A value that is wrong becomes a {@link ConfigFaults fault}
 * and is read as its default, so that reading goes on to the next fault. An empty value is an absent one.
 */
public final class IniSection {
    private static final int MAX_SECONDS_DIGITS = 9;
    private static final int MAX_BYTES_DIGITS = 15;
    private static final int MAX_REFERENCES = 10;
    private static final long MAX_SECONDS = Duration.ofDays(366).toSeconds();
    private static final int MAX_TOKEN_BYTES = 128;

    private static final String HIDDEN = "has a value that is refused, and not shown as a token may be in it:"
            + " it goes on in the next, deeper indented line, or has '=', '%(' or 'security' in it";

    private final IniFile file;
    private final String name;
    private final Map<String, String> values;
    private final ConfigFaults faults;

    IniSection(IniFile file, String name, Map<String, String> values, ConfigFaults faults) {
        this.file = file;
        this.name = name;
        this.values = values;
        this.faults = faults;
    }

    /** Says whether the key is there, with or without a value. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** Returns a text, or empty when the key is absent or has no value. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key))
                .flatMap(raw -> interpolated(key, raw, MAX_REFERENCES))
                .filter(value -> !value.isEmpty());
    }

    /** Returns a token, or empty text when there is none; a fault never quotes it. A message must have room for it. */
    public String token(String key) {
        return checkedToken(key, text(key).orElse(""));
    }

    /** As above, for one that stands elsewhere: the key says where. */
    String checkedToken(String key, String token) {
        if (token.getBytes(StandardCharsets.UTF_8).length > MAX_TOKEN_BYTES) {
            plainFault(key, "is longer than %d bytes".formatted(MAX_TOKEN_BYTES));
        }
        return token;
    }

    /** Returns a text that must be there. */
    public String requiredText(String key, String what) {
        return text(key).orElseGet(() -> {
            fault(key, "is missing, expected " + what);
            return "";
        });
    }

    /** Returns a whole number between two bounds, both allowed. */
    public int number(String key, int from, int to, int absent) {
        return parsed(key, absent, "a whole number from " + from + " to " + to, value -> {
            int number = Integer.parseInt(value);
            return number < from || number > to ? Optional.empty() : Optional.of(number);
        });
    }

    /** Returns a time from one second to 366 days: plain seconds, or with s, m, h or d. */
    public Duration duration(String key, Duration absent) {
        return parsed(
                key,
                absent,
                "a time like 90, 90s, 15m, 2h or 1d, from 1 second to 366 days",
                value -> Quantity.of(value, MAX_SECONDS_DIGITS)
                        .map(IniSection::seconds)
                        .filter(seconds -> seconds >= 1 && seconds <= MAX_SECONDS)
                        .map(Duration::ofSeconds));
    }

    /** Returns a size in bytes: plain, or with K, M, G or T, which count in steps of 1024. */
    public Optional<Long> bytes(String key) {
        return parsed(
                key,
                Optional.empty(),
                "a size like 300000000, 300M or 4G",
                value -> Quantity.of(value, MAX_BYTES_DIGITS)
                        .map(IniSection::bytes)
                        .map(Optional::of));
    }

    /** @throws IllegalArgumentException if the unit is none */
    private static long seconds(Quantity time) {
        long unit = switch (time.unit()) {
            case "", "s" -> 1;
            case "m" -> 60;
            case "h" -> 3600;
            case "d" -> 86400;
            default -> throw new IllegalArgumentException("no unit of time");
        };
        return time.number() * unit;
    }

    /** @throws IllegalArgumentException if the unit is none */
    private static long bytes(Quantity size) {
        int steps = switch (size.unit().toUpperCase(Locale.ROOT)) {
            case "", "B", "IB" -> 0;
            case "K", "KB", "KIB" -> 1;
            case "M", "MB", "MIB" -> 2;
            case "G", "GB", "GIB" -> 3;
            case "T", "TB", "TIB" -> 4;
            default -> throw new IllegalArgumentException("no unit of size");
        };
        return Math.multiplyExact(size.number(), 1L << (10 * steps));
    }

    /** Returns one of an enum's constants, written in lower case. */
    public <E extends Enum<E>> E choice(String key, Class<E> type, E absent) {
        List<String> allowed = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            allowed.add(constant.name().toLowerCase(Locale.ROOT));
        }
        return parsed(
                key,
                absent,
                "one of " + String.join(", ", allowed),
                value -> Optional.of(Enum.valueOf(type, value.toUpperCase(Locale.ROOT))));
    }

    /** Returns yes or no; as configparser also on, true, 1 and off, false, 0. */
    public boolean flag(String key, boolean absent) {
        return parsed(key, absent, "yes or no", value -> switch (value.toLowerCase(Locale.ROOT)) {
            case "yes", "on", "true", "1" -> Optional.of(true);
            case "no", "off", "false", "0" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    /** Returns a path; a relative one counts from the folder of the config file. */
    public Optional<Path> path(String key) {
        return text(key).flatMap(value -> resolved(key, value));
    }

    /** Returns the path of something in the folder of the config file. */
    Path besideFile(String child) {
        return file.path().resolveSibling(child);
    }

    /** Returns what a constructor that refuses by {@link IllegalArgumentException} makes of a value. */
    public <T> Optional<T> value(String key, String expected, Function<String, T> constructor) {
        return parsed(key, Optional.empty(), expected, value -> Optional.of(Optional.of(constructor.apply(value))));
    }

    /** Adds a fault about a key of this section; it is told without the value where a token may be in that. */
    public void fault(String key, String fault) {
        plainFault(key, mayHoldToken(key) ? HIDDEN : fault);
    }

    /** Adds a fault that does not quote the value. */
    private void plainFault(String key, String fault) {
        int line = file.option(name, key).line();
        String text = file.place(name, key) + " " + fault;
        if (line == 0) {
            faults.add(text);
        } else {
            faults.add(line, text);
        }
    }

    /** Says whether lines ran into each other, or the value is made from others. */
    private boolean mayHoldToken(String key) {
        String raw = values.getOrDefault(key, "").toLowerCase(Locale.ROOT);
        return file.option(name, key).isContinued()
                || Stream.of("=", "%(", "security").anyMatch(raw::contains);
    }

    private Optional<Path> resolved(String key, String value) {
        try {
            return Optional.of(file.path().resolveSibling(value).normalize());
        } catch (InvalidPathException e) {
            fault(key, "is '%s', expected a path".formatted(value));
            return Optional.empty();
        }
    }

    private <T> T parsed(String key, T absent, String expected, Function<String, Optional<T>> parse) {
        Optional<String> text = text(key);
        if (text.isEmpty()) {
            return absent;
        }
        Optional<T> parsed = attempt(text.get(), parse);
        if (parsed.isEmpty()) {
            fault(key, "is '%s', expected %s".formatted(text.get(), expected));
        }
        return parsed.orElse(absent);
    }

    private static <T> Optional<T> attempt(String value, Function<String, Optional<T>> parse) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** Resolves {@code %%} and {@code %(key)s} as Python's BasicInterpolation does. */
    private Optional<String> interpolated(String key, String raw, int depth) {
        StringBuilder result = new StringBuilder();
        int end = 0;
        for (int sign = raw.indexOf('%'); sign >= 0; sign = raw.indexOf('%', end)) {
            result.append(raw, end, sign);
            String reference = reference(raw, sign);
            Optional<String> replacement = reference.equals("%%") ? Optional.of("%") : referred(reference, depth);
            if (replacement.isEmpty()) {
                plainFault(key, "has a '%' that stands for nothing; a percent sign is written '%%'");
                return Optional.empty();
            }
            result.append(replacement.get());
            end = sign + reference.length();
        }
        return Optional.of(result.append(raw, end, raw.length()).toString());
    }

    /** Returns {@code %%} or {@code %(key)s}, or a percent sign that stands alone. */
    private static String reference(String raw, int sign) {
        if (raw.startsWith("%%", sign)) {
            return "%%";
        }
        int close = raw.startsWith("%(", sign) ? raw.indexOf(')', sign) : -1;
        return close > 0 && raw.startsWith(")s", close) ? raw.substring(sign, close + 2) : "%";
    }

    private Optional<String> referred(String reference, int depth) {
        if (reference.length() == 1 || depth == 0) {
            return Optional.empty();
        }
        String other = reference.substring(2, reference.length() - 2).toLowerCase(Locale.ROOT);
        return Optional.ofNullable(values.get(other)).flatMap(raw -> interpolated(other, raw, depth - 1));
    }
}
