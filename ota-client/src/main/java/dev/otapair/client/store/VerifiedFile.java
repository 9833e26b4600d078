package dev.otapair.client.store;

import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.VerifyingKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * What was verified before, byte for byte, so that a run which finds nothing new need not compute it again: a third of what it costs.
 * The keys, and the one offer of what is installed; {@code key HASH} and {@code offer HASH SIGNERS} by line, SHA-256 in hex.
 * Nothing may be installed on its word. Losing it costs one verification. One thread, one run.
 */
public final class VerifiedFile {
    private static final Logger LOG = Loggers.of(VerifiedFile.class);
    private static final String KEY = "key ";
    private static final String OFFER = "offer ";
    private static final byte[] END = {};

    private final Path folder;
    private final DurableFiles files;
    private final CheckedFile file;
    private Optional<Known> known = Optional.empty();

    /**
     * @param keys hashes of theirs
     * @param offer the hash of an offer with all keys of the ring
     */
    private record Known(Set<String> keys, String offer, SortedSet<KeyId> signers) {
        static final Known NOTHING = new Known(Set.of(), "", new TreeSet<>());

        static Known parse(String text) {
            List<String> lines = text.lines().toList();
            if (lines.isEmpty()) {
                throw new IllegalArgumentException("it is empty");
            }
            String[] offer = lines.get(lines.size() - 1).split(" ", -1);
            if (offer.length != 3 || !offer[0].equals(OFFER.strip())) {
                throw new IllegalArgumentException("it does not end with an offer");
            }
            Set<String> keys = lines.stream()
                    .filter(line -> line.startsWith(KEY))
                    .map(line -> line.substring(KEY.length()))
                    .collect(Collectors.toSet());
            return new Known(
                    keys,
                    offer[1],
                    Arrays.stream(offer[2].split(",")).map(KeyId::new).collect(ids()));
        }
    }

    /** @param folder the state folder */
    public VerifiedFile(Path folder, DurableFiles files) {
        this.folder = folder;
        this.files = files;
        this.file = new CheckedFile(folder.resolve("verified"), "ota-client-verified/1", files);
    }

    /** Says whether a key was among those of a ring that verified something. */
    public boolean knows(VerifyingKey key) {
        return known().keys().contains(Sha256.hex(key.toDer()));
    }

    /** Returns who signed an offer, if exactly this one was verified before, with exactly these keys. */
    public Optional<SortedSet<KeyId>> signersOf(KeyRing ring, SignedMetadata offer) {
        return known().offer().equals(hash(ring, offer))
                ? Optional.of(new TreeSet<>(known().signers()))
                : Optional.empty();
    }

    /** Remembers who signed an offer, in place of an earlier one; where that cannot be, the next run verifies again. */
    public void remember(KeyRing ring, SignedMetadata offer, SortedSet<KeyId> signers) {
        if (signersOf(ring, offer).equals(Optional.of(signers))) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        ring.keys()
                .forEach(
                        key -> lines.append(KEY).append(Sha256.hex(key.toDer())).append('\n'));
        lines.append(OFFER)
                .append(hash(ring, offer))
                .append(' ')
                .append(signers.stream().map(KeyId::value).collect(Collectors.joining(",")))
                .append('\n');
        known = Optional.of(Known.parse(lines.toString()));
        try {
            files.ensureWritableFolder(folder);
            file.writeUnlocked(lines.toString());
        } catch (IOException | OtaException e) {
            LOG.debug("{} is not kept: {}", file, e.getMessage());
        }
    }

    private Known known() {
        if (known.isEmpty()) {
            known = Optional.of(read());
        }
        return known.get();
    }

    private Known read() {
        try {
            return file.sound(Known::parse).orElse(Known.NOTHING);
        } catch (OtaException e) {
            LOG.debug("{}", e.getMessage());
            return Known.NOTHING;
        }
    }

    /** Every part with its length and every list with its end, so that none can pass for a part of another. */
    private static String hash(KeyRing ring, SignedMetadata offer) {
        MessageDigest hash = Sha256.create();
        update(hash, offer.bytes().toBytes());
        for (Signature signature : offer.signatures()) {
            update(hash, signature.bytes().toBytes());
        }
        update(hash, END);
        for (VerifyingKey key : ring.keys()) {
            update(hash, key.toDer());
        }
        return HexFormat.of().formatHex(hash.digest());
    }

    private static void update(MessageDigest hash, byte[] part) {
        hash.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
        hash.update(part);
    }

    private static Collector<KeyId, ?, SortedSet<KeyId>> ids() {
        return Collectors.toCollection(TreeSet::new);
    }
}
