package dev.otapair.server.store;

import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One record as a line: fields between tabs, which no name can have, then the CRC-32C of all before it.
 *
 * <pre>
 * 1 BOARD PRODUCT INSTALLED RELEASE  STATE ABOUT RELEASE CODE  STATE ABOUT RELEASE CODE  SINCE SEEN  CRC
 * </pre>
 *
 * The first state is what the board reported, the second what the server observed; empty where there is none. Lines of another
 * version than 1 count as damaged.
 */
final class BoardLine {
    /** More than the longest there can be. */
    static final int MAX_BYTES = 1024;

    private static final String VERSION = "1";
    private static final String NO_REPORT = "\t\t0\t0";
    private static final int FIELDS = 15;
    private static final int REPORT_FIELDS = 4;
    private static final int CHECKSUM_BYTES = 8;

    private BoardLine() {}

    /** Returns the line, with its line end. */
    static byte[] of(BoardRecord record) {
        String fields = String.join(
                "\t",
                VERSION,
                record.board().value(),
                record.product().value(),
                text(record.installed()),
                Long.toString(record.release()),
                record.reported().map(BoardLine::text).orElse(NO_REPORT),
                record.observed().map(BoardLine::text).orElse(NO_REPORT),
                Long.toString(record.since()),
                Long.toString(record.lastSeen()),
                "");
        byte[] bytes = fields.getBytes(StandardCharsets.UTF_8);
        return (fields + checksum(bytes, bytes.length) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a line.
     *
     * @param line without its line end, the first {@code length} bytes
     * @return empty if it is damaged
     */
    static Optional<BoardRecord> parse(byte[] line, int length) {
        int end = length - CHECKSUM_BYTES;
        if (end <= 0
                || !checksum(line, end).equals(new String(line, end, CHECKSUM_BYTES, StandardCharsets.ISO_8859_1))) {
            return Optional.empty();
        }
        String[] fields = new String(line, 0, end, StandardCharsets.UTF_8).split("\t", -1);
        try {
            return fields.length == FIELDS + 1 && fields[0].equals(VERSION)
                    ? Optional.of(record(fields))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static BoardRecord record(String[] fields) {
        return new BoardRecord(
                new DeviceId(fields[1]),
                new Product(fields[2]),
                name(fields[3]),
                Long.parseLong(fields[4]),
                report(fields, 5),
                report(fields, 5 + REPORT_FIELDS),
                Long.parseLong(fields[5 + 2 * REPORT_FIELDS]),
                Long.parseLong(fields[6 + 2 * REPORT_FIELDS]));
    }

    private static Optional<Report> report(String[] fields, int first) {
        return fields[first].isEmpty()
                ? Optional.empty()
                : Optional.of(new Report(
                        new BoardState(fields[first]),
                        name(fields[first + 1]),
                        Long.parseLong(fields[first + 2]),
                        Integer.parseInt(fields[first + 3])));
    }

    private static Optional<PackageName> name(String field) {
        return field.isEmpty() ? Optional.empty() : Optional.of(new PackageName(field));
    }

    private static String text(Optional<PackageName> name) {
        return name.map(PackageName::value).orElse("");
    }

    private static String text(Report report) {
        return String.join(
                "\t",
                report.state().word(),
                text(report.about()),
                Long.toString(report.release()),
                Integer.toString(report.code()));
    }

    private static String checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
