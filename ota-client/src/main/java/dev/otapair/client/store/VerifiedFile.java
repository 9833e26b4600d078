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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;

/**
 * What was verified before, byte for byte, so that a run which finds nothing new need not compute it again: a third of what it costs.
 * Nothing may be installed on its word. Losing it costs one verification. One thread, one run.
 *
 * <pre>
 * ota-client-verified/2
 * key SHA256            of each key of the ring
 * offer SHA256          of what is installed: its metadata, under these keys
 * signer KEY SHA256     of a signature under it that was found right, one of each signer
 * crc32c=0a1b2c3d
 * </pre>
 *
 * Only what was found right is in it: servers that send signatures in another order, or others with them, have it written as often as
 * it gets another signer, and no more.
 */
public final class VerifiedFile {
    private static final Logger LOG = Loggers.of(VerifiedFile.class);
    private static final String KEY = "key ";
    private static final String OFFER = "offer ";
    private static final String SIGNER = "signer ";

    /** What has another length is no signature, and does not count. */
    private static final int SIGNATURE_BYTES = 64;

    private final Path folder;
    private final DurableFiles files;
    private final CheckedFile file;
    private Optional<Known> known = Optional.empty();

    /**
     * @param keys hashes of theirs
     * @param offer the hash of an offer's metadata with all keys of the ring
     * @param signers with the hash of a signature of each
     */
    private record Known(SortedSet<String> keys, String offer, SortedMap<KeyId, String> signers) {
        static final Known NOTHING = new Known(new TreeSet<>(), "", new TreeMap<>());

        static Known parse(String text) {
            SortedSet<String> keys = new TreeSet<>();
            String offer = "";
            SortedMap<KeyId, String> signers = new TreeMap<>();
            for (String line : text.split("\n")) {
                if (line.startsWith(KEY)) {
                    keys.add(line.substring(KEY.length()));
                } else if (line.startsWith(OFFER)) {
                    offer = line.substring(OFFER.length());
                } else if (line.startsWith(SIGNER)) {
                    int end = line.indexOf(' ', SIGNER.length());
                    signers.put(
                            new KeyId(line.substring(SIGNER.length(), Math.max(SIGNER.length(), end))),
                            line.substring(end + 1));
                }
            }
            Known read = new Known(keys, offer, signers);
            if (!read.toText().equals(text)) {
                throw new IllegalArgumentException("not as it is written");
            }
            return read;
        }

        String toText() {
            StringBuilder lines = new StringBuilder();
            keys.forEach(key -> lines.append(KEY).append(key).append('\n'));
            lines.append(OFFER).append(offer).append('\n');
            signers.forEach((signer, signature) -> lines.append(SIGNER)
                    .append(signer.value())
                    .append(' ')
                    .append(signature)
                    .append('\n'));
            return lines.toString();
        }
    }

    /** @param folder the state folder */
    public VerifiedFile(Path folder, DurableFiles files) {
        this.folder = folder;
        this.files = files;
        this.file = new CheckedFile(folder.resolve("verified"), "ota-client-verified/2", files);
    }

    /** Says whether a key was among those of a ring that verified something. */
    public boolean knows(VerifyingKey key) {
        return known().keys().contains(Sha256.hex(key.toDer()));
    }

    /**
     * Returns who signed an offer, if this metadata was verified before, with exactly these keys, and each of its signatures was found
     * right: one more may be that of somebody who counts for more.
     */
    public Optional<SortedSet<KeyId>> signersOf(KeyRing ring, SignedMetadata offer) {
        // One for all: to make one takes Java longer than to use it.
        MessageDigest digest = Sha256.create();
        if (!known().offer().equals(hash(digest, ring, offer))) {
            return Optional.empty();
        }
        SortedSet<KeyId> signers = new TreeSet<>();
        for (Signature signature : candidates(offer)) {
            Optional<KeyId> signer = signerOf(hash(digest, signature), known().signers());
            if (signer.isEmpty()) {
                return Optional.empty();
            }
            signers.add(signer.get());
        }
        return Optional.of(signers).filter(all -> !all.isEmpty());
    }

    /**
     * Remembers who signed an offer, in place of an earlier one, or besides who signed the same one before; where that cannot be, the next
     * run verifies again.
     *
     * @param signers whose signatures are right, at least one
     */
    public void remember(KeyRing ring, SignedMetadata offer, SortedSet<KeyId> signers) {
        String hash = hash(Sha256.create(), ring, offer);
        boolean isKnown = known().offer().equals(hash);
        SortedMap<KeyId, String> all = isKnown ? new TreeMap<>(known().signers()) : new TreeMap<>();
        if (isKnown && holdsSignatures(offer, signers)) {
            return;
        }
        all.putAll(signaturesOf(ring, offer, signers));
        SortedSet<String> keys = new TreeSet<>();
        ring.keys().forEach(key -> keys.add(Sha256.hex(key.toDer())));
        Known next = new Known(keys, hash, all);
        known = Optional.of(next);
        try {
            files.ensureWritableFolder(folder);
            file.writeUnlocked(next.toText());
        } catch (IOException | OtaException e) {
            LOG.debug("{} is not kept: {}", file, e.getMessage());
        }
    }

    /** Says whether of each of these signers a signature is known that the offer has. */
    private boolean holdsSignatures(SignedMetadata offer, SortedSet<KeyId> signers) {
        Set<String> offered = new HashSet<>();
        for (Signature signature : candidates(offer)) {
            offered.add(hash(Sha256.create(), signature));
        }
        return signers.stream()
                .allMatch(signer -> offered.contains(known().signers().getOrDefault(signer, "")));
    }

    /** Finds out which signature is whose: the hint that comes with it may be anything. */
    private static Map<KeyId, String> signaturesOf(KeyRing ring, SignedMetadata offer, SortedSet<KeyId> signers) {
        List<Signature> candidates = candidates(offer);
        Map<KeyId, String> signatures = new TreeMap<>();
        for (Signature signature : candidates) {
            SortedSet<KeyId> by = candidates.size() == 1
                    ? signers
                    : ring.signersOf(new SignedMetadata(offer.bytes(), List.of(signature)));
            by.forEach(signer -> signatures.put(signer, hash(Sha256.create(), signature)));
        }
        return signatures;
    }

    private static List<Signature> candidates(SignedMetadata offer) {
        List<Signature> candidates = new ArrayList<>();
        for (Signature signature : offer.signatures()) {
            if (signature.bytes().length() == SIGNATURE_BYTES) {
                candidates.add(signature);
            }
        }
        return candidates;
    }

    private static Optional<KeyId> signerOf(String hash, Map<KeyId, String> signers) {
        for (Map.Entry<KeyId, String> signer : signers.entrySet()) {
            if (signer.getValue().equals(hash)) {
                return Optional.of(signer.getKey());
            }
        }
        return Optional.empty();
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

    private static String hash(MessageDigest digest, Signature signature) {
        return HexFormat.of().formatHex(digest.digest(signature.bytes().toBytes()));
    }

    /** Every part with its length, so that none can pass for a part of another. */
    private static String hash(MessageDigest digest, KeyRing ring, SignedMetadata offer) {
        update(digest, offer.bytes().toBytes());
        for (VerifyingKey key : ring.keys()) {
            update(digest, key.toDer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, byte[] part) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
        digest.update(part);
    }
}
