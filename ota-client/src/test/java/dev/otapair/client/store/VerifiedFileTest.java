package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerifiedFileTest {
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey B = SigningKey.generate();
    private static final KeyRing RING = ring(A, B);
    private static final SignedMetadata OFFER = offer("metadata", A, B);
    private static final SortedSet<KeyId> SIGNERS = new TreeSet<>(RING.ids());

    @TempDir
    private Path folder;

    @BeforeEach
    void remember() {
        file().remember(RING, OFFER, SIGNERS);
    }

    @Test
    void sameOfferWithTheSameKeysIsKnown() {
        assertThat(file().signersOf(RING, OFFER)).hasValue(SIGNERS);
    }

    @Test
    void nothingIsKnownAtFirst() {
        VerifiedFile other = new VerifiedFile(folder.resolve("other"), new DurableFiles());

        assertThat(other.signersOf(RING, OFFER)).isEmpty();
        assertThat(other.knows(A.publicHalf())).isFalse();
    }

    @Test
    void otherMetadataIsNotKnown() {
        assertThat(file().signersOf(RING, offer("Metadata", A, B))).isEmpty();
    }

    @Test
    void fewerSignaturesAreKnownByTheirSigners() {
        assertThat(file().signersOf(RING, offer("metadata", A))).hasValue(ring(A).ids());
        assertThat(file().signersOf(RING, offer("metadata"))).isEmpty();
    }

    @Test
    void orderOfSignaturesDoesNotMatter() {
        assertThat(file().signersOf(RING, offer("metadata", B, A))).hasValue(SIGNERS);
    }

    /** It may be that of a key which counts for more, as one that may revoke others. */
    @Test
    void oneSignatureMoreIsNotKnown() {
        SignedMetadata once = offer("next", A);
        file().remember(RING, once, ring(A).ids());

        assertThat(file().signersOf(RING, offer("next", A, B))).isEmpty();
        assertThat(file().signersOf(RING, with(once, junk(1, 64)))).isEmpty();
        assertThat(file().signersOf(RING, with(once, junk(1, 63)))).hasValue(ring(A).ids());
    }

    /** Else a server would wear out the board's flash. */
    @Test
    void whatDoesNotCountIsNotWritten() throws IOException {
        FileTime written = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(folder.resolve("verified"), written);

        file().remember(RING, with(offer("metadata", A), junk(1, 64)), ring(A).ids());
        file().remember(RING, with(offer("metadata", B), junk(2, 64)), ring(B).ids());
        file().remember(RING, offer("metadata", B, A), SIGNERS);

        assertThat(Files.getLastModifiedTime(folder.resolve("verified"))).isEqualTo(written);
        assertThat(file().signersOf(RING, OFFER)).hasValue(SIGNERS);
    }

    @Test
    void signerWhoComesLaterIsRememberedToo() {
        file().remember(RING, offer("next", A), ring(A).ids());

        file().remember(RING, offer("next", B), ring(B).ids());

        assertThat(file().signersOf(RING, offer("next", A, B))).hasValue(SIGNERS);
    }

    /** Whose a signature is, only its verification tells. */
    @Test
    void signerIsNotWhoTheHintNames() {
        Signature byA = offer("next", A).signatures().get(0);
        Signature byB = offer("next", B).signatures().get(0);
        SignedMetadata exchanged = new SignedMetadata(
                offer("next").bytes(),
                List.of(new Signature(byB.signer(), byA.bytes()), new Signature(byA.signer(), byB.bytes())));

        file().remember(RING, exchanged, SIGNERS);

        assertThat(file().signersOf(RING, offer("next", A))).hasValue(ring(A).ids());
    }

    @Test
    void fewerKeysAreNotKnown() {
        assertThat(file().signersOf(ring(A), OFFER)).isEmpty();
    }

    @Test
    void otherKeysAreNotKnown() {
        assertThat(file().signersOf(ring(A, SigningKey.generate()), OFFER)).isEmpty();
    }

    /** A key that was taken away does not count, wherever its bytes turn up again. */
    @Test
    void keyInPlaceOfASignatureIsNotKnown() {
        SignedMetadata signed = offer("metadata", A);
        file().remember(ring(A, B), signed, ring(A).ids());
        Signature disguised =
                new Signature(A.publicHalf().id(), new Octets(A.publicHalf().toDer()));
        SignedMetadata more =
                new SignedMetadata(signed.bytes(), List.of(signed.signatures().get(0), disguised));

        assertThat(file().signersOf(ring(A, B), signed)).isPresent();
        assertThat(file().signersOf(ring(B), more)).isEmpty();
    }

    @Test
    void fileThatIsSoundAndEmptyIsAsGoodAsNothing() throws IOException {
        Files.write(folder.resolve("verified"), CheckedText.seal("ota-client-verified/2", ""));

        assertThat(file().signersOf(RING, OFFER)).isEmpty();
    }

    @Test
    void oneOfferIsKept() {
        SignedMetadata next = offer("next", A);
        file().remember(ring(A), next, ring(A).ids());

        assertThat(file().signersOf(RING, OFFER)).isEmpty();
        assertThat(file().signersOf(ring(A), next)).hasValue(ring(A).ids());
        assertThat(file().knows(B.publicHalf())).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ota-client-verified/2\n", "junk"})
    void damageIsAsGoodAsNothing(String content) throws IOException {
        Files.writeString(folder.resolve("verified"), content);

        assertThat(file().signersOf(RING, OFFER)).isEmpty();
    }

    @Test
    void changedByteIsDamage() throws IOException {
        byte[] content = Files.readAllBytes(folder.resolve("verified"));
        for (int i = 0; i < content.length; i++) {
            content[i] ^= 1;
            Files.write(folder.resolve("verified"), content);
            content[i] ^= 1;

            assertThat(file().signersOf(RING, OFFER)).as("byte %d", i).isEmpty();
        }
    }

    @Test
    void folderThatTakesNothingIsNoFailure() throws IOException {
        Path taken = Files.writeString(folder.resolve("file"), "");

        new VerifiedFile(taken, new DurableFiles()).remember(RING, OFFER, SIGNERS);

        assertThat(taken).isEmptyFile();
    }

    private static SignedMetadata with(SignedMetadata offer, Signature more) {
        List<Signature> all = new ArrayList<>(offer.signatures());
        all.add(more);
        return new SignedMetadata(offer.bytes(), all);
    }

    private static Signature junk(int value, int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) value;
        return new Signature(A.publicHalf().id(), new Octets(bytes));
    }

    private VerifiedFile file() {
        return new VerifiedFile(folder, new DurableFiles());
    }

    private static KeyRing ring(SigningKey... keys) {
        return new KeyRing(List.of(keys).stream().map(SigningKey::publicHalf).toList(), List.of());
    }

    private static SignedMetadata offer(String text, SigningKey... signers) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<Signature> signatures =
                List.of(signers).stream().map(key -> key.sign(bytes)).toList();
        return new SignedMetadata(new Octets(bytes), signatures);
    }
}
