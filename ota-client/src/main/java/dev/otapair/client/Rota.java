package dev.otapair.client;

import dev.otapair.client.config.ServerAddress;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;

/**
 * The servers of the list, and which one is asked next. One that refuses, or speaks nonsense, is not asked again in this run: its
 * neighbour may know better, and what it offers is worth no more than who signed it. Not thread-safe; one run.
 */
final class Rota {
    private static final Logger LOG = Loggers.of(Rota.class);

    /** What no other server can help with. That this board leaves a release alone is none of it: another one may have another. */
    private static final Set<ErrorCode> OURS = Set.of(
            ErrorCode.CANNOT_WRITE,
            ErrorCode.IO_ERROR,
            ErrorCode.CONFIG_INVALID,
            ErrorCode.SCRIPT_FAILED,
            ErrorCode.SCRIPT_DEFERRED,
            ErrorCode.HUNG_UP,
            ErrorCode.INTERRUPTED,
            ErrorCode.TERMINATED);

    private final List<ServerAddress> servers;
    private OtaException first;

    Rota(List<ServerAddress> servers) {
        this.servers = new ArrayList<>(servers);
    }

    ServerAddress current() {
        return servers.get(0);
    }

    /** Takes the next one, and comes back to this one after the others. */
    void next() {
        Collections.rotate(servers, -1);
    }

    /**
     * Takes this one off the list, if it is to blame and there is another one.
     *
     * @throws OtaException the failure, or the first one of any server when none is left
     */
    void strike(OtaException failure) {
        if (OURS.contains(failure.code())) {
            throw failure;
        }
        first = first == null ? failure : first;
        if (servers.size() == 1) {
            throw first;
        }
        LOG.warn("{}: {}; asking the next server", current(), failure.getMessage());
        servers.remove(0);
    }

    /** Says how many there are. */
    int size() {
        return servers.size();
    }
}
