package dev.otapair.server.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How long a board has said nothing, at least, on a command line: {@code 90s}, {@code 15m}, {@code 2h} or {@code 3d}. */
record Silence(Duration time) {
    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,5})([smhd])");

    /** Reads it. */
    static final class Converter implements ITypeConverter<Silence> {
        @Override
        public Silence convert(String text) {
            Matcher parts = TEXT.matcher(text);
            if (!parts.matches()) {
                throw new TypeConversionException("'" + text + "' is no time like 90s, 15m, 2h or 3d");
            }
            long number = Long.parseLong(parts.group(1));
            return new Silence(
                    switch (parts.group(2)) {
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
        }
    }
}
