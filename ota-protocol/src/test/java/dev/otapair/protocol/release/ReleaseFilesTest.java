package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.SignedMetadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ReleaseFilesTest {
    private static final byte[] METADATA = "{\"any\":1}".getBytes(StandardCharsets.US_ASCII);
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("fw-1");
        Files.write(ReleaseFiles.metadataOf(file), METADATA);
        Files.write(
                ReleaseFiles.signatureOf(file, KEY.publicHalf().id()),
                KEY.sign(METADATA).bytes().toBytes());
    }

    @Test
    void onlyMissingMetadataIsNoRelease() throws IOException {
        assertThat(ReleaseFiles.read(folder.resolve("fw-2"))).isEmpty();
        assertThat(signatures()).containsExactly(KEY.sign(METADATA));
    }

    @Test
    void signatureThatIsGoneWhenItIsReadIsLeftOut() throws IOException {
        Files.createSymbolicLink(signature("0"), folder.resolve("nowhere"));

        assertThat(signatures()).containsExactly(KEY.sign(METADATA));
    }

    @Test
    void filesThatAreNoSignaturesHideNone() throws IOException {
        for (String digit : List.of("0", "1", "2", "3", "4")) {
            Files.write(signature(digit), new byte[5]);
        }
        Files.write(signature("5"), new byte[1000]);
        Files.createFile(signature("6"));
        Files.createDirectory(signature("7"));

        assertThat(signatures()).containsExactly(KEY.sign(METADATA));
    }

    @Test
    @Timeout(20)
    void pipeIsNotWaitedFor() throws Exception {
        makePipe(signature("0"));
        makePipe(ReleaseFiles.metadataOf(folder.resolve("fw-2")));

        assertThat(signatures()).containsExactly(KEY.sign(METADATA));
        assertThatThrownBy(() -> ReleaseFiles.read(folder.resolve("fw-2"))).isInstanceOf(IOException.class);
    }

    @Test
    @Timeout(20)
    void pipeAmongKeysIsAFault() throws Exception {
        makePipe(folder.resolve("a.pub"));
        Files.write(folder.resolve("b.pub"), KEY.publicHalf().toPem());

        KeyRing ring = KeyRing.read(folder);

        assertThat(ring.keys()).containsExactly(KEY.publicHalf());
        assertThat(ring.faults()).singleElement().asString().contains("a.pub", "not a file");
    }

    private List<SignedMetadata.Signature> signatures() throws IOException {
        return ReleaseFiles.read(file).orElseThrow().signatures();
    }

    private Path signature(String digit) {
        return ReleaseFiles.signatureOf(file, new KeyId(digit.repeat(KeyId.HEX_DIGITS)));
    }

    private static void makePipe(Path pipe) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
    }
}
