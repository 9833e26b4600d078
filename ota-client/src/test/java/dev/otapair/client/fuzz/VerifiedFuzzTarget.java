package dev.otapair.client.fuzz;

import dev.otapair.client.config.TrustSettings;
import dev.otapair.client.config.TrustSettings.OnExpired;
import dev.otapair.client.release.ReleasePolicy;
import dev.otapair.client.release.TrustedTime;
import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.VerifiedFile;
import dev.otapair.client.testing.Forge;
import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/** Whatever is in the file of what was verified: nothing is installed on its word, and what is remembered in its place is what is read. */
public final class VerifiedFuzzTarget {
    private static final DurableFiles FILES = new DurableFiles();
    private static final Path FOLDER = folder();
    private static final SigningKey OURS = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(OURS.publicHalf()), List.of());
    private static final Forge RELEASE = Forge.of("fw-1", new byte[] {1, 2, 3}, OURS);
    private static final SignedMetadata SIGNED = signed(OURS.sign(RELEASE.metadata()));
    private static final SignedMetadata FORGED =
            signed(new Signature(OURS.publicHalf().id(), new Octets(new byte[64])));

    /** What a seed may say where only this process knows it. */
    private static final List<String[]> WORDS = List.of(
            new String[] {"@key", Sha256.hex(OURS.publicHalf().toDer())},
            new String[] {"@signer", OURS.publicHalf().id().value()},
            new String[] {"@forged", Sha256.hex(new byte[64])},
            new String[] {
                "@signed", Sha256.hex(SIGNED.signatures().get(0).bytes().toBytes())
            },
            new String[] {"@offer", offerHash()});

    private VerifiedFuzzTarget() {}

    /** @param data whether a checksum is made that fits, then the content */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        LogLevel.ERROR.apply();
        byte[] content = Arrays.copyOfRange(data, 1, data.length);
        try {
            Files.write(FOLDER.resolve("verified"), (data[0] & 1) == 0 ? content : sealed(content));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        nothingIsInstalledOnItsWord();
        whatIsRememberedIsRead();
    }

    private static void nothingIsInstalledOnItsWord() {
        ReleaseMetadata release = ReleaseMetadata.parse(FORGED.bytes().toBytes());
        Offer offer = new Offer(new PackageName("fw-1"), Optional.of(release.content()), Optional.of(FORGED));
        Verdict verdict = policy().judge(offer, InstalledRelease.NONE, OptionalLong.empty());
        if (verdict.answer() != Verdict.Answer.REFUSED) {
            throw new AssertionError("a forged release is to be taken: " + verdict);
        }
    }

    private static void whatIsRememberedIsRead() {
        SortedSet<KeyId> signers = new TreeSet<>(RING.ids());
        boolean wasSaid = file().signersOf(RING, SIGNED).isPresent();
        file().remember(RING, SIGNED, signers);
        if (!file().signersOf(RING, SIGNED).equals(Optional.of(signers))) {
            throw new AssertionError("what was remembered is not what is read");
        }
        if (!wasSaid && !file().knows(OURS.publicHalf())) {
            throw new AssertionError("the key of what was remembered is not known");
        }
    }

    private static ReleasePolicy policy() {
        TrustSettings settings =
                new TrustSettings(FOLDER.resolve("keys.d"), Optional.empty(), new TreeSet<>(), 1, OnExpired.WARN);
        TrustedTime time = new TrustedTime(Clock.systemUTC(), () -> Instant.EPOCH);
        return new ReleasePolicy(Product.DEFAULT, settings, RING, TrustState.NONE, time, file());
    }

    private static VerifiedFile file() {
        return new VerifiedFile(FOLDER, FILES);
    }

    private static byte[] sealed(byte[] content) {
        String lines = new String(content, StandardCharsets.ISO_8859_1);
        for (String[] word : WORDS) {
            lines = lines.replace(word[0], word[1]);
        }
        return CheckedText.seal("ota-client-verified/2", lines);
    }

    private static SignedMetadata signed(Signature signature) {
        return new SignedMetadata(new Octets(RELEASE.metadata()), List.of(signature));
    }

    /** Taken from the file, as only that knows how it is made. */
    private static String offerHash() {
        file().remember(RING, SIGNED, new TreeSet<>(RING.ids()));
        try {
            return Files.readAllLines(FOLDER.resolve("verified")).stream()
                    .filter(line -> line.startsWith("offer "))
                    .map(line -> line.substring("offer ".length()))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            Path shared = Path.of("/dev/shm");
            return Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "fuzz-verified")
                    : Files.createTempDirectory("fuzz-verified");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
