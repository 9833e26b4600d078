package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Metadata and signatures, altered: nobody has signed but who made exactly this signature of exactly these bytes. Keys are made for
 * each run, so that no input can hold a good signature but by copying one.
 */
public final class SignatureFuzzTarget {
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey B = SigningKey.generate();
    private static final SigningKey STRANGER = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(A.publicHalf(), B.publicHalf()), List.of());
    private static final Path PACKAGE = Scratch.folder("fuzz-signatures").resolve("fw");

    private SignatureFuzzTarget() {}

    /** @param data how many signatures; for each who signs, how it is altered and where; the rest is signed */
    public static void fuzzerTestOneInput(byte[] data) {
        int count = data.length == 0 ? 0 : data[0] & 7;
        int end = 1 + 4 * count;
        if (data.length <= end || data.length - end > SignedMetadata.MAX_BYTES) {
            return;
        }
        byte[] message = Arrays.copyOfRange(data, end, data.length);
        List<Signature> signatures = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            signature(message, data, 1 + 4 * i).ifPresent(signatures::add);
        }
        if (signatures.size() > SignedMetadata.MAX_SIGNATURES) {
            files(message, signatures);
            return;
        }
        SignedMetadata signed = new SignedMetadata(new Octets(message), signatures);
        SortedSet<KeyId> due = due(message, signatures);
        if (!RING.signersOf(signed).equals(due)) {
            throw new AssertionError("signers are %s, due are %s".formatted(RING.signersOf(signed), due));
        }
        if (!RING.without(due).signersOf(signed).isEmpty()) {
            throw new AssertionError("a revoked key has signed");
        }
        files(message, signatures);
    }

    private static SortedSet<KeyId> due(byte[] message, List<Signature> signatures) {
        SortedSet<KeyId> due = new TreeSet<>();
        for (SigningKey key : List.of(A, B)) {
            Octets good = key.sign(message).bytes();
            if (signatures.stream().anyMatch(signature -> signature.bytes().equals(good))) {
                due.add(key.publicHalf().id());
            }
        }
        return due;
    }

    private static Optional<Signature> signature(byte[] message, byte[] data, int at) {
        SigningKey key = List.of(A, B, STRANGER).get((data[at] & 3) % 3);
        int where = data[at + 2] & 0xff;
        int by = data[at + 3];
        byte[] bytes = key.sign(message).bytes().toBytes();
        switch (data[at + 1] & 7) {
            case 0 -> bytes[where % 64] ^= (byte) by;
            case 1 -> bytes = Arrays.copyOf(bytes, where % 129);
            case 2 ->
                bytes = key.sign(Arrays.copyOf(message, Math.max(0, message.length - 1 - where % 4)))
                        .bytes()
                        .toBytes();
            case 3 -> Arrays.fill(bytes, where % 64, 64, (byte) by);
            case 4 -> bytes = addOrder(bytes);
            default -> {}
        }
        SigningKey hinted = List.of(A, B, STRANGER).get((data[at] >> 2 & 3) % 3);
        return bytes.length == 0
                ? Optional.empty()
                : Optional.of(new Signature(hinted.publicHalf().id(), new Octets(bytes)));
    }

    /** S plus the order of the group: the same to a careless reader. */
    private static byte[] addOrder(byte[] signature) {
        byte[] order = new BigInteger(1, reversed(Arrays.copyOfRange(signature, 32, 64)))
                .add(BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493")))
                .toByteArray();
        byte[] sum = reversed(order);
        System.arraycopy(sum, 0, signature, 32, Math.min(32, sum.length));
        return signature;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[bytes.length - 1 - i];
        }
        return result;
    }

    /** As files beside a package: read within the bounds, and nobody signs by being read. */
    private static void files(byte[] message, List<Signature> signatures) {
        try {
            for (Path old : ReleaseFiles.signatureFilesOf(PACKAGE).values()) {
                Files.delete(old);
            }
            Files.write(ReleaseFiles.metadataOf(PACKAGE), message);
            for (int i = 0; i < signatures.size(); i++) {
                KeyId id = new KeyId("%016x".formatted(i));
                Files.write(
                        ReleaseFiles.signatureOf(PACKAGE, id),
                        signatures.get(i).bytes().toBytes());
            }
            SignedMetadata read = ReleaseFiles.read(PACKAGE).orElseThrow();
            if (!read.bytes().equals(new Octets(message))
                    || !due(message, signatures).containsAll(RING.signersOf(read))) {
                throw new AssertionError("what was read is not what was written: " + read);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
