package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.files.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerPinTest {
    @TempDir
    private Path folder;

    @Test
    void nothingIsPinnedAtFirst() {
        assertThat(pin("zebra").isSet()).isFalse();
    }

    @Test
    void pinIsFoundByTheNextRun() {
        pin("zebra").set();

        assertThat(pin("zebra").isSet()).isTrue();
    }

    @Test
    void anotherTokenBeginsAnew() {
        pin("zebra").set();

        assertThat(pin("okapi").isSet()).isFalse();
    }

    @Test
    void anotherTokensProofTakesThePlaceOfTheFirst() {
        pin("zebra").set();
        pin("okapi").set();

        assertThat(pin("okapi").isSet()).isTrue();
    }

    @Test
    void clearedPinIsGone() {
        pin("zebra").set();

        boolean wasThere = pin("zebra").clear();
        boolean wasThereAgain = pin("zebra").clear();

        assertThat(wasThere).isTrue();
        assertThat(wasThereAgain).isFalse();
        assertThat(pin("zebra").isSet()).isFalse();
    }

    @Test
    void pinOfAnotherTokenIsClearedToo() {
        pin("zebra").set();

        assertThat(pin("okapi").clear()).isTrue();
    }

    /** What a disk leaves of a file must not open the way back to v1. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "ota-client-pin/1\n",
                "ota-client-pin/1\n0123\n",
                "ota-client-pin/1\n................................................................\n",
                "ota-client-pin/1\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ",
                "ota-client-pin/2\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
            })
    void damagedFileCountsAsSet(String content) throws IOException {
        Files.writeString(folder.resolve("server-pin"), content);

        assertThat(pin("zebra").isSet()).isTrue();
    }

    /** Nor must it pass for the pin of another token. */
    @Test
    void damagedBitCountsAsSet() throws IOException {
        pin("zebra").set();
        Path file = folder.resolve("server-pin");
        byte[] whole = Files.readAllBytes(file);

        for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
            byte[] damaged = whole.clone();
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            Files.write(file, damaged);

            assertThat(pin("zebra").isSet()).as("bit %d", bit).isTrue();
        }
    }

    @Test
    void damagedFileIsMadeGoodByTheNextProof() throws IOException {
        Files.writeString(folder.resolve("server-pin"), "garbage");

        pin("zebra").set();

        assertThat(pin("zebra").isSet()).isTrue();
        assertThat(pin("okapi").isSet()).isFalse();
    }

    @Test
    void damageIsToldWithTheWayOut() throws IOException {
        Files.writeString(folder.resolve("server-pin"), "garbage");

        try (ErrorOutput log = new ErrorOutput()) {
            pin("zebra").isSet();

            assertThat(log.text()).contains("server-pin").contains("ota-client forget-server");
        }
    }

    @Test
    void pinIsItsOwnersAndTellsNothingOfTheToken() throws IOException {
        pin("zebra").set();

        Path file = folder.resolve("server-pin");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(file).content().doesNotContain("zebra");
    }

    @Test
    void pinThatIsSetIsNotWrittenAgain() throws IOException {
        pin("zebra").set();
        FileTime longAgo = FileTime.fromMillis(1000);
        Files.setLastModifiedTime(folder.resolve("server-pin"), longAgo);

        pin("zebra").set();

        assertThat(Files.getLastModifiedTime(folder.resolve("server-pin"))).isEqualTo(longAgo);
    }

    @Test
    void missingStateFolderIsMade() {
        ServerPin pin = new ServerPin(folder.resolve("a/b"), new Secret("zebra"), new DurableFiles());

        pin.set();

        assertThat(pin.isSet()).isTrue();
    }

    /** The session has succeeded; that it cannot be remembered does not undo it. */
    @Test
    void folderThatCannotBeWrittenFailsNothing() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        ServerPin pin = new ServerPin(file.resolve("state"), new Secret("zebra"), new DurableFiles());

        try (ErrorOutput log = new ErrorOutput()) {
            assertThatNoException().isThrownBy(pin::set);
            assertThat(log.text()).contains("cannot be");
        }
    }

    private ServerPin pin(String token) {
        return new ServerPin(folder, new Secret(token), new DurableFiles());
    }
}
