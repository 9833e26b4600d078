package dev.otapair.server.store;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.DeviceId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;

/**
 * The ledger of a server with its boards in memory and a file in its state folder: {@code boards}, a {@link BoardLine} for each change,
 * of which the last one of a board counts. Lines are only appended, and synced, by a thread of its own, so that commands can read
 * the file at any time, and a power cut costs what came in the last second. A file that is mostly history is replaced by one without it.
 *
 * <p>One server writes the file. Two that share a state folder would each undo what the other one noted.
 */
public final class LedgerFile implements BoardLedger {
    private static final Logger LOG = Loggers.of(LedgerFile.class);
    private static final int MAX_BOARDS = 100_000;
    private static final int MAX_HISTORY = 4;
    private static final long MIN_REPLACED_BYTES = 1024 * 1024;
    private static final int PIECE_BYTES = 64 * 1024;
    private static final long CLOSE_SECONDS = 10;

    /** How often at most. */
    record Pace(Duration changes, Duration times, Duration afterFailure) {
        static final Pace DEFAULT = new Pace(Duration.ofSeconds(1), Duration.ofMinutes(5), Duration.ofSeconds(30));
    }

    /** What a file holds, and how many lines of it are damaged. A last line without an end may just be in the writing. */
    public record Content(Map<DeviceId, BoardRecord> boards, long damaged, boolean isTorn) {}

    /** One board. */
    private static final class Entry {
        private final AtomicReference<BoardRecord> record = new AtomicReference<>();

        /** Of its line in the file; 0 while there is none. */
        private int bytes;
    }

    private final Path file;
    private final DurableFiles files;
    private final int maxBoards;
    private final Pace pace;
    private final ScheduledThreadPoolExecutor writer;
    private final Map<DeviceId, Entry> entries = new ConcurrentHashMap<>();
    private final Set<DeviceId> changed = ConcurrentHashMap.newKeySet();
    private final Set<DeviceId> seen = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isDue = new AtomicBoolean();
    private final AtomicBoolean wasFull = new AtomicBoolean();

    /** Guards the file, and what is below. */
    private final Object disk = new Object();

    private long fileBytes;
    private long liveBytes;
    private boolean isToBeReplaced;
    private boolean wasRefused;

    /**
     * Reads what was kept; damaged lines are left out, with a warning.
     *
     * @param stateFolder of the server; made with the first note
     */
    public LedgerFile(Path stateFolder, DurableFiles files) {
        this(stateFolder, files, MAX_BOARDS, Pace.DEFAULT);
    }

    LedgerFile(Path stateFolder, DurableFiles files, int maxBoards, Pace pace) {
        this.file = file(stateFolder);
        this.files = files;
        this.maxBoards = maxBoards;
        this.pace = pace;
        this.writer =
                new ScheduledThreadPoolExecutor(1, LedgerFile::writerThread, new ThreadPoolExecutor.DiscardPolicy());
        writer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        load();
        writer.scheduleWithFixedDelay(
                this::flush, pace.times().toMillis(), pace.times().toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Reads what a server has kept, which may be running.
     *
     * @throws OtaException IO_ERROR if it cannot be read
     */
    public static Content read(Path stateFolder) {
        Path file = file(stateFolder);
        try {
            return content(file);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /** Returns where a server keeps it. */
    public static Path file(Path stateFolder) {
        return stateFolder.resolve("boards");
    }

    @Override
    public boolean note(BoardRecord record) {
        Optional<Entry> entry = entryOf(record.board());
        if (entry.isEmpty()) {
            return false;
        }
        BoardRecord before = entry.get().record.getAndSet(record);
        if (before != null && record.tellsNoMoreThan(before)) {
            seen.add(record.board());
        } else {
            changed.add(record.board());
            makeDue(pace.changes());
        }
        return true;
    }

    @Override
    public Optional<BoardRecord> last(DeviceId board) {
        return Optional.ofNullable(entries.get(board)).map(entry -> entry.record.get());
    }

    /** Returns what was noted last of every board, in no order. */
    Collection<BoardRecord> boards() {
        return entries.keySet().stream()
                .map(this::last)
                .flatMap(Optional::stream)
                .toList();
    }

    @Override
    public void close() {
        writer.shutdown();
        try {
            if (writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                flush();
            } else {
                LOG.warn("{} is not written within {} s: what boards said last is lost", file, CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Brings all that was noted to the disk, times included; blocks until it is there, or cannot be. */
    void flush() {
        synchronized (disk) {
            Set<DeviceId> due = taken(changed);
            due.addAll(taken(seen));
            write(due);
        }
    }

    private void flushChanges() {
        isDue.set(false);
        synchronized (disk) {
            write(taken(changed));
        }
    }

    private void makeDue(Duration after) {
        if (isDue.compareAndSet(false, true)) {
            writer.schedule(this::flushChanges, after.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** What is noted between here and the writing is written, and once more with the next batch. */
    private static Set<DeviceId> taken(Set<DeviceId> from) {
        Set<DeviceId> taken = new HashSet<>(from);
        from.removeAll(taken);
        return taken;
    }

    private void write(Set<DeviceId> due) {
        // A damaged file waits for something to say: a second server that cannot even listen must not touch it.
        if (due.isEmpty() && !wasRefused) {
            return;
        }
        try {
            if (isToBeReplaced || !Files.exists(file)) {
                replace();
            } else {
                append(due);
                if (fileBytes > MIN_REPLACED_BYTES && fileBytes > MAX_HISTORY * liveBytes) {
                    replace();
                }
            }
            isToBeReplaced = false;
            wasRefused = false;
        } catch (IOException e) {
            // A part of a line may be there by now; and what was due is part of all.
            isToBeReplaced = true;
            if (!wasRefused) {
                LOG.warn(
                        "{} cannot be written ({}): what boards say is lost with the next restart, until it can",
                        file,
                        FileFault.why(e));
            }
            wasRefused = true;
            makeDue(pace.afterFailure());
        }
    }

    private void append(Collection<DeviceId> due) throws IOException {
        byte[] lines = linesOf(due);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.WRITE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer bytes = ByteBuffer.wrap(lines);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(false);
        }
        fileBytes += lines.length;
    }

    private void replace() throws IOException {
        byte[] lines = linesOf(entries.keySet().stream()
                .sorted(Comparator.comparing(DeviceId::value))
                .toList());
        files.ensureWritableFolder(file.getParent());
        files.replace(file, lines);
        fileBytes = lines.length;
    }

    private byte[] linesOf(Collection<DeviceId> boards) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (DeviceId board : boards) {
            last(board).ifPresent(record -> {
                byte[] line = BoardLine.of(record);
                lines.writeBytes(line);
                remember(entries.get(board), line.length);
            });
        }
        return lines.toByteArray();
    }

    private void remember(Entry entry, int bytes) {
        liveBytes += bytes - entry.bytes;
        entry.bytes = bytes;
    }

    /** Threads that come at once may each add one more than there is room for. */
    private Optional<Entry> entryOf(DeviceId board) {
        Entry known = entries.get(board);
        if (known == null && entries.size() >= maxBoards) {
            if (wasFull.compareAndSet(false, true)) {
                LOG.warn(
                        "{} has {} boards and takes no more: board {} and others are not kept", file, maxBoards, board);
            }
            return Optional.empty();
        }
        return Optional.of(known == null ? entries.computeIfAbsent(board, absent -> new Entry()) : known);
    }

    private void load() {
        synchronized (disk) {
            try {
                Content kept = content(file);
                kept.boards().values().forEach(this::keep);
                isToBeReplaced = kept.damaged() > 0 || kept.isTorn();
                if (isToBeReplaced) {
                    LOG.warn(
                            "{} has damaged lines, which are left out: {}{}; {} known",
                            file,
                            kept.damaged(),
                            kept.isTorn() ? " and a torn one at its end" : "",
                            Count.of(kept.boards().size(), "board"));
                }
                fileBytes = Files.exists(file) ? Files.size(file) : 0;
            } catch (IOException e) {
                LOG.warn("{} cannot be read ({}) and is made anew", file, FileFault.why(e));
                isToBeReplaced = true;
            }
        }
    }

    private void keep(BoardRecord record) {
        entryOf(record.board()).ifPresent(entry -> {
            entry.record.set(record);
            remember(entry, BoardLine.of(record).length);
        });
    }

    private static Content content(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return content(in);
        } catch (NoSuchFileException e) {
            return new Content(Map.of(), 0, false);
        }
    }

    /** Holds a piece of the file and the last record of each board, however long the file is. */
    private static Content content(InputStream in) throws IOException {
        Map<DeviceId, BoardRecord> boards = new HashMap<>();
        byte[] piece = new byte[PIECE_BYTES];
        byte[] line = new byte[BoardLine.MAX_BYTES];
        int length = 0;
        long damaged = 0;
        for (int count = in.read(piece); count > 0; count = in.read(piece)) {
            for (int at = 0; at < count; at++) {
                if (piece[at] == '\n') {
                    Optional<BoardRecord> record =
                            length <= line.length ? BoardLine.parse(line, length) : Optional.empty();
                    record.ifPresent(known -> boards.put(known.board(), known));
                    damaged += record.isPresent() ? 0 : 1;
                    length = 0;
                } else {
                    if (length < line.length) {
                        line[length] = piece[at];
                    }
                    // One more than a line can have is enough to know.
                    length = Math.min(length + 1, line.length + 1);
                }
            }
        }
        return new Content(Collections.unmodifiableMap(boards), damaged, length > 0);
    }

    private static Thread writerThread(Runnable work) {
        Thread thread = new Thread(work, "board-ledger");
        thread.setDaemon(true);
        return thread;
    }
}
