package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What an installation has come to, on disk: there from its first step to its last, so that whatever interrupts it, the next start
 * knows what to finish or undo.
 *
 * <pre>
 * ota-client-journal/1
 * step=probation
 * next=43	sha256	e3b0…	10485760	unpacked	1.4.0	fw-1.4.0.tar.gz
 * floor=38
 * before=42	sha256	ba78…	10485000	unpacked	1.3.0	fw-1.3.0.tar.gz
 * link=releases/fw-1.3.0.tar.gz
 * boot=5f0e1c0a-0b1c-4c52-8f2a-93b7c5a9d3f1
 * since=4711
 * starts=1
 * leader=1234 567890
 * reason=
 * crc32c=0a1b2c3d
 * </pre>
 *
 * @see "docs/installing.md, section 2: The journal"
 */
public final class Journal {
    private static final String KIND = "ota-client-journal/1";
    private static final int LINES = 10;

    private final CheckedFile file;

    /** How far an installation is. */
    public enum Step {
        /** Nothing has been switched, no script has run: what was there can simply stay. */
        PREPARING,
        /** {@code current} points to the next release, or is about to; its script has not been started, as far as is known. */
        APPLYING,
        /** The script has been started. */
        RUNNING,
        /** The script has ended well; now the release has to prove itself. */
        PROBATION,
        /** The release has proved itself; it is being recorded. */
        GOOD,
        /** The installation is given up, as if it had not been; the package stays for another try. */
        ABANDONING,
        /** The release has failed, and what was there before is being put back. */
        UNDOING
    }

    /**
     * One installation.
     *
     * @param next what is being installed
     * @param floor below which nothing is installed any more once it is
     * @param before what was installed, as it lies here; empty when that is not known
     * @param link what {@code current} named; empty when there was no such link
     * @param boot the board's start in which the step began
     * @param since seconds of that start's uptime
     * @param starts how many times this step was begun, or was found by another start of the board
     * @param leader finds the group of its script, in that start of the board; empty when none was started, or it has ended
     * @param reason why it is being undone, for people; empty elsewhere
     */
    public record Entry(
            Step step,
            Deployment next,
            long floor,
            Optional<Deployment> before,
            String link,
            String boot,
            long since,
            int starts,
            String leader,
            String reason) {
        /** Returns the beginning of an installation. */
        public static Entry begin(Deployment next, long floor, Optional<Deployment> before, String link, Uptime now) {
            return new Entry(Step.PREPARING, next, floor, before, link, now.boot(), now.seconds(), 1, "", "");
        }

        /** Returns the beginning of another step. */
        public Entry at(Step other, Uptime now) {
            return new Entry(other, next, floor, before, link, now.boot(), now.seconds(), 1, "", "");
        }

        /** Returns this with a script that is about to begin. */
        public Entry led(String group, Step by, Uptime now) {
            return new Entry(by, next, floor, before, link, now.boot(), now.seconds(), starts, group, reason);
        }

        /** Returns the group of the script, as far as it may be at work. */
        public Optional<String> leader(Uptime now) {
            return Optional.of(leader).filter(known -> boot.equals(now.boot()));
        }

        /** Returns a step that is begun once more. */
        public Entry again(Step other, Uptime now) {
            return new Entry(
                    other,
                    next,
                    floor,
                    before,
                    link,
                    now.boot(),
                    now.seconds(),
                    starts + 1,
                    leader(now).orElse(""),
                    reason);
        }

        /** Returns the beginning of the way back. */
        public Entry undoing(String why, Uptime now) {
            String line = why.replaceAll("\\p{Cntrl}", " ");
            return new Entry(
                    Step.UNDOING,
                    next,
                    floor,
                    before,
                    link,
                    now.boot(),
                    now.seconds(),
                    1,
                    leader(now).orElse(""),
                    line);
        }
    }

    /** @param folder the state folder; must exist before {@link #write} */
    public Journal(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("journal"), KIND, files);
    }

    /** Returns the installation that has not come to its end; empty if there is none. */
    public Optional<Entry> read() {
        return file.read(Journal::parse, "no installation counts as interrupted");
    }

    /**
     * Remembers a step for good, before it is taken.
     *
     * @return the same
     * @throws OtaException CANNOT_WRITE
     */
    public Entry write(Entry entry) {
        file.write(textOf(entry));
        return entry;
    }

    /**
     * The installation has come to its end.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void clear() {
        file.clear();
    }

    private static Entry parse(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.size() != LINES) {
            throw new IllegalArgumentException("not " + LINES + " lines");
        }
        String before = value(lines.get(3), "before=");
        Entry entry = new Entry(
                Step.valueOf(value(lines.get(0), "step=").toUpperCase(Locale.ROOT)),
                Deployment.ofLine(value(lines.get(1), "next=")),
                Long.parseLong(value(lines.get(2), "floor=")),
                before.isEmpty() ? Optional.empty() : Optional.of(Deployment.ofLine(before)),
                value(lines.get(4), "link="),
                value(lines.get(5), "boot="),
                Long.parseLong(value(lines.get(6), "since=")),
                Integer.parseInt(value(lines.get(7), "starts=")),
                value(lines.get(8), "leader="),
                value(lines.get(9), "reason="));
        if (!textOf(entry).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return entry;
    }

    private static String value(String line, String start) {
        if (!line.startsWith(start)) {
            throw new IllegalArgumentException("no " + start);
        }
        return line.substring(start.length());
    }

    private static String textOf(Entry entry) {
        return "step=%s\nnext=%s\nfloor=%d\nbefore=%s\nlink=%s\nboot=%s\nsince=%d\nstarts=%d\nleader=%s\nreason=%s\n"
                .formatted(
                        entry.step().name().toLowerCase(Locale.ROOT),
                        entry.next().toLine(),
                        entry.floor(),
                        entry.before().map(Deployment::toLine).orElse(""),
                        entry.link(),
                        entry.boot(),
                        entry.since(),
                        entry.starts(),
                        entry.leader(),
                        entry.reason());
    }
}
