package dev.otapair.client.config;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The times of the week in which a board may install: {@code Mon-Fri 02:00-04:00, Sun 22:00-06:00}. Immutable.
 *
 * <p>A window begins when the local clock shows its beginning, and lasts as long as it does on a day on which nobody changes the
 * clock: on the day the clock is put forward over its beginning it begins an hour later, on the day it is put back it is not open twice.
 *
 * @see "docs/installing.md, section 5: Now and later"
 */
public final class Windows {
    private static final Pattern FORM = Pattern.compile(
            "(?i)(?:(?<from>[a-z]{3})(?:-(?<to>[a-z]{3}))? +)?(?<begin>\\d\\d:\\d\\d)-(?<end>\\d\\d:\\d\\d)");
    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final String MIDNIGHT = "24:00";
    private static final Duration DAY = Duration.ofDays(1);
    private static final int LOOK_BACK_DAYS = 2;
    private static final int LOOK_AHEAD_DAYS = 8;

    private final List<Window> windows;

    private record Window(Set<DayOfWeek> days, LocalTime begin, Duration length) {
        Span on(LocalDate day, ZonedDateTime like) {
            ZonedDateTime opens = ZonedDateTime.of(day, begin, like.getZone());
            return new Span(opens, opens.plus(length));
        }
    }

    /** From the one to just before the other. */
    private record Span(ZonedDateTime opens, ZonedDateTime closes) {
        boolean holds(ZonedDateTime time) {
            return !time.isBefore(opens) && time.isBefore(closes);
        }
    }

    private Windows(List<Window> windows) {
        this.windows = windows;
    }

    /**
     * Reads a list, separated by commas; without days it means every day. A window that ends at or before its beginning ends on the next
     * day.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    public static Windows parse(String text) {
        List<Window> windows = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            Matcher form = FORM.matcher(each.strip());
            if (!form.matches()) {
                throw new IllegalArgumentException("'" + each.strip() + "' is no window");
            }
            LocalTime begin = time(form.group("begin"));
            windows.add(
                    new Window(days(form.group("from"), form.group("to")), begin, length(begin, form.group("end"))));
        }
        return new Windows(List.copyOf(windows));
    }

    /** Says whether a time is within one of them. */
    public boolean isOpen(ZonedDateTime time) {
        return spans(time).stream().anyMatch(span -> span.holds(time));
    }

    /** Returns when the next one opens, after a time at which none is open. */
    public Optional<ZonedDateTime> next(ZonedDateTime time) {
        return spans(time).stream()
                .map(Span::opens)
                .filter(opens -> opens.isAfter(time))
                .min(Comparator.naturalOrder());
    }

    private List<Span> spans(ZonedDateTime time) {
        List<Span> spans = new ArrayList<>();
        for (int offset = -LOOK_BACK_DAYS; offset <= LOOK_AHEAD_DAYS; offset++) {
            LocalDate day = time.toLocalDate().plusDays(offset);
            windows.stream()
                    .filter(window -> window.days().contains(day.getDayOfWeek()))
                    .map(window -> window.on(day, time))
                    .forEach(spans::add);
        }
        return spans;
    }

    private static LocalTime time(String text) {
        try {
            return LocalTime.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + text + "' is no time", e);
        }
    }

    private static Duration length(LocalTime begin, String end) {
        Duration ends =
                end.equals(MIDNIGHT) ? DAY : Duration.ofSeconds(time(end).toSecondOfDay());
        Duration length = ends.minusSeconds(begin.toSecondOfDay());
        return length.isNegative() || length.isZero() ? length.plus(DAY) : length;
    }

    private static Set<DayOfWeek> days(String from, String to) {
        if (from == null) {
            return EnumSet.allOf(DayOfWeek.class);
        }
        DayOfWeek first = day(from);
        DayOfWeek last = to == null ? first : day(to);
        Set<DayOfWeek> days = EnumSet.of(first);
        for (DayOfWeek each = first; each != last; each = each.plus(1)) {
            days.add(each.plus(1));
        }
        return days;
    }

    private static DayOfWeek day(String name) {
        int index = DAYS.indexOf(name.toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw new IllegalArgumentException("'" + name + "' is no day");
        }
        return DayOfWeek.of(index + 1);
    }
}
