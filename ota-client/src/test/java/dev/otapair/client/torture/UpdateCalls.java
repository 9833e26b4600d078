package dev.otapair.client.torture;

import dev.otapair.protocol.testing.SystemCalls.Call;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The calls to the kernel of one update that goes well, in order, and what it means when one of them is not done. */
record UpdateCalls(List<Call> calls) {
    /** What the client can do without: whatever becomes of these files, the update goes on. */
    private static final Set<String> DISPENSABLE = Set.of("token-keys", "server-pin", "verified");

    private static final String TEMPORARY = ".tmp-";
    private static final String PROBE = "probe";

    /** What {@code UnlockedFiles} adds to the names of its temporary files. */
    private static final Pattern OF_A_PROCESS = Pattern.compile("\\.[0-9]+\\.[0-9]+$");

    int size() {
        return calls.size();
    }

    Call get(int index) {
        return calls.get(index);
    }

    /** Says whether the update goes on without it. */
    boolean isDispensable(int index) {
        return DISPENSABLE.contains(subject(index));
    }

    /** Says whether the script has not run by then: it does when the package has its name for good. */
    boolean isBeforeScript(int index) {
        return calls.subList(index, calls.size()).stream()
                .anyMatch(call -> call.file().toString().contains("/packages"));
    }

    /**
     * Says whether what cannot be written is tried once more, with the room that is kept for that: the first look at the state folder, and all
     * once the journal is begun.
     */
    boolean isRepeated(int index) {
        List<Call> soFar = calls.subList(0, index + 1);
        return soFar.stream().noneMatch(call -> call.file().endsWith("lock"))
                || soFar.stream().anyMatch(call -> isAbout(call, "journal"));
    }

    /** Says whether the release counts as installed by then. */
    boolean isRecorded(int index) {
        return calls.subList(0, index).stream()
                .anyMatch(call -> call.name().equals("rename") && isAbout(call, "state"));
    }

    private static boolean isAbout(Call call, String name) {
        return call.file().getFileName().toString().equals(TEMPORARY + name);
    }

    private static boolean isProbe(Call call) {
        return isAbout(call, PROBE);
    }

    /** The file for whose sake it is made: probes come before it, the fsync of its folder behind it. */
    private String subject(int index) {
        Call call = calls.get(index);
        String name = call.file().getFileName().toString();
        if (isProbe(call)) {
            boolean isOpened = call.name().equals("openat");
            return isOpened || !isProbe(calls.get(index + 1)) ? subject(index + 1) : name;
        }
        boolean isFolder = call.name().equals("fsync") && !name.startsWith(TEMPORARY) && !name.startsWith(".part-");
        return isFolder
                ? subject(index - 1)
                : OF_A_PROCESS.matcher(name.replace(TEMPORARY, "")).replaceFirst("");
    }
}
