package dev.otapair.server.store;

import dev.otapair.protocol.message.DeviceId;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A ledger that forgets all with its test. */
public final class MemoryLedger implements BoardLedger {
    private final Map<DeviceId, BoardRecord> records = new ConcurrentHashMap<>();

    @Override
    public boolean note(BoardRecord record) {
        records.put(record.board(), record);
        return true;
    }

    @Override
    public Optional<BoardRecord> last(DeviceId board) {
        return Optional.ofNullable(records.get(board));
    }

    @Override
    public void close() {}
}
