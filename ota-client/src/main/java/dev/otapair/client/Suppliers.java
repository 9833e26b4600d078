package dev.otapair.client;

import dev.otapair.client.config.ServerAddress;
import java.util.HashSet;
import java.util.Set;

/**
 * Who has sent what is here of a package: a content that turns out wrong says who has lied only where one server alone has sent it. Not
 * thread-safe; one run.
 *
 * @see "docs/reliability.md, section 3: Trying again"
 */
final class Suppliers {
    private final Set<ServerAddress> servers = new HashSet<>();
    private boolean isOneAtATime;

    /**
     * A connection is over.
     *
     * @param brought bytes of a package that came by it
     * @param held bytes that are here now; when no more than those, nothing of an earlier connection is left
     */
    void supplied(ServerAddress server, long brought, long held) {
        if (held <= brought) {
            servers.clear();
        }
        if (brought > 0) {
            servers.add(server);
        }
    }

    /** Says whether one server has sent all that came in this run. */
    boolean isOne() {
        return servers.size() == 1;
    }

    /** From now on no server goes on with what another one has sent. */
    void takeOneAtATime() {
        isOneAtATime = true;
    }

    /** Says whether what is here is of no use to another server. */
    boolean areTakenOneAtATime() {
        return isOneAtATime;
    }
}
