package dev.otapair.client.tree;

import dev.otapair.client.store.FileStamp;
import dev.otapair.client.store.FileStamps;
import dev.otapair.protocol.message.ObjectNumbers;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An installed release, and which of its files are as they should be. True for the moment of the check: who uses a file sees whether it
 * still looks as it did. Made by {@link TreeCheck}. Not thread-safe.
 */
public final class CheckedTree {
    private static final int NO_FILE = -1;

    private final ReleaseTree tree;
    private final FileTable files;
    private final FileStamps stamps;
    private final FileStamps lasting;
    private final BitSet held = new BitSet();
    private final BitSet verified = new BitSet();
    private final int[] holderOf;
    private final Differences differences = new Differences();
    private ObjectNumbers damaged = ObjectNumbers.NONE;

    /** @param lasting what is known of the files that are not looked at */
    CheckedTree(ReleaseTree tree, FileTable files, FileStamps lasting) {
        this.tree = tree;
        this.files = files;
        this.stamps = new FileStamps(files.size());
        this.lasting = lasting;
        this.holderOf = new int[files.objects()];
        Arrays.fill(holderOf, NO_FILE);
    }

    public ReleaseTree tree() {
        return tree;
    }

    /** Returns the objects that were looked for, and that no file of the release holds any more. */
    public ObjectNumbers damaged() {
        return damaged;
    }

    /** Returns the first of the files that were looked at and are not as they should be, at most 1000. */
    public List<Difference> differences() {
        return differences.kept();
    }

    /** Returns how many of the files that were looked at are not as they should be. */
    public long differenceCount() {
        return differences.count();
    }

    /** Returns how many of the files, folders and links of the release are not as they should be, as far as was looked. */
    public long damageCount() {
        return differences.count() - differences.extras();
    }

    /** Returns how many things are there that do not belong to the release, as far as was looked. */
    public long extraCount() {
        return differences.extras();
    }

    FileTable files() {
        return files;
    }

    /**
     * Notes that a file has its content, as far as was looked.
     *
     * @param isVerified whether its content was read, now or when it looked as it does now
     */
    void hold(int file, FileStamp stamp, boolean isVerified) {
        held.set(file);
        verified.set(file, isVerified);
        stamps.put(file, stamp);
        int object = files.objectOf(file);
        if (holderOf[object] == NO_FILE || isVerified && !verified.get(holderOf[object])) {
            holderOf[object] = file;
        }
    }

    /**
     * Notes how a file looks whose content has not changed since it was noted that it is held.
     *
     * @param lookedAt before the look
     */
    void refresh(int file, FileStamp stamp, Instant lookedAt) {
        stamps.put(file, stamp);
        if (verified.get(file) && stamp.isSettled(lookedAt)) {
            lasting.put(file, stamp);
        } else {
            lasting.remove(file);
        }
    }

    void miss(int file, Difference.Kind kind) {
        differences.add(files.file(file).path(), kind);
        lasting.remove(file);
    }

    void damaged(ObjectNumbers objects) {
        damaged = objects;
    }

    void differ(String path, Difference.Kind kind) {
        differences.add(path, kind);
    }

    /** Says whether a file is as it should be. */
    boolean holds(int file) {
        return held.get(file);
    }

    /** Says whether a file's content has been read. */
    boolean isVerified(int file) {
        return verified.get(file);
    }

    /** Returns how a file looked that is as it should be. */
    Optional<FileStamp> stamp(int file) {
        return stamps.get(file);
    }

    /** Returns a file that holds an object. */
    OptionalInt holderOf(int object) {
        return holderOf[object] == NO_FILE ? OptionalInt.empty() : OptionalInt.of(holderOf[object]);
    }

    /** Returns what the next check may go by. */
    FileStamps lasting() {
        return lasting;
    }
}
