package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.OtaException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A command that failed, as {@code --json} tells it: the same of both programs. */
public final class Failure {
    private Failure() {}

    /** Returns what machines are told, but for the exit status, which only the program's end decides. */
    public static Map<String, Object> members(OtaException failure) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("result", "failed");
        members.put("error", failure.code().name().toLowerCase(Locale.ROOT));
        members.put("message", failure.getMessage());
        members.put("retry", failure.code().isRetryable());
        failure.retryAfter().ifPresent(time -> members.put("retry_after", time.toSeconds()));
        return members;
    }
}
