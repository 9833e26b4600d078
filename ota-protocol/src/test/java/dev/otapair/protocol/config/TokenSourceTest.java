package dev.otapair.protocol.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** The file may not be for the service's user. */
    @Test
    void whatSystemdHandsOverIsTakenWhereThereIsNoFileToRead() throws IOException {
        Path credential = Files.createDirectory(folder.resolve("credentials")).resolve("token");
        Files.writeString(credential, TOKEN);
        Map<String, String> environment = credentials();

        assertThat(read("security_file = /nowhere", environment)).isEqualTo(TOKEN);
        assertThat(read("", environment)).isEqualTo(TOKEN);
        assertThat(read("security = of-config", environment)).isEqualTo("of-config");
        Files.writeString(credential, "\n");
        assertThat(read("", environment)).isEmpty();
        Files.delete(credential);
        assertThat(read("", environment)).isEmpty();
    }

    /** What systemd hands over is as old as the service's start. */
    @Test
    void fileThatCanBeReadComesBeforeWhatSystemdHandsOver() throws IOException {
        Files.writeString(Files.createDirectory(folder.resolve("credentials")).resolve("token"), "the-one-before");
        Files.writeString(folder.resolve("token"), TOKEN);

        assertThat(read("security_file = token", credentials())).isEqualTo(TOKEN);
    }

    private Map<String, String> credentials() {
        return Map.of("CREDENTIALS_DIRECTORY", folder.resolve("credentials").toString());
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
        Files.writeString(folder.resolve("token"), "x".repeat(200));
        assertThat(fault("security_file = token")).contains("is longer than").doesNotContain("xx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "", "%s\n%s\n", "%s\0", "\ufeff%s", "%s\tx", "\u00ff"})
    void fileThatIsNotOneLineOfTextIsRefused(String pattern) throws IOException {
        byte[] bytes = pattern.replace("%s", TOKEN).getBytes(pattern.equals("\u00ff") ? ISO_8859_1 : UTF_8);
        Files.write(folder.resolve("token"), bytes);

        assertThat(fault("security_file = token"))
                .contains("one line of UTF-8 with the token")
                .doesNotContain(TOKEN);
    }

    @Test
    void lineThatIsHiddenBehindBlanksIsFound() throws IOException {
        Files.writeString(folder.resolve("token"), TOKEN + " ".repeat(5000) + "\nanother");

        assertThat(fault("security_file = token")).contains("one line of UTF-8 with the token");
    }

    /** A pipe would be waited for. */
    @Test
    void folderIsNoFileToReadFrom() throws IOException {
        Files.createDirectory(folder.resolve("token"));

        assertThat(fault("security_file = token")).contains("it is no file");
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
