package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.client.testing.LockHolder;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
    @TempDir
    private Path folder;

    @Test
    void lockIsTakenOnce() {
        try (RunLock first = RunLock.tryTake(folder).orElseThrow()) {
            assertThat(RunLock.tryTake(folder)).isEmpty();
            assertThat(first).isNotNull();
        }
    }

    @Test
    void linkInPlaceOfTheLockIsNotFollowed() throws IOException {
        Files.createSymbolicLink(folder.resolve("lock"), folder.resolve("canary"));

        assertThat(catchThrowableOfType(OtaException.class, () -> RunLock.tryTake(folder))
                        .code())
                .isEqualTo(ErrorCode.CANNOT_WRITE);

        assertThat(folder.resolve("canary")).doesNotExist();
    }

    @Test
    void lockIsFreeWhenItWasGivenBack() {
        RunLock.tryTake(folder).orElseThrow().close();

        assertThat(RunLock.tryTake(folder)).hasValueSatisfying(RunLock::close);
    }

    @Test
    void lockIsRefusedToAnotherProcess() throws IOException, InterruptedException {
        try (RunLock first = RunLock.tryTake(folder).orElseThrow()) {
            Process other = start();

            assertThat(answer(other)).isEqualTo("refused");
            assertThat(first).isNotNull();
            end(other);
        }
    }

    @Test
    void lockOfAProcessThatIsKilledIsFree() throws IOException, InterruptedException {
        Process other = start();
        String itsAnswer = answer(other);
        boolean wasTaken = RunLock.tryTake(folder).isEmpty();

        end(other);

        assertThat(itsAnswer).isEqualTo("taken");
        assertThat(wasTaken).isTrue();
        assertThat(RunLock.tryTake(folder)).hasValueSatisfying(RunLock::close);
    }

    @Test
    void folderThatCannotBeWrittenIsAnError() throws IOException {
        Path blocked = Files.createFile(folder.resolve("file"));

        OtaException failure = catchThrowableOfType(OtaException.class, () -> RunLock.tryTake(blocked));

        assertThat(failure.code()).isEqualTo(ErrorCode.CANNOT_WRITE);
        assertThat(failure).hasMessageContaining(blocked.toString());
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockHolder.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String answer(Process process) throws IOException {
        BufferedReader reader = process.inputReader();
        return reader.readLine();
    }

    private static void end(Process process) throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
