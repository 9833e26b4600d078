package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.KeyId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustFileTest {
    private static final TrustState FULL = new TrustState(
            38,
            Optional.of(Instant.parse("2026-11-22T10:00:00Z")),
            true,
            new TreeSet<>(Set.of(new KeyId("0123456789abcdef"), new KeyId("fedcba9876543210"))));

    @TempDir
    private Path folder;

    private TrustFile trust;

    @BeforeEach
    void open() {
        trust = new TrustFile(folder, new DurableFiles());
    }

    @Test
    void nothingIsKnownAtFirst() {
        assertThat(trust.read()).isEqualTo(TrustState.NONE);
    }

    @Test
    void whatIsWrittenIsRead() {
        trust.write(FULL);

        assertThat(trust.read()).isEqualTo(FULL);
        trust.write(TrustState.NONE);
        assertThat(trust.read()).isEqualTo(TrustState.NONE);
    }

    /** The format is a promise to the next version. */
    @Test
    void fileIsAsDocumented() throws IOException {
        trust.write(FULL);

        assertThat(Files.readString(folder.resolve("trust"))).startsWith("""
                        ota-client-trust/1
                        floor=38
                        newest=2026-11-22T10:00:00Z
                        signed=true
                        revoked=0123456789abcdef
                        revoked=fedcba9876543210
                        crc32c=""");
    }

    /** R25: floor and revoked keys outlive the damage of any one file, wherever it is. */
    @ParameterizedTest
    @ValueSource(strings = {"trust", "trust.copy"})
    void copyCountsWhenTheOtherOneIsDamaged(String damaged) throws IOException {
        trust.write(FULL);
        Path file = folder.resolve(damaged);
        byte[] whole = Files.readAllBytes(file);
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 1;
            Files.write(file, flipped);
            assertThat(trust.read()).isEqualTo(FULL);
            Files.write(file, Arrays.copyOf(whole, at));
            assertThat(trust.read()).isEqualTo(FULL);
        }
        Files.delete(file);
        assertThat(trust.read()).isEqualTo(FULL);
    }

    /** A bad block: the kernel answers EIO, here for memory that is not there. */
    @Test
    void copyCountsWhenTheDiskCannotReadTheOtherOne() throws IOException {
        trust.write(FULL);
        Files.delete(folder.resolve("trust"));
        Files.createSymbolicLink(folder.resolve("trust"), Path.of("/proc/self/mem"));

        assertThat(trust.read()).isEqualTo(FULL);
        trust.repair();

        assertThat(folder.resolve("trust")).hasSameBinaryContentAs(folder.resolve("trust.copy"));
    }

    @ParameterizedTest
    @CsvSource({"trust, garbage", "trust.copy, garbage", "trust, ", "trust.copy, "})
    void oneThatIsDamagedOrGoneIsWrittenAnew(String name, String content) throws IOException {
        trust.write(FULL);
        Files.delete(folder.resolve(name));
        if (content != null) {
            Files.writeString(folder.resolve(name), content);
        }

        trust.repair();

        assertThat(folder.resolve("trust")).hasSameBinaryContentAs(folder.resolve("trust.copy"));
        assertThat(trust.read()).isEqualTo(FULL);
    }

    @Test
    void repairOfNothingMakesNothing() {
        trust.repair();

        assertThat(folder).isEmptyDirectory();
    }

    /** What somebody damages, to be rid of the signatures, brings them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "signed=false",
                "ota-client-trust/1\nfloor=0\nsigned=false\n",
                "ota-client-trust/1\nfloor=0\nsigned=false\ncrc32c=00000000\n"
            })
    void damagedFileLeavesSignaturesRequired(String content) throws IOException {
        Files.writeString(folder.resolve("trust"), content);

        assertThat(trust.read()).isEqualTo(TrustState.NONE.requiring());
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        trust.write(FULL);
        Files.delete(folder.resolve("trust.copy"));
        byte[] written = Files.readAllBytes(folder.resolve("trust"));

        for (int bit = 0; bit < written.length * 8; bit++) {
            byte[] flipped = written.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(folder.resolve("trust"), flipped);

            assertThat(trust.read()).as("bit %d", bit).isEqualTo(TrustState.NONE.requiring());
        }
    }

    @Test
    void everyCutIsNoticed() throws IOException {
        trust.write(FULL);
        Files.delete(folder.resolve("trust.copy"));
        byte[] written = Files.readAllBytes(folder.resolve("trust"));

        for (int length = 0; length < written.length; length++) {
            Files.write(folder.resolve("trust"), Arrays.copyOf(written, length));

            assertThat(trust.read()).as("%d bytes", length).isEqualTo(TrustState.NONE.requiring());
        }
    }

    /** Whole, but not what this program writes: a checksum is no licence. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "floor=-1\nsigned=false\n",
                "floor=9007199254740992\nsigned=false\n",
                "floor=1\nfloor=2\nsigned=false\n",
                "floor=1\nsigned=maybe\n",
                "floor=1\nsigned=false\nrevoked=xyz\n",
                "floor=1\nnewest=tomorrow\nsigned=false\n",
                "signed=false\nfloor=1\n"
            })
    void soundFileOfNonsenseLeavesSignaturesRequired(String text) throws IOException {
        Files.write(folder.resolve("trust"), CheckedText.seal("ota-client-trust/1", text));

        assertThat(trust.read()).isEqualTo(TrustState.NONE.requiring());
    }

    @Test
    void floorRisesOnly() {
        assertThat(FULL.atLeast(37).floor()).isEqualTo(38);
        assertThat(FULL.atLeast(39).floor()).isEqualTo(39);
    }

    @Test
    void timeRisesOnly() {
        Instant before = Instant.parse("2026-11-22T09:59:59Z");

        assertThat(FULL.notBefore(before)).isEqualTo(FULL);
        assertThat(FULL.notBefore(before.plusSeconds(5)).newest()).contains(before.plusSeconds(5));
        assertThat(TrustState.NONE.notBefore(before).newest()).contains(before);
    }

    @Test
    void resetKeepsKeysRevokedAndSignaturesRequired() {
        assertThat(FULL.reset(3)).isEqualTo(new TrustState(3, Optional.empty(), true, FULL.revoked()));
    }
}
