package dev.otapair.server.session;

import dev.otapair.protocol.error.FileFault;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;

/** What lies under the exceptions that another thread's failure comes wrapped in. */
final class Causes {
    private Causes() {}

    /** Returns the failure itself. */
    static Throwable of(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof UncheckedIOException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Returns why, in an operator's words. */
    static String why(Throwable failure) {
        return of(failure) instanceof Exception cause ? FileFault.why(cause) : failure.toString();
    }
}
