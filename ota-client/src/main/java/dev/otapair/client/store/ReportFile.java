package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request.Report;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the server is to be told with each question, on disk: a board that was offline when a release failed tells it when it is back.
 *
 * <pre>
 * ota-client-report/1
 * rolled_back	43	72	fw-2
 * crc32c=0a1b2c3d
 * </pre>
 */
public final class ReportFile {
    private static final String KIND = "ota-client-report/1";
    private static final String SEPARATOR = "\t";
    private static final int FIELDS = 4;

    private final CheckedFile file;

    /** @param folder the state folder; must exist before {@link #write} */
    public ReportFile(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("report"), KIND, files);
    }

    /** Returns it; empty if nothing has happened yet. */
    public Optional<Report> read() {
        return file.read(ReportFile::parse, "the server is not told of the last release");
    }

    /**
     * Remembers it for good.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void write(Report report) {
        file.write(textOf(report));
    }

    private static Report parse(String text) {
        String line = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        String[] fields = line.split(SEPARATOR, -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not " + FIELDS + " fields");
        }
        Report report = new Report(
                new BoardState(fields[0]),
                Optional.of(new PackageName(fields[3])),
                Long.parseLong(fields[1]),
                Integer.parseInt(fields[2]));
        if (!textOf(report).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return report;
    }

    private static String textOf(Report report) {
        return String.join(
                        SEPARATOR,
                        report.state().word(),
                        Long.toString(report.release()),
                        Integer.toString(report.code()),
                        report.about().map(PackageName::value).orElse(""))
                + "\n";
    }
}
