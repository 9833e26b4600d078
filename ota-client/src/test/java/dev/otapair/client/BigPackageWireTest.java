package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.ClientProcess;
import dev.otapair.client.testing.ClientProcess.Result;
import dev.otapair.protocol.testing.V1Offer;
import dev.otapair.protocol.testing.V1Server;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** More bytes than an int counts, in a heap of 32 MB. */
@Tag("big")
class BigPackageWireTest {
    private static final long SIZE = 4L * 1024 * 1024 * 1024 + 1;

    /** Of that many zero bytes. */
    private static final String MD5 = "f18c798ff5d450dfe4d3acdc12b621ff";

    @TempDir
    private Path folder;

    @Test
    void packageOver4GibIsTakenInConstantMemory() throws Exception {
        Assumptions.assumeTrue(
                Files.getFileStore(folder).getUsableSpace() > SIZE + (1L << 30), "the disk is too full for 4 GiB");
        Path sparse = folder.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Board board = new Board(Files.createDirectory(folder.resolve("board")));
        try (V1Server server =
                new V1Server(V1Offer.of(Board.TOKEN, "big", sparse).withMd5(MD5))) {
            board.asking(server.address());

            Result result = ClientProcess.run(board);

            assertThat(result.status()).as(result.err()).isZero();
            assertThat(board.packages().resolve("big")).hasSize(SIZE);
        }
    }
}
