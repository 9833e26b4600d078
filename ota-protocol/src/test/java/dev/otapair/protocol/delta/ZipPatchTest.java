package dev.otapair.protocol.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A zip is made of another one and little besides; or of anything, and then the piece is refused. */
class ZipPatchTest {
    private static final long ROOM = 1L << 30;

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final Map<String, byte[]> files = Zips.files(random, 40);
    private byte[] old;
    private byte[] made;

    @BeforeEach
    void packTwoVersions() throws IOException {
        old = Zips.deflated(6, files);
        made = Zips.deflated(6, Zips.edited(random, files));
    }

    @Test
    void zipIsMadeOfAnotherOne() throws IOException {
        byte[] piece = piece(old, made).orElseThrow();

        assertThat(apply(piece, old, made.length)).as("seed %d", seed).isEqualTo(made);
    }

    @Test
    void patchOfFormsIsFarSmallerThanOneOfZips() throws IOException {
        Map<String, byte[]> before = new LinkedHashMap<>();
        Map<String, byte[]> after = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            byte[] text = ZstdContents.text(random, 20_000);
            before.put("file" + i, text.clone());
            text[50] ^= 1;
            after.put("file" + i, text);
        }

        byte[] piece = piece(Zips.deflated(6, before), Zips.deflated(6, after)).orElseThrow();
        byte[] direct = Patches.write(folder, Zips.deflated(6, before), Zips.deflated(6, after));

        assertThat(piece.length)
                .as("seed %d, %d bytes of zips", seed, direct.length)
                .isLessThan(direct.length / 50);
    }

    /** What nothing deflates again is taken from the old zip as it is. */
    @Test
    void contentThatStaysAsItIsCostsNothing() throws IOException {
        Map<String, byte[]> strange = Map.of("strange", ZstdContents.noise(random, 200_000));
        byte[] kept = Zips.deflated(0, strange);
        byte[] withOld = join(kept, old);
        byte[] withMade = join(kept, made);

        byte[] piece = piece(withOld, withMade).orElseThrow();

        assertThat(apply(piece, withOld, withMade.length)).as("seed %d", seed).isEqualTo(withMade);
        assertThat(piece.length).isLessThan(piece(old, made).orElseThrow().length + 1000);
    }

    @Test
    void whatIsNoZipIsNotPatchedAsOne() throws IOException {
        byte[] text = ZstdContents.text(random, 5000);

        assertThat(piece(text, made)).isEmpty();
        assertThat(piece(old, text)).isEmpty();
        assertThat(piece(old, Zips.stored(files))).isEmpty();
        assertThat(piece(old, new byte[0])).isEmpty();
    }

    @Test
    void damagedPiecesAreRefusedOrMakeAsMuchAsTheyShould() throws IOException {
        byte[] piece = piece(old, made).orElseThrow();
        for (int i = 0; i < 300; i++) {
            byte[] damaged = Arrays.copyOf(piece, piece.length - random.nextInt(3) * random.nextInt(20));
            damaged[random.nextInt(Math.min(damaged.length, 1 << random.nextInt(20)))] ^=
                    (byte) (1 << random.nextInt(8));
            try {
                assertThat(apply(damaged, old, made.length)).as("seed %d", seed).hasSameSizeAs(made);
            } catch (OtaException e) {
                assertThat(e.code()).as("seed %d", seed).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            }
        }
    }

    @Test
    void otherOldOnesAreRefusedOrMakeAsMuchAsTheyShould() throws IOException {
        byte[] piece = piece(old, made).orElseThrow();
        for (byte[] other : new byte[][] {made, Arrays.copyOf(old, old.length / 2), new byte[0], new byte[100_000]}) {
            try {
                assertThat(apply(piece, other, made.length)).as("seed %d", seed).hasSameSizeAs(made);
            } catch (OtaException e) {
                assertThat(e.code()).as("seed %d", seed).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            }
        }
    }

    @Test
    void otherSizeOrTooLittleRoomIsRefused() throws IOException {
        byte[] piece = piece(old, made).orElseThrow();

        assertRefused(piece, made.length - 1, ROOM, "literal bytes");
        assertRefused(piece, made.length + 1, ROOM, "expected are");
        assertRefused(piece, 0, ROOM, "for a zip of 0");
        assertRefused(piece, made.length, 1000, "at most 1000 bytes");
        assertRefused(new byte[0], made.length, ROOM, "ends");
        assertRefused(new byte[] {0}, 0, ROOM, "ends");
    }

    /** Two versions of a real library, where they are on this machine. */
    @Test
    void realJarsGainMuch() throws IOException {
        Path before = jar("3.19.0");
        Path after = jar("3.20.0");
        assumeTrue(Files.exists(before) && Files.exists(after), "the jars are not here");
        byte[] oldJar = Files.readAllBytes(before);
        byte[] newJar = Files.readAllBytes(after);

        byte[] piece = piece(oldJar, newJar).orElseThrow();
        byte[] direct = Patches.write(folder, oldJar, newJar);

        System.out.printf(
                "%s of %d bytes to %s of %d: %d bytes by what is in them, %d by what they are%n",
                before.getFileName(), oldJar.length, after.getFileName(), newJar.length, piece.length, direct.length);
        assertThat(apply(piece, oldJar, newJar.length)).isEqualTo(newJar);
        assertThat(piece.length).isLessThan(direct.length / 5);
    }

    private static Path jar(String version) {
        return Path.of(System.getProperty("user.home"), ".m2/repository/org/apache/commons/commons-lang3", version)
                .resolve("commons-lang3-%s.jar".formatted(version));
    }

    private void assertRefused(byte[] piece, int size, long room, String why) {
        assertThatThrownBy(() -> apply(piece, old, size, room))
                .isInstanceOf(OtaException.class)
                .hasMessageContaining(why)
                .extracting(e -> ((OtaException) e).code())
                .isEqualTo(ErrorCode.DIGEST_MISMATCH);
    }

    private Optional<byte[]> piece(byte[] from, byte[] to) throws IOException {
        try (FileChannel fromForm = scratch();
                FileChannel toForm = scratch()) {
            Optional<ZipPatch> patch =
                    ZipPatch.prepare(Patches.old(from), fromForm, Patches.old(to), toForm, Integer.MAX_VALUE);
            if (patch.isEmpty()) {
                return Optional.empty();
            }
            ByteArrayOutputStream piece = new ByteArrayOutputStream();
            patch.get().write(new PatchWriter(folder, Patches::mask), piece);
            return Optional.of(piece.toByteArray());
        }
    }

    private byte[] apply(byte[] piece, byte[] from, int size) throws IOException {
        return apply(piece, from, size, ROOM);
    }

    private byte[] apply(byte[] piece, byte[] from, int size, long room) throws IOException {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try (FileChannel form = scratch()) {
            PatchReader reader = new PatchReader(Patches::unmask);
            ZipPatch.apply(reader, Patches.bytes(piece), piece.length, Patches.old(from), form, room, size, zip);
        }
        assertThat(zip.size()).isLessThanOrEqualTo(size);
        return zip.toByteArray();
    }

    private FileChannel scratch() throws IOException {
        return FileChannel.open(
                Files.createTempFile(folder, "form", ""),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
