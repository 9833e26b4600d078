package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.server.ConfigFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service starts without a locale where nobody sets one, and Java then knows ASCII file names only. */
class LocaleTest {
    @TempDir
    private Path folder;

    private Process checkConfig(String locale) throws Exception {
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtaServerCommand.class.getName(),
                "check-config");
        program.directory(folder.toFile()).environment().putAll(Map.of("LC_ALL", locale));
        return program.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    @Test
    void nameThatTheLocaleCannotHoldIsAFaultOfTheConfiguration() throws Exception {
        new ConfigFile(folder).with("latest", "固件.tar.gz");

        Process program = checkConfig("C");

        assertThat(new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .contains("[Server] latest is '固件.tar.gz', which is no file name in the present locale; "
                        + "start the program with LC_ALL=C.UTF-8");
        assertThat(program.waitFor()).isEqualTo(78);
    }

    @Test
    void asciiNameNeedsNoLocale() throws Exception {
        new ConfigFile(folder);

        assertThat(checkConfig("C").waitFor()).isZero();
    }
}
