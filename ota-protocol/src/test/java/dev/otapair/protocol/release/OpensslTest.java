package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and signatures are openssl's: whoever has it needs nothing of ours to sign or to verify. */
class OpensslTest {
    private static final int INPUTS = 1000;
    private static final int INPUTS_A_KEY = 50;

    @TempDir
    private Path folder;

    @Test
    void keysOfOpensslAreRead() throws Exception {
        openssl("genpkey -algorithm ed25519 -out ota.key");
        openssl("pkey -in ota.key -pubout -out ota.pub");
        openssl("pkey -pubin -in ota.pub -outform DER -out der");
        String id = run("sha256sum der").substring(0, KeyId.HEX_DIGITS);

        SigningKey key = SigningKey.read(folder.resolve("ota.key"));

        assertThat(key.publicHalf()).isEqualTo(VerifyingKey.read(folder.resolve("ota.pub")));
        assertThat(key.publicHalf().id().value()).isEqualTo(id);
        assertThat(folder.resolve("ota.key")).hasBinaryContent(key.toPem());
        assertThat(folder.resolve("ota.pub")).hasBinaryContent(key.publicHalf().toPem());
    }

    @Test
    void keysOfOursAreReadByOpenssl() throws Exception {
        SigningKey key = SigningKey.generate();
        Files.write(folder.resolve("ota.key"), key.toPem());

        openssl("pkey -in ota.key -pubout -out ota.pub");

        assertThat(folder.resolve("ota.pub")).hasBinaryContent(key.publicHalf().toPem());
    }

    /** Ed25519 signs the same bytes the same way each time: both must come to the very same 64 bytes, and take the other's. */
    @Test
    void bothSignAndVerifyAlike() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        SigningKey key = SigningKey.generate();
        for (int i = 0; i < INPUTS; i++) {
            if (i % INPUTS_A_KEY == 0) {
                key = SigningKey.generate();
                Files.write(folder.resolve("ota.key"), key.toPem());
                Files.write(folder.resolve("ota.pub"), key.publicHalf().toPem());
            }
            byte[] input = new byte[1 + random.nextInt(2048)];
            random.nextBytes(input);
            Files.write(folder.resolve("in"), input);
            byte[] ours = key.sign(input).bytes().toBytes();
            Files.write(folder.resolve("ours"), ours);

            openssl("pkeyutl -sign -rawin -inkey ota.key -in in -out theirs");
            openssl("pkeyutl -verify -rawin -pubin -inkey ota.pub -in in -sigfile ours");

            byte[] theirs = Files.readAllBytes(folder.resolve("theirs"));
            assertThat(ours).as("seed %d, input %d", seed, i).isEqualTo(theirs);
            assertThat(key.publicHalf().verifies(input, new Octets(theirs)))
                    .as("seed %d, input %d", seed, i)
                    .isTrue();
        }
    }

    private void openssl(String arguments) throws IOException, InterruptedException {
        run("openssl " + arguments);
    }

    private String run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command.split(" "))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, said).isZero();
        return said;
    }
}
