package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenSourceTest {
    private static final String TOKEN = "a-token-of-24-characters";

    @TempDir
    private Path folder;

    @Test
    void tokenOfTheFileIsTaken() throws IOException {
        Files.writeString(folder.resolve("token"), TOKEN + "\n");

        assertThat(read("security_file = token", Map.of())).isEqualTo(TOKEN);
        assertThat(read("security =\nsecurity_file = token", Map.of())).isEqualTo(TOKEN);
    }

    /** The file itself is not for the service's user. */
    @Test
    void whatSystemdHandsOverComesFirst() throws IOException {
        Path credentials = Files.createDirectory(folder.resolve("credentials"));
        Files.writeString(credentials.resolve("token"), TOKEN);
        Map<String, String> environment = Map.of("CREDENTIALS_DIRECTORY", credentials.toString());

        assertThat(read("security_file = /nowhere", environment)).isEqualTo(TOKEN);
        assertThat(read("", environment)).isEqualTo(TOKEN);
        assertThat(read("security = of-config", environment)).isEqualTo("of-config");
        Files.delete(credentials.resolve("token"));
        assertThat(read("", environment)).isEmpty();
    }

    @Test
    void bothAreAFault() throws IOException {
        Files.writeString(folder.resolve("token"), TOKEN);

        assertThat(fault("security = " + TOKEN + "\nsecurity_file = token"))
                .contains("security_file is set beside security")
                .doesNotContain(TOKEN);
    }

    @Test
    void fileThatHoldsNoTokenIsAFaultThatQuotesNothing() throws IOException {
        assertThat(fault("security_file = token")).contains("cannot be read");
        Files.writeString(folder.resolve("token"), "\n");
        assertThat(fault("security_file = token")).contains("one line with the token");
        Files.writeString(folder.resolve("token"), TOKEN + "\n" + TOKEN + "\n");
        assertThat(fault("security_file = token"))
                .contains("one line with the token")
                .doesNotContain(TOKEN);
        Files.writeString(folder.resolve("token"), "x".repeat(5000));
        assertThat(fault("security_file = token")).contains("is longer than").doesNotContain("xx");
    }

    private String fault(String lines) {
        return catchThrowableOfType(OtaException.class, () -> read(lines, Map.of()))
                .getMessage();
    }

    private String read(String lines, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(folder.resolve("config.ini"), "[Server]\n" + lines + "\n");
        ConfigFaults faults = new ConfigFaults();
        String token = TokenSource.of(IniFile.read(file).section(KnownKeys.SERVER, faults), environment);
        faults.throwIfAny();
        return token;
    }
}
