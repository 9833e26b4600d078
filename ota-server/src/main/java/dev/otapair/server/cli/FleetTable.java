package dev.otapair.server.cli;

import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.server.store.BoardRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Boards in lines for a person: columns as wide as they need to be, names that are long without their middle. */
final class FleetTable {
    private static final List<String> TITLES =
            List.of("id", "product", "installed", "release", "state", "about", "code", "seen");

    /** An id that the client makes of the machine's is as long as this. */
    private static final int MAX_ID = 32;

    private static final int MAX_NAME = 28;
    private static final int KEPT_AT_THE_END = 10;
    private static final String NONE = "-";

    private final List<List<String>> rows = new ArrayList<>();

    /** @param now what {@code seen} counts from */
    FleetTable(List<BoardRecord> boards, Instant now) {
        List<String> ids = ids(boards);
        rows.add(TITLES);
        for (int at = 0; at < boards.size(); at++) {
            rows.add(row(ids.get(at), boards.get(at), now));
        }
    }

    @Override
    public String toString() {
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < TITLES.size(); column++) {
            int at = column;
            widths.add(rows.stream().mapToInt(row -> points(row.get(at))).max().orElse(0));
        }
        return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining("\n"));
    }

    /** Says how long ago something was, as a person would. */
    static String age(Duration age) {
        if (age.toMinutes() < 1) {
            return "now";
        }
        if (age.toHours() < 1) {
            return age.toMinutes() + " min ago";
        }
        return age.toDays() < 2 ? age.toHours() + " h ago" : age.toDays() + " days ago";
    }

    /** Boards whose ids would look alike without their middle keep it. */
    private static List<String> ids(List<BoardRecord> boards) {
        var uses = boards.stream()
                .map(board -> shortened(board.board().value(), MAX_ID))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return boards.stream()
                .map(board -> board.board().value())
                .map(id -> uses.get(shortened(id, MAX_ID)) > 1 ? id : shortened(id, MAX_ID))
                .toList();
    }

    private static List<String> row(String id, BoardRecord board, Instant now) {
        Optional<Report> state = board.state();
        return List.of(
                id,
                shortened(board.product().value(), MAX_NAME),
                name(board.installed()),
                number(board.release()),
                state.map(report -> report.state().word()).orElse(NONE),
                state.map(FleetTable::about).orElse(NONE),
                number(state.map(Report::code).orElse(0)),
                age(Duration.between(Instant.ofEpochSecond(board.lastSeen()), now)));
    }

    private static String about(Report report) {
        return name(report.about()) + (report.release() > 0 ? " (" + report.release() + ")" : "");
    }

    private static String name(Optional<PackageName> name) {
        return name.map(known -> shortened(known.value(), MAX_NAME)).orElse(NONE);
    }

    private static String number(long number) {
        return number > 0 ? Long.toString(number) : NONE;
    }

    private static String shortened(String text, int most) {
        if (points(text) <= most) {
            return text;
        }
        int begin = text.offsetByCodePoints(0, most - KEPT_AT_THE_END - 1);
        int end = text.offsetByCodePoints(text.length(), -KEPT_AT_THE_END);
        return text.substring(0, begin) + "…" + text.substring(end);
    }

    private static String line(List<String> row, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < row.size(); column++) {
            boolean isLast = column == row.size() - 1;
            line.append(row.get(column))
                    .append(" ".repeat(isLast ? 0 : widths.get(column) - points(row.get(column)) + 2));
        }
        return line.toString();
    }

    private static int points(String text) {
        return text.codePointCount(0, text.length());
    }
}
