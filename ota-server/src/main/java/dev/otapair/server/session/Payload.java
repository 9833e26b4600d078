package dev.otapair.server.session;

import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.server.store.SharedFile;
import dev.otapair.server.store.StoredPackage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The bytes that follow an answer: parts of files, one after the other.
 *
 * @param name for the log
 * @param note for the log, after the number of bytes; may be empty
 * @param content the package whose withdrawal ends this
 */
record Payload(String name, String note, Content content, List<Part> parts) {
    Payload {
        parts = List.copyOf(parts);
    }

    /**
     * A part of a file.
     *
     * @param file opens it when its turn has come; what that returns is a share to release
     * @param position of the first byte
     * @param length bytes, 1 at least, all of them within the file
     */
    record Part(Supplier<CompletionStage<SharedFile>> file, long position, long length) {}

    /** Returns what an announcement of a package says; the caller keeps its share until it is out. */
    static Payload of(StoredPackage stored, PackageResponse announced) {
        String note = announced.offset() == 0 ? "" : " from %d on".formatted(announced.offset());
        return new Payload(
                stored.name().value(),
                note,
                stored.content(),
                announced.length() == 0
                        ? List.of()
                        : List.of(new Part(
                                () -> CompletableFuture.completedFuture(
                                        stored.file().retain()),
                                announced.offset(),
                                announced.length())));
    }

    long length() {
        return parts.stream().mapToLong(Part::length).sum();
    }
}
