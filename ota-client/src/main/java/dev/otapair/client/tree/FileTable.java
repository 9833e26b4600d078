package dev.otapair.client.tree;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The files of a manifest by numbers of their own, in its order, and its objects by their digests; takes some words for each. Immutable. */
final class FileTable {
    /** Object numbers have fewer bits than that; the digest's first bits stand above them. */
    private static final int NUMBER_BITS = 24;

    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    private final Manifest manifest;
    private final List<Content> objects;
    private final int[] entries;
    private final long[] numbersByDigest;

    FileTable(Manifest manifest) {
        this.manifest = manifest;
        this.objects = manifest.objects();
        this.entries = IntStream.range(0, manifest.entries().size())
                .filter(entry -> manifest.objectOf(entry) != Manifest.NO_OBJECT)
                .toArray();
        this.numbersByDigest = IntStream.range(0, objects.size())
                .mapToLong(number -> startOf(objects.get(number).sha256()) | number)
                .sorted()
                .toArray();
    }

    /** Returns how many files there are. */
    int size() {
        return entries.length;
    }

    /** Returns how many objects they are. */
    int objects() {
        return objects.size();
    }

    ManifestEntry.File file(int number) {
        if (manifest.entries().get(entries[number]) instanceof ManifestEntry.File file) {
            return file;
        }
        throw new IllegalStateException("entry %d is no file".formatted(entries[number]));
    }

    /** Returns which object a file is. */
    int objectOf(int file) {
        return manifest.objectOf(entries[file]);
    }

    Content object(int number) {
        return objects.get(number);
    }

    /** Returns which object has this digest. */
    OptionalInt objectOf(Digest sha256) {
        long start = startOf(sha256);
        int at = Arrays.binarySearch(numbersByDigest, start);
        for (int i = at < 0 ? -at - 1 : at; i < numbersByDigest.length; i++) {
            int number = (int) (numbersByDigest[i] & NUMBER_MASK);
            if ((numbersByDigest[i] & ~NUMBER_MASK) != start) {
                break;
            }
            if (objects.get(number).sha256().equals(sha256)) {
                return OptionalInt.of(number);
            }
        }
        return OptionalInt.empty();
    }

    private static long startOf(Digest sha256) {
        int digits = (Long.SIZE - NUMBER_BITS) / 4;
        return Long.parseUnsignedLong(sha256.hex().substring(0, digits), 16) << NUMBER_BITS;
    }
}
