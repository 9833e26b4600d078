package dev.otapair.client.session;

import dev.otapair.client.control.Interruption;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds the addresses of the server's name. The system's lookup knows neither a deadline nor a way to end it, and a dead
 * resolver holds it for minutes: it runs on a thread of its own, which is left behind then.
 */
final class Resolver {
    private final Lookup lookup;
    private final Duration timeout;
    private final Interruption interruption;

    /** The system's way from a name to addresses; may block for long. */
    @FunctionalInterface
    interface Lookup {
        InetAddress[] addressesOf(String name) throws UnknownHostException;
    }

    /**
     * @param timeout for the whole lookup
     * @param interruption ends the wait for it
     */
    Resolver(Lookup lookup, Duration timeout, Interruption interruption) {
        this.lookup = lookup;
        this.timeout = timeout;
        this.interruption = interruption;
    }

    /**
     * Waits for the addresses of a name, best first.
     *
     * @throws OtaException UNREACHABLE if there is none or no answer in time, or the signal's code
     */
    List<InetAddress> addressesOf(String name) {
        FutureTask<List<InetAddress>> addresses = new FutureTask<>(() -> List.of(lookup.addressesOf(name)));
        Thread thread = new Thread(addresses, "resolver");
        thread.setDaemon(true);
        thread.start();
        return interruption.during(() -> addresses.cancel(false), () -> await(name, addresses));
    }

    private List<InetAddress> await(String name, FutureTask<List<InetAddress>> addresses) {
        try {
            List<InetAddress> found = addresses.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            interruption.throwIfInterrupted();
            return found;
        } catch (CancellationException e) {
            interruption.throwIfInterrupted();
            throw e;
        } catch (TimeoutException e) {
            throw new OtaException(
                    ErrorCode.UNREACHABLE,
                    "server = %s: no answer from the resolver within %d s".formatted(name, timeout.toSeconds()),
                    e);
        } catch (ExecutionException e) {
            throw new OtaException(
                    ErrorCode.UNREACHABLE,
                    "server = %s has no address; is the name right, and the board's resolver up?".formatted(name),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OtaException(ErrorCode.UNREACHABLE, "server = " + name + ": the wait was interrupted", e);
        }
    }
}
