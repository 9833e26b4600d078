package dev.otapair.protocol.error;

import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/** What lies under the exceptions that another thread's failure comes wrapped in. Stateless. */
public final class Causes {
    /** Netty says which call of the kernel's failed before it says what the kernel said. */
    private static final Pattern NATIVE_CALL = Pattern.compile("^\\w+\\(\\.\\.\\) failed[^:]*: ");

    private Causes() {}

    /** Returns the failure itself. */
    public static Throwable of(Throwable failure) {
        Throwable cause = failure;
        while (isWrapping(cause) && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /**
     * Returns why, in an operator's words: the message of an {@link OtaException} as it is; of anything else some words without a full
     * stop, as of {@link FileFault#why}.
     */
    public static String why(Throwable failure) {
        Throwable cause = of(failure);
        if (cause instanceof OtaException known) {
            return known.getMessage();
        }
        if (cause instanceof OutOfMemoryError) {
            return "memory is short: " + FileFault.messageOf(cause);
        }
        String why = cause instanceof Exception exception ? FileFault.why(exception) : FileFault.messageOf(cause);
        return FileFault.lowered(NATIVE_CALL.matcher(why).replaceFirst(""));
    }

    private static boolean isWrapping(Throwable failure) {
        return failure instanceof CompletionException
                || failure instanceof ExecutionException
                || failure instanceof UncheckedIOException
                || failure instanceof ExceptionInInitializerError;
    }
}
