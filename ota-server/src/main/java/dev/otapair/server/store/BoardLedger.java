package dev.otapair.server.store;

import dev.otapair.protocol.message.DeviceId;
import java.util.Optional;

/** What is last known of each board. Thread-safe. */
public interface BoardLedger extends AutoCloseable {
    /**
     * Takes over what is known of a board now. Never blocks: for event loops. It is kept for good a while later.
     *
     * @return whether it is kept; a ledger that is full takes no new boards
     */
    boolean note(BoardRecord record);

    /** Returns what was noted last of a board. Never blocks. */
    Optional<BoardRecord> last(DeviceId board);

    /** Keeps for good what was noted until now, and ends. Blocks; not for event loops. */
    @Override
    void close();
}
