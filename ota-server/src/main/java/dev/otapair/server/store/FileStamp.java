package dev.otapair.server.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * By what an edit of a file is noticed without reading it. Equal looks mean the same content, unless one is fresh.
 *
 * @param look at the file; numbers alone, as the daemon keeps many
 */
public record FileStamp(Look look, Instant taken) {
    /** Of what cannot be looked at. */
    public static final FileStamp NONE = new FileStamp(new Look(-1, -1, -1, -1, -1), Instant.EPOCH);

    /** File times advance in steps: two edits within one step have the same time. */
    private static final Duration STEP = Duration.ofMillis(50);

    /**
     * What the file system says of a file.
     *
     * @param size in bytes
     * @param modified in nanoseconds since 1970
     * @param changed likewise; nobody can set it
     */
    public record Look(long device, long inode, long size, long modified, long changed) {}

    /** Looks at a file; what cannot be looked at has the stamp {@link #NONE}. Blocks on the disk. */
    public static FileStamp of(Path file) {
        try {
            Map<String, Object> seen = Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime");
            return new FileStamp(
                    new Look(
                            (Long) seen.get("dev"),
                            (Long) seen.get("ino"),
                            (Long) seen.get("size"),
                            nanos(seen.get("lastModifiedTime")),
                            nanos(seen.get("ctime"))),
                    Instant.now());
        } catch (IOException e) {
            return NONE;
        }
    }

    /** Says whether the file had been changed so short a time before this was taken that one more change would look alike. */
    public boolean isFresh() {
        return !equals(NONE) && Math.abs(nanos(FileTime.from(taken)) - look.changed()) < STEP.toNanos();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileStamp stamp && look.equals(stamp.look);
    }

    @Override
    public int hashCode() {
        return look.hashCode();
    }

    private static long nanos(Object time) {
        return ((FileTime) time).to(TimeUnit.NANOSECONDS);
    }
}
