package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.wire.JsonReport;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.Logger;

/**
 * How a command ends: results on standard output, the log on standard error, a status from {@link ErrorCode}. What went wrong goes to the
 * log, and for machines to standard output as well.
 */
public final class Ending {
    private static final int BUG = ErrorCode.IO_ERROR.exitStatus();
    private static final Logger LOG = Loggers.of(Ending.class);

    private final String program;
    private final boolean isForMachines;
    private final PrintWriter out;

    /**
     * @param program its name
     * @param isForMachines whether failures are told as JSON too
     */
    public Ending(String program, boolean isForMachines) {
        this(program, isForMachines, standardOutput());
    }

    Ending(String program, boolean isForMachines, PrintWriter out) {
        this.program = program;
        this.isForMachines = isForMachines;
        this.out = out;
    }

    /** Returns where results go: UTF-8 whatever the locale, flushed with each line. */
    static PrintWriter standardOutput() {
        return new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    }

    /** Returns where the results of the work go. */
    public PrintWriter out() {
        return out;
    }

    /** Returns the exit status of this work. */
    public int of(Callable<Integer> work) {
        try {
            return written(work.call());
        } catch (Exception e) {
            return failed(e);
        }
    }

    /** Returns the exit status of work that failed, after it was told why. */
    int failed(Exception failure) {
        if (failure instanceof OtaException known) {
            known.getMessage().lines().forEach(LOG::error);
            if (isForMachines) {
                Map<String, Object> members = Failure.members(known);
                members.put("status", known.code().exitStatus());
                out.println(JsonReport.of(members));
            }
            return known.code().exitStatus();
        }
        LOG.error("{} ended by a defect of its own; please report the lines below", program, failure);
        return BUG;
    }

    /** Returns the status of work that came to its end: a PrintWriter keeps quiet about a full disk until it is asked. */
    int written(int status) {
        if (status == 0 && out.checkError()) {
            LOG.error("standard output cannot be written; what was to be printed is lost");
            return ErrorCode.IO_ERROR.exitStatus();
        }
        return status;
    }
}
