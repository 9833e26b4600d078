package dev.otapair.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.testing.V1Client;
import dev.otapair.protocol.testing.V1Client.Ending;
import dev.otapair.protocol.testing.V1Client.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A package that changes while a slow board is in the middle of it. */
class ChangingPackageWireTest {
    private static final int SIZE = 8_000_000;

    @TempDir
    private Path folder;

    private ConfigFile config;
    private RunningServer server;
    private Path file;

    @BeforeEach
    void start() {
        config = new ConfigFile(folder);
        file = config.put(ConfigFile.LATEST, new byte[SIZE]);
        server = new RunningServer(config);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** What somebody does to the package. */
    private interface Change {
        void apply() throws IOException;
    }

    /** Runs an update on which the change falls after its first bytes. */
    private Outcome updateWith(Change change) throws IOException {
        try (V1Client client = server.connectSlow()) {
            return client.update(ConfigFile.TOKEN, "", new OutputStream() {
                private boolean isDone;

                @Override
                public void write(int value) {
                    throw new UnsupportedOperationException("v1 clients receive in pieces");
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    if (!isDone) {
                        isDone = true;
                        change.apply();
                    }
                }
            });
        }
    }

    private void write(long position, int value) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {(byte) value}), position);
        }
    }

    @Test
    void renameLetsTheTransferEndWithTheOldContent() throws IOException {
        Outcome outcome = updateWith(() -> config.put(ConfigFile.LATEST, new byte[] {1, 2, 3}));

        assertThat(outcome).isEqualTo(new Outcome(Ending.UPDATED, ConfigFile.LATEST, SIZE));
    }

    @Test
    void renameGivesTheNextSessionTheNewContent() throws IOException {
        updateWith(() -> config.put(ConfigFile.LATEST, new byte[] {1, 2, 3}));

        assertThat(updateWith(() -> {}).received()).isEqualTo(3);
    }

    @Test
    void deletionLetsTheTransferEnd() throws IOException {
        Outcome outcome = updateWith(() -> Files.delete(file));

        assertThat(outcome).isEqualTo(new Outcome(Ending.UPDATED, ConfigFile.LATEST, SIZE));
    }

    @Test
    void overwritingWhatIsDueResets() throws IOException {
        Outcome outcome = updateWith(() -> write(SIZE - 1, 'x'));

        assertThat(outcome.ending()).isEqualTo(Ending.RESET);
        assertThat(outcome.received()).isLessThan(SIZE);
    }

    @Test
    void overwritingWhatIsSentResets() throws IOException {
        Outcome outcome = updateWith(() -> write(0, 'x'));

        assertThat(outcome.ending()).isEqualTo(Ending.RESET);
        assertThat(outcome.received()).isLessThan(SIZE);
    }

    @Test
    void truncationResets() throws IOException {
        Outcome outcome = updateWith(() -> FileChannel.open(file, StandardOpenOption.WRITE)
                .truncate(100_000)
                .close());

        assertThat(outcome.ending()).isEqualTo(Ending.RESET);
        assertThat(outcome.received()).isLessThan(SIZE);
    }

    @Test
    void contentThatWasOverwrittenIsServedToTheNextSession() throws IOException {
        updateWith(() -> write(0, 'x'));

        assertThat(updateWith(() -> {})).isEqualTo(new Outcome(Ending.UPDATED, ConfigFile.LATEST, SIZE));
    }
}
