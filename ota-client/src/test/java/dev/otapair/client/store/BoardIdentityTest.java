package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.DeviceId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoardIdentityTest {
    private static final String MACHINE_ID = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path folder;

    /** SHA-256 of "ota-device-id", a zero byte and the machine-id, its first half: computed by sha256sum. */
    @Test
    void idIsAHashOfTheMachineId() throws IOException {
        DeviceId id = of(machineId(MACHINE_ID + "\n"));

        assertThat(id).isEqualTo(new DeviceId("ba7adc30c066b9da1cd85699f2b09787"));
        assertThat(folder.resolve("device-id")).doesNotExist();
    }

    @Test
    void secondPlaceOfTheMachineIdCountsWhereTheFirstHasNone() throws IOException {
        assertThat(of(folder.resolve("missing"), machineId(MACHINE_ID))).isEqualTo(of(machineId(MACHINE_ID)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "uninitialized\n", "0123456789ABCDEF0123456789ABCDEF", "0123"})
    void boardWithoutAMachineIdKeepsARandomOne(String text) throws IOException {
        Path machineId = machineId(text);

        DeviceId first = of(machineId);

        assertThat(of(machineId)).isEqualTo(first);
        assertThat(first.value()).matches("[0-9a-f]{32}");
        assertThat(folder.resolve("device-id")).hasContent(first.value());
    }

    @Test
    void twoSuchBoardsAreTwo() throws IOException {
        DeviceId first = of();
        Files.delete(folder.resolve("device-id"));

        assertThat(of()).isNotEqualTo(first);
    }

    @Test
    void keptIdThatIsDamagedIsMadeAnew() throws IOException {
        Files.writeString(folder.resolve("device-id"), "../../etc\n");

        try (ErrorOutput output = new ErrorOutput()) {
            DeviceId id = of();

            assertThat(folder.resolve("device-id")).hasContent(id.value());
            assertThat(output.text()).contains("device-id is damaged", "'device_id' in config.ini keeps one");
        }
    }

    @Test
    void folderThatCannotBeWrittenIsExplained() throws IOException {
        Path blocked = Files.createFile(folder.resolve("file")).resolve("state");

        OtaException failure = catchThrowableOfType(
                OtaException.class, () -> BoardIdentity.of(List.of(), blocked, new DurableFiles()));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining("set device_id");
    }

    @Test
    void thisMachineIsTheSameInEveryRun() {
        DurableFiles files = new DurableFiles();

        assertThat(BoardIdentity.of(folder, files)).isEqualTo(BoardIdentity.of(folder, files));
    }

    private DeviceId of(Path... machineIds) {
        return BoardIdentity.of(List.of(machineIds), folder, new DurableFiles());
    }

    private Path machineId(String text) throws IOException {
        return Files.writeString(folder.resolve("machine-id"), text);
    }
}
