package dev.otapair.protocol.release;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The keys that are trusted. Immutable.
 *
 * @param keys each once
 * @param faults what is wrong with files that should have held keys: a sentence each
 */
public record KeyRing(List<VerifyingKey> keys, List<String> faults) {
    /** No key, and none was meant to be there. */
    public static final KeyRing EMPTY = new KeyRing(List.of(), List.of());

    private static final String ENDING = ".pub";
    private static final int MAX_KEYS = Standing.MAX_KEYS;

    public KeyRing {
        keys = List.copyOf(keys);
        faults = List.copyOf(faults);
    }

    /**
     * Reads every {@code *.pub} of a folder, by name, {@value #MAX_KEYS} at most. A file of no use is a fault and no reason to
     * trust fewer of the others.
     *
     * @throws IOException if the folder cannot be read
     */
    public static KeyRing read(Path folder) throws IOException {
        return read(folder, key -> false);
    }

    /**
     * As above.
     *
     * @param isKnown says of a key that it was in a ring before, which spares a look whether it is a point of the curve
     */
    public static KeyRing read(Path folder, Predicate<VerifyingKey> isKnown) throws IOException {
        List<VerifyingKey> keys = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Path file : Folders.list(folder, name -> name.endsWith(ENDING))) {
            try {
                requireFile(file);
                VerifyingKey key = VerifyingKey.read(file, isKnown);
                if (keys.size() == MAX_KEYS) {
                    faults.add("%s is left out: more than %d keys are not used".formatted(file, MAX_KEYS));
                } else if (!keys.contains(key)) {
                    keys.add(key);
                }
            } catch (IOException | IllegalArgumentException e) {
                faults.add("%s is of no use as a key: %s".formatted(file, FileFault.why(e)));
            }
        }
        return new KeyRing(keys, faults);
    }

    /**
     * Returns the names of files that are in a folder of keys and are not read, since they are called something else; sorted.
     *
     * @throws IOException if the folder cannot be read
     */
    public static List<String> ignoredIn(Path folder) throws IOException {
        List<String> names = new ArrayList<>();
        for (Path file : Folders.list(folder, name -> !name.startsWith(".") && !name.endsWith(ENDING))) {
            names.add(file.getFileName().toString());
        }
        return names;
    }

    /** Says whether no key is here and none was meant to be. */
    public boolean isEmpty() {
        return keys.isEmpty() && faults.isEmpty();
    }

    /** Returns the names of the keys. */
    public SortedSet<KeyId> ids() {
        SortedSet<KeyId> ids = new TreeSet<>();
        for (VerifyingKey key : keys) {
            ids.add(key.id());
        }
        return ids;
    }

    /** Returns the ring without some keys. */
    public KeyRing without(Collection<KeyId> revoked) {
        List<VerifyingKey> left = new ArrayList<>();
        for (VerifyingKey key : keys) {
            if (!revoked.contains(key.id())) {
                left.add(key);
            }
        }
        return new KeyRing(left, faults);
    }

    /** Returns whose signatures stand under the metadata: of each signature every key is tried, the hinted one first. */
    public SortedSet<KeyId> signersOf(SignedMetadata metadata) {
        byte[] bytes = metadata.bytes().toBytes();
        Set<VerifyingKey> left = keys.stream().collect(Collectors.toSet());
        SortedSet<KeyId> signers = new TreeSet<>();
        for (Signature signature : metadata.signatures()) {
            left.stream()
                    .sorted(Comparator.comparing(key -> !key.id().equals(signature.signer())))
                    .filter(key -> key.verifies(bytes, signature.bytes()))
                    .findFirst()
                    .ifPresent(key -> {
                        left.remove(key);
                        signers.add(key.id());
                    });
        }
        return signers;
    }

    /** To open a pipe is to wait for somebody who writes into it. */
    private static void requireFile(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException("it is not a file, or cannot be found");
        }
    }
}
