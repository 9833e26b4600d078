package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.Forge;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** T29: a signature that covers only the start of a large package covers nothing. */
class BigReleaseTest {
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    private Path folder;

    /** Past every bound that an int, signed or not, could have. */
    @ParameterizedTest
    @ValueSource(longs = {(1L << 31) + 1, (1L << 32) + 1})
    void lastByteOfALargePackageIsCovered(long size) throws IOException {
        Assumptions.assumeTrue(
                Files.getFileStore(folder).getUsableSpace() > size + (1L << 30), "the disk is too full for " + size);
        Board board = new Board(Files.createDirectory(folder.resolve("board"))).trusting(KEY);
        Path stick = Files.createDirectory(folder.resolve("stick"));
        Path file = stick.resolve("big");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size);
            sign(file, size);

            sparse.seek(size - 1);
            sparse.write(1);
            OtaException failure = catchThrowableOfType(OtaException.class, () -> board.install(file, false));
            assertThat(failure.code()).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            assertThat(board.kept()).isEmpty();
            assertThat(board.installed()).isEmpty();

            sparse.seek(size - 1);
            sparse.write(0);
            assertThat(board.install(file, false).result()).isEqualTo(Outcome.Result.UPDATED);
            assertThat(board.packages().resolve("big")).hasSize(size);
        }
    }

    private static void sign(Path file, long size) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            Digest digest = new ContentDigester(Digest.Algorithm.SHA256)
                    .updateAll(channel)
                    .finish(Digest.Algorithm.SHA256);
            byte[] metadata = Forge.of("big", new byte[0], KEY)
                    .with("size", Long.toString(size))
                    .with("sha256", '"' + digest.hex() + '"')
                    .metadata();
            Files.write(ReleaseFiles.metadataOf(file), metadata);
            Files.write(
                    ReleaseFiles.signatureOf(file, KEY.publicHalf().id()),
                    KEY.sign(metadata).bytes().toBytes());
        }
    }
}
