package dev.otapair.server.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How long until a release expires, on a command line: {@code 90d} or {@code never}.
 *
 * @param time empty is for ever
 */
record Lifetime(Optional<Duration> time) {
    /** Boards of a fleet that gets nothing new for a year should not think that all is well. */
    static final String DEFAULT = "365d";

    private static final Pattern DAYS = Pattern.compile("([1-9][0-9]{0,4})d");

    /** Reads it. */
    static final class Converter implements ITypeConverter<Lifetime> {
        @Override
        public Lifetime convert(String text) {
            Matcher days = DAYS.matcher(text);
            if (days.matches()) {
                return new Lifetime(Optional.of(Duration.ofDays(Integer.parseInt(days.group(1)))));
            }
            if (text.equals("never")) {
                return new Lifetime(Optional.empty());
            }
            throw new TypeConversionException("'" + text + "' is neither days, like 90d, nor never");
        }
    }
}
