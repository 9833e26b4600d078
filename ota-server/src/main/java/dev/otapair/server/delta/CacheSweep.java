package dev.otapair.server.delta;

import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/**
 * Finds what may go from the cache of patches, and removes it. Others read and add meanwhile.
 *
 * <p>A plan is first given another name, and then looked at once more: a daemon that marked it as used just before will find that it is still
 * there under its own name, and one that comes later finds none.
 */
final class CacheSweep {
    private static final Logger LOG = Loggers.of(CacheSweep.class);

    /** What begins so is on its way out; no plan is called so. */
    private static final String LEAVING = ".leaving-";

    /** A piece comes before the plan that names it: a new one is left alone, whoever names it. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    /** Of all room, as a divisor: what repairs alone need, lest a few boards take the room of what all ask for. */
    private static final int REPAIRS_SHARE = 4;

    /** Repairs that a board was answered with within the last minute; that is marked once a minute. */
    private static final Duration AT_WORK = Duration.ofMinutes(2);

    private final CacheFolders folders;
    private final PatchCache cache;

    /** By the names of pieces, their bytes. */
    private final Map<String, Long> sizes = new HashMap<>();

    /** By the names of pieces, how many plans need each. */
    private final Map<String, Integer> users = new HashMap<>();

    /** Pieces that plans had which this has removed, and no other has. */
    private final Set<String> freed = new HashSet<>();

    private long bytes;

    /** To run once. */
    CacheSweep(CacheFolders folders, PatchCache cache) {
        this.folders = folders;
        this.cache = cache;
    }

    /** A plan with all it needs. */
    private static final class Known {
        private final String id;
        private final FileTime used;
        private final Set<String> needs = new HashSet<>();
        private final List<Path> records = new ArrayList<>();

        Known(String id, FileTime used) {
            this.id = id;
            this.used = used;
        }

        /** What one board has lost is worth less than what all boards ask for. */
        boolean isRepair() {
            return !records.isEmpty()
                    && records.stream()
                            .allMatch(record -> record.getFileName().toString().contains(Pair.DAMAGED));
        }
    }

    void run(long most, Duration keep, Instant now) throws IOException {
        findSizes();
        List<Known> known = new ArrayList<>(known().values());
        known.sort(Comparator.comparing((Known plan) -> !plan.isRepair())
                .thenComparing(plan -> plan.used)
                .thenComparing(plan -> plan.id));
        known.forEach(plan -> plan.needs.forEach(piece -> users.merge(piece, 1, Integer::sum)));
        bytes = sizes.values().stream().mapToLong(Long::longValue).sum();
        long before = bytes;
        int gone = removeRepairs(most / REPAIRS_SHARE, known, now);
        for (Known plan : known) {
            boolean isKept = plan.used.toInstant().isAfter(now.minus(plan.isRepair() ? GRACE : keep));
            if (bytes > most && !isKept && remove(plan)) {
                gone++;
            }
        }
        removeUnused(now);
        if (gone > 0) {
            LOG.info("{} made room in {}: {} bytes are {} now", Count.of(gone, "plan"), folders.root(), before, bytes);
        }
        if (bytes > most) {
            LOG.warn(
                    "{} holds {} bytes, more than delta_cache = {}: boards were answered with all of it not long ago",
                    folders.root(),
                    bytes,
                    most);
        }
    }

    /**
     * Removes repairs, however young, until all of them keep to their share.
     *
     * @param known in the order in which they go; what is removed is taken from it
     * @return how many were removed
     */
    private int removeRepairs(long most, List<Known> known, Instant now) throws IOException {
        Set<String> own = new HashSet<>();
        known.stream().filter(Known::isRepair).forEach(plan -> own.addAll(plan.needs));
        known.stream().filter(plan -> !plan.isRepair()).forEach(plan -> own.removeAll(plan.needs));
        long others = bytes
                - own.stream().mapToLong(piece -> sizes.getOrDefault(piece, 0L)).sum();
        int before = known.size();
        for (Known plan : List.copyOf(known)) {
            boolean isAtWork = plan.used.toInstant().isAfter(now.minus(AT_WORK));
            if (bytes - others > most && plan.isRepair() && !isAtWork && remove(plan)) {
                known.remove(plan);
            }
        }
        return before - known.size();
    }

    private Map<String, Known> known() throws IOException {
        Map<String, Known> known = new HashMap<>();
        for (Path file : filesIn(folders.plans())) {
            String id = file.getFileName().toString();
            if (id.startsWith(LEAVING)) {
                Files.deleteIfExists(file);
                continue;
            }
            Optional<Plan> plan = digest(id).flatMap(cache::plan);
            if (plan.isEmpty()) {
                Files.deleteIfExists(file);
                continue;
            }
            modified(file).ifPresent(used -> {
                Known each = new Known(id, used);
                plan.get()
                        .pieces()
                        .forEach(piece -> each.needs.add(piece.sha256().hex()));
                known.put(id, each);
            });
        }
        for (Path file : filesIn(folders.pairs())) {
            Optional<PairRecord> record = record(file);
            Optional<Known> plan = record.map(pair -> known.get(pair.plan().hex()));
            if (plan.isEmpty()) {
                Files.deleteIfExists(file);
            } else {
                plan.get().records.add(file);
                plan.get().needs.add(record.get().coded().sha256().hex());
                record.get().manifest().map(Content::sha256).map(Digest::hex).ifPresent(plan.get().needs::add);
            }
        }
        return known;
    }

    private boolean remove(Known plan) throws IOException {
        Path file = folders.plans().resolve(plan.id);
        Path leaving = folders.plans().resolve(LEAVING + plan.id);
        try {
            Files.move(file, leaving, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        }
        if (!Files.getLastModifiedTime(leaving).equals(plan.used)) {
            Files.move(leaving, file, StandardCopyOption.ATOMIC_MOVE);
            return false;
        }
        for (Path record : plan.records) {
            Files.deleteIfExists(record);
        }
        Files.deleteIfExists(leaving);
        for (String piece : plan.needs) {
            if (users.merge(piece, -1, Integer::sum) == 0) {
                bytes -= sizes.getOrDefault(piece, 0L);
                freed.add(piece);
            }
        }
        return true;
    }

    private void removeUnused(Instant now) throws IOException {
        for (Path file : filesIn(folders.pieces())) {
            String piece = file.getFileName().toString();
            boolean isUsed = users.getOrDefault(piece, 0) > 0;
            // What a plan had came before that: if it is newer, somebody has made it again.
            Duration grace = freed.contains(piece) ? AT_WORK : GRACE;
            boolean isNew = modified(file)
                    .filter(time -> time.toInstant().isAfter(now.minus(grace)))
                    .isPresent();
            if (!isUsed && !isNew) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void findSizes() throws IOException {
        for (Path file : filesIn(folders.pieces())) {
            try {
                sizes.put(file.getFileName().toString(), Files.size(file));
            } catch (NoSuchFileException e) {
                // It is gone already.
            }
        }
    }

    private static Optional<PairRecord> record(Path file) throws IOException {
        try {
            return CheckedText.read(file, PairRecord.KIND).map(PairRecord::parse);
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<Digest> digest(String hex) {
        try {
            return Optional.of(new Digest(Digest.Algorithm.SHA256, hex));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<FileTime> modified(Path file) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try {
            return Folders.list(folder);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
