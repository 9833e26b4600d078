package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRingTest {
    private static final byte[] METADATA = "{\"any\":1}".getBytes(StandardCharsets.US_ASCII);
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey B = SigningKey.generate();
    private static final SigningKey STRANGER = SigningKey.generate();

    @TempDir
    private Path folder;

    @Test
    void everySignerOfTheRingIsFound() throws IOException {
        KeyRing ring = ringOf(A, B);

        assertThat(ring.signersOf(signed(A.sign(METADATA), B.sign(METADATA), STRANGER.sign(METADATA))))
                .containsExactlyInAnyOrder(A.publicHalf().id(), B.publicHalf().id());
    }

    /** A threshold counts keys, not signatures. */
    @Test
    void sameSignatureTwiceIsOneSigner() throws IOException {
        assertThat(ringOf(A, B).signersOf(signed(A.sign(METADATA), A.sign(METADATA))))
                .containsExactly(A.publicHalf().id());
    }

    /** T4: whose id stands there decides nothing. */
    @Test
    void keyIdIsAHintAndNoMore() throws IOException {
        Signature borrowed =
                new Signature(A.publicHalf().id(), STRANGER.sign(METADATA).bytes());
        Signature mislabelled =
                new Signature(new KeyId("0000000000000000"), B.sign(METADATA).bytes());

        assertThat(ringOf(A, B).signersOf(signed(borrowed, mislabelled)))
                .containsExactly(B.publicHalf().id());
    }

    @Test
    void revokedKeySignsNothing() throws IOException {
        KeyRing ring = ringOf(A, B).without(Set.of(A.publicHalf().id()));

        assertThat(ring.signersOf(signed(A.sign(METADATA)))).isEmpty();
        assertThat(ring.ids()).containsExactly(B.publicHalf().id());
    }

    @Test
    void signatureOfAnythingElseIsNone() throws IOException {
        byte[] other = "{\"any\":2}".getBytes(StandardCharsets.US_ASCII);

        assertThat(ringOf(A).signersOf(signed(A.sign(other)))).isEmpty();
    }

    /** T4: Java throws for some of these; none of them may pass, or end a run. */
    @Test
    void malformedSignatureIsNone() throws IOException {
        byte[] good = A.sign(METADATA).bytes().toBytes();
        List<byte[]> bad = new ArrayList<>();
        for (int length : new int[] {1, 32, 63, 65, 128}) {
            bad.add(Arrays.copyOf(good, length));
        }
        bad.add(new byte[64]);
        byte[] allOnes = new byte[64];
        Arrays.fill(allOnes, (byte) 0xff);
        bad.add(allOnes);
        bad.add(withOrderAdded(good));
        KeyRing ring = ringOf(A);

        for (byte[] signature : bad) {
            assertThat(ring.signersOf(signed(new Signature(A.publicHalf().id(), new Octets(signature)))))
                    .isEmpty();
        }
    }

    @Test
    void everyFlippedBitBreaksASignature() throws IOException {
        byte[] good = A.sign(METADATA).bytes().toBytes();
        KeyRing ring = ringOf(A);

        for (int bit = 0; bit < 512; bit++) {
            byte[] flipped = good.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(ring.signersOf(signed(new Signature(A.publicHalf().id(), new Octets(flipped)))))
                    .as("bit %d", bit)
                    .isEmpty();
        }
    }

    @Test
    void fileOfNoUseIsAFaultAndTheOthersCount() throws IOException {
        Files.writeString(folder.resolve("broken.pub"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
        Files.write(folder.resolve("private.pub"), B.toPem());
        Files.createDirectory(folder.resolve("folder.pub"));
        Files.writeString(folder.resolve("README"), "not a key");

        KeyRing ring = ringOf(A);

        assertThat(ring.ids()).containsExactly(A.publicHalf().id());
        assertThat(ring.faults()).hasSize(3).allMatch(fault -> fault.contains(".pub is of no use as a key"));
        assertThat(KeyRing.ignoredIn(folder)).containsExactly("README");
        assertThat(ring.faults().toString()).doesNotContain("AAAA").contains("a private key does not belong here");
    }

    /** A folder in which every key is broken is not a folder without keys: the difference is whether anything is checked. */
    @Test
    void ringOfBrokenKeysIsNotEmpty() throws IOException {
        Files.write(folder.resolve("zero.pub"), new byte[0]);

        KeyRing ring = KeyRing.read(folder);

        assertThat(ring.keys()).isEmpty();
        assertThat(ring.isEmpty()).isFalse();
    }

    @Test
    void keysBeyondTheEighthAreLeftOutAndTold() throws IOException {
        for (int i = 0; i < 9; i++) {
            Files.write(
                    folder.resolve(i + ".pub"),
                    SigningKey.generate().publicHalf().toPem());
        }

        KeyRing ring = KeyRing.read(folder);

        assertThat(ring.keys()).hasSize(8);
        assertThat(ring.faults()).singleElement().asString().contains("8.pub").contains("more than 8");
    }

    /** y of the points of small order: anybody can sign for a key like that, and a file of zeros holds one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
            })
    void keyOfSmallOrderIsRefused(String point) throws IOException {
        Path file = Files.write(folder.resolve("no.pub"), pem(point));

        assertThatThrownBy(() -> VerifyingKey.read(file)).isInstanceOf(IllegalArgumentException.class);
    }

    /** One bit flipped in a key file gives such a y in every other case. */
    @Test
    void keyThatIsNoPointIsRefused() throws IOException {
        Path file = Files.write(
                folder.resolve("no.pub"), pem("0200000000000000000000000000000000000000000000000000000000000000"));

        assertThatThrownBy(() -> VerifyingKey.read(file)).isInstanceOf(IllegalArgumentException.class);
    }

    private KeyRing ringOf(SigningKey... keys) throws IOException {
        for (SigningKey key : keys) {
            Files.write(
                    folder.resolve(key.publicHalf().id() + ".pub"),
                    key.publicHalf().toPem());
        }
        return KeyRing.read(folder);
    }

    private static SignedMetadata signed(Signature... signatures) {
        return new SignedMetadata(new Octets(METADATA), List.of(signatures));
    }

    /** S + L is congruent to S: a second signature of the same bytes, which RFC 8032 has a verifier refuse. */
    private static byte[] withOrderAdded(byte[] signature) {
        BigInteger order = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
        byte[] reversed = new byte[33];
        for (int i = 0; i < 32; i++) {
            reversed[32 - i] = signature[32 + i];
        }
        byte[] sum = new BigInteger(reversed).add(order).toByteArray();
        byte[] malleable = signature.clone();
        for (int i = 0; i < 32; i++) {
            malleable[32 + i] = i < sum.length ? sum[sum.length - 1 - i] : 0;
        }
        return malleable;
    }

    private static byte[] pem(String point) {
        byte[] der = new BigInteger("302a300506032b6570032100" + point, 16).toByteArray();
        return ("-----BEGIN PUBLIC KEY-----\n" + Base64.getEncoder().encodeToString(der)
                        + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
