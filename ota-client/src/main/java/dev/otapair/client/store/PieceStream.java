package dev.otapair.client.store;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.delta.Plan.Piece;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The stream of a plan while it arrives: cut into its pieces, each of which is verified and gets its name when its last byte has come.
 * What is here already is passed over. Memory does not grow with it. Not thread-safe; closed by who asked for it, and what has
 * come of the last piece stays.
 */
public final class PieceStream implements AutoCloseable {
    private final PieceFolder folder;
    private final Plan plan;
    private int next;
    private long start;
    private long offset;
    private Optional<PartialFile> partial = Optional.empty();
    private boolean isPassedOver;

    /** @param offset where it begins; all before it is in the folder */
    PieceStream(PieceFolder folder, Plan plan, long offset) {
        this.folder = folder;
        this.plan = plan;
        this.offset = offset;
        while (next < plan.pieces().size() && start + piece().length() <= offset) {
            start += piece().length();
            next++;
        }
    }

    /** Returns the offset in the plan's stream of the byte that comes next. */
    public long offset() {
        return offset;
    }

    /** Says whether all bytes have come. */
    public boolean isWhole() {
        return next == plan.pieces().size();
    }

    /**
     * Takes what has arrived; blocks until the kernel has it, and for each whole piece until the disk has it.
     *
     * @param bytes in order of arrival, read up to its limit
     * @throws OtaException DIGEST_MISMATCH if a piece is not the one that its plan names, then it is gone; MALFORMED_MESSAGE if more
     *     comes than the plan has; CANNOT_WRITE. No more is to be appended then
     */
    public void append(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (isWhole()) {
                throw new OtaException(
                        ErrorCode.MALFORMED_MESSAGE,
                        "%d bytes came behind the last of the plan's %d".formatted(bytes.remaining(), plan.length()));
            }
            begin();
            long left = start + piece().length() - offset;
            int count = (int) Math.min(left, bytes.remaining());
            take(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            offset += count;
            if (count == left) {
                end();
            }
        }
    }

    private void begin() {
        if (partial.isEmpty() && !isPassedOver) {
            isPassedOver = folder.holds(piece());
            if (!isPassedOver) {
                partial = Optional.of(folder.open(piece()));
            }
        }
    }

    private void take(ByteBuffer bytes) {
        if (partial.isEmpty()) {
            return;
        }
        long known = start + partial.get().size() - offset;
        if (known < 0) {
            throw new OtaException(
                    ErrorCode.IO_ERROR, "piece %s has lost what was here of it".formatted(piece().sha256()));
        }
        if (known < bytes.remaining()) {
            partial.get().append(bytes.position((int) known));
        }
    }

    private void end() {
        try {
            if (partial.isPresent()) {
                folder.finish(piece(), partial.get());
            }
        } finally {
            close();
        }
        isPassedOver = false;
        start += piece().length();
        next++;
    }

    private Piece piece() {
        return plan.pieces().get(next);
    }

    @Override
    public void close() {
        partial.ifPresent(PartialFile::close);
        partial = Optional.empty();
    }
}
