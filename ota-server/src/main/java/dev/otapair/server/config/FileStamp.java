package dev.otapair.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** By what an edit of a file is noticed without reading it. Equal stamps mean the same content, unless it is fresh. */
public record FileStamp(Map<String, Object> attributes, Instant taken) {
    static final FileStamp NONE = new FileStamp(Map.of(), Instant.EPOCH);

    /** File times advance in steps: two edits within one step have the same time. */
    private static final Duration STEP = Duration.ofMillis(50);

    /** Looks at a file; what cannot be looked at has the stamp {@link #NONE}. Blocks on the disk. */
    public static FileStamp of(Path file) {
        try {
            return new FileStamp(Files.readAttributes(file, "unix:dev,ino,size,lastModifiedTime,ctime"), Instant.now());
        } catch (IOException e) {
            return NONE;
        }
    }

    /** Says whether the file had been changed so short a time before this was taken that one more change would look alike. */
    boolean isFresh() {
        return attributes.get("ctime") instanceof FileTime changed
                && changed.toInstant().isAfter(taken.minus(STEP))
                && changed.toInstant().isBefore(taken.plus(STEP));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FileStamp stamp && attributes.equals(stamp.attributes);
    }

    @Override
    public int hashCode() {
        return attributes.hashCode();
    }
}
