package dev.otapair.server.store;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Response.Content;

/**
 * One content of a package, open and digested, shared by all sessions that send it. Stays readable when the file's name
 * is given to another. Thread-safe; whoever got it from the store releases it.
 */
public final class StoredPackage {
    private final PackageName name;
    private final SharedFile file;
    private final Digest md5;
    private final Digest sha256;

    StoredPackage(PackageName name, SharedFile file, Digest md5, Digest sha256) {
        this.name = name;
        this.file = file;
        this.md5 = md5;
        this.sha256 = sha256;
    }

    public PackageName name() {
        return name;
    }

    /** Returns the size in bytes, as it was when the digests were computed. */
    public long size() {
        return file.size();
    }

    public Digest md5() {
        return md5;
    }

    public Digest sha256() {
        return sha256;
    }

    /** Returns size and digest: what tells this content from all others. */
    public Content content() {
        return new Content(size(), sha256);
    }

    /** Returns the content; goes with this share. */
    public SharedFile file() {
        return file;
    }

    /** Takes a share, unless the last one was given back already. */
    boolean tryRetain() {
        return file.tryRetain();
    }

    /** Gives a share back; the file is closed with the last one. */
    public void release() {
        file.release();
    }
}
