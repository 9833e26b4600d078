package dev.otapair.client.store;

import dev.otapair.client.config.ClientConfig;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an installation has come to, on disk: there from its first step to its last, so that whatever interrupts it, the next start
 * knows what to finish or undo.
 *
 * <pre>
 * ota-client-journal/1
 * step=probation
 * next=43	sha256	e3b0…	10485760	unpacked	1.4.0	fw-1.4.0.tar.gz	fw-1.4.0.tar.gz
 * floor=38
 * before=42	sha256	ba78…	10485000	unpacked	1.3.0	fw-1.3.0.tar.gz	fw-1.3.0.tar.gz
 * link=releases/fw-1.3.0.tar.gz
 * link_before=releases/fw-1.2.0.tar.gz
 * attempt=1
 * boot=5f0e1c0a-0b1c-4c52-8f2a-93b7c5a9d3f1
 * starts=1
 * told=0
 * leader=1234 567890
 * code=
 * reason=
 * crc32c=0a1b2c3d
 * </pre>
 *
 * <p>The launcher of a client that updates itself reads the line {@code link} too.
 *
 * @see "docs/installing.md, section 2: The journal"
 */
public final class Journal {
    private static final String KIND = "ota-client-journal/1";
    /** A script may tell its own client to end. */
    private static final int MAX_TOLD = 8;

    private static final List<String> KEYS = List.of(
            "step",
            "next",
            "floor",
            "before",
            "link",
            "link_before",
            "attempt",
            "boot",
            "starts",
            "told",
            "leader",
            "code",
            "reason");

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
     * What {@code current} and {@code previous} named before.
     *
     * @param current as the link held it; empty when there was no such link
     * @param previous likewise
     */
    public record Links(String current, String previous) {}

    /**
     * One installation.
     *
     * @param next what is being installed
     * @param floor below which nothing is installed any more once it is
     * @param before what was installed, as it lies here; empty when that is not known
     * @param links as they were
     * @param attempt which try of the release it is, from 1
     * @param boot the board's start in which the step began
     * @param starts how many times this step was begun, or was found by another start of the board
     * @param told how often a run was told to end in this step, and that counted for nothing
     * @param leader finds the group of its script, in that start of the board; empty when none was started, or it has ended
     * @param code why it is given up; empty elsewhere
     * @param reason why it is given up or undone, for people; empty elsewhere
     */
    public record Entry(
            Step step,
            Deployment next,
            long floor,
            Optional<Deployment> before,
            Links links,
            int attempt,
            String boot,
            int starts,
            int told,
            String leader,
            Optional<ErrorCode> code,
            String reason) {
        /** How often a step may start its script: one that ends its client, or the board, each time is none that works. */
        private static final int MAX_SCRIPT_STARTS = 3;

        /** Returns the beginning of an installation. */
        public static Entry begin(
                Deployment next, long floor, Optional<Deployment> before, Links links, int attempt, Uptime now) {
            return new Entry(
                    Step.PREPARING, next, floor, before, links, attempt, now.boot(), 1, 0, "", Optional.empty(), "");
        }

        /** Returns the beginning of another step. */
        public Entry at(Step other, Uptime now) {
            return new Entry(other, next, floor, before, links, attempt, now.boot(), 1, 0, "", Optional.empty(), "");
        }

        /** Returns this with a script that is about to begin. */
        public Entry led(String group, Step by, Uptime now) {
            return new Entry(by, next, floor, before, links, attempt, now.boot(), starts, told, group, code, reason);
        }

        /** Returns a step that is begun once more. */
        public Entry again(Step other, Uptime now) {
            return new Entry(
                    other, next, floor, before, links, attempt, now.boot(), starts + 1, told, "", code, reason);
        }

        /** Returns a step that was ended by somebody who may do so: it counts for nothing, but not for ever. */
        public Entry uncounted() {
            int forgiven = starts > 0 && told < MAX_TOLD ? 1 : 0;
            return new Entry(
                    step,
                    next,
                    floor,
                    before,
                    links,
                    attempt,
                    boot,
                    starts - forgiven,
                    told + forgiven,
                    leader,
                    code,
                    reason);
        }

        /** Returns the beginning of the way back. */
        public Entry undoing(String why, Uptime now) {
            return new Entry(
                    Step.UNDOING,
                    next,
                    floor,
                    before,
                    links,
                    attempt,
                    now.boot(),
                    1,
                    0,
                    "",
                    Optional.empty(),
                    oneLine(why));
        }

        /** Returns the beginning of giving it up. */
        public Entry abandoning(ErrorCode because, String why, Uptime now) {
            return new Entry(
                    Step.ABANDONING,
                    next,
                    floor,
                    before,
                    links,
                    attempt,
                    now.boot(),
                    1,
                    0,
                    "",
                    Optional.of(because),
                    oneLine(why));
        }

        /** Says whether no run may start this step's script any more: none of those that did has lived to see its end. */
        public boolean isScriptUsedUp() {
            return scriptStarts() >= MAX_SCRIPT_STARTS;
        }

        /** Returns how often this step has started its script. The way back begins with other work, and counts each start besides. */
        public int scriptStarts() {
            return Math.max(0, step == Step.UNDOING ? starts - 1 : starts);
        }

        /** Returns the group of the script, as far as it may be at work. */
        public Optional<String> leader(Uptime now) {
            return Optional.of(leader).filter(known -> !known.isEmpty() && boot.equals(now.boot()));
        }

        private static String oneLine(String text) {
            return text.replaceAll("\\p{Cntrl}", " ");
        }
    }

    /** @param folder the state folder; must exist before {@link #write} */
    public Journal(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve(ClientConfig.OPEN_INSTALLATION), KIND, files);
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
     * Removes a journal that cannot be read: it tells nobody anything, and must not look as if an installation were open.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void repair() {
        if (file.exists() && read().isEmpty()) {
            file.clear();
        }
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
        Map<String, String> values = new HashMap<>();
        for (String line : text.split("\n")) {
            int end = line.indexOf('=');
            values.put(line.substring(0, Math.max(0, end)), line.substring(end + 1));
        }
        if (!values.keySet().equals(Set.copyOf(KEYS))) {
            throw new IllegalArgumentException("not the lines that are written");
        }
        Entry entry = new Entry(
                Step.valueOf(values.get("step").toUpperCase(Locale.ROOT)),
                Deployment.ofLine(values.get("next")),
                Long.parseLong(values.get("floor")),
                given(values.get("before")).map(Deployment::ofLine),
                new Links(linkOf(values.get("link")), linkOf(values.get("link_before"))),
                Integer.parseInt(values.get("attempt")),
                values.get("boot"),
                Integer.parseInt(values.get("starts")),
                Integer.parseInt(values.get("told")),
                values.get("leader"),
                given(values.get("code")).map(name -> ErrorCode.valueOf(name.toUpperCase(Locale.ROOT))),
                values.get("reason"));
        if (!textOf(entry).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return entry;
    }

    private static Optional<String> given(String value) {
        return Optional.of(value).filter(known -> !known.isEmpty());
    }

    private static String textOf(Entry entry) {
        List<String> values = List.of(
                entry.step().name().toLowerCase(Locale.ROOT),
                entry.next().toLine(),
                Long.toString(entry.floor()),
                entry.before().map(Deployment::toLine).orElse(""),
                textOf(entry.links().current()),
                textOf(entry.links().previous()),
                Integer.toString(entry.attempt()),
                entry.boot(),
                Integer.toString(entry.starts()),
                Integer.toString(entry.told()),
                entry.leader(),
                entry.code().map(code -> code.name().toLowerCase(Locale.ROOT)).orElse(""),
                entry.reason());
        StringBuilder text = new StringBuilder();
        for (int line = 0; line < KEYS.size(); line++) {
            text.append(KEYS.get(line)).append('=').append(values.get(line)).append('\n');
        }
        return text.toString();
    }

    /** A link that somebody made may hold anything but a zero byte. */
    private static String textOf(String link) {
        return link.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String linkOf(String text) {
        return text.translateEscapes();
    }
}
