package dev.otapair.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However a line with the token is broken, and wherever it stands, no message has the token. */
class TokenLeakTest {
    private static final String TOKEN = "hunter2-secret-token";

    private static final List<String> REST = List.of(
            "[DEFAULT]", "port = 1234", "log_level = info", "[Server]", "latest = fw", "max_clients = 5", "[Client]");

    @TempDir
    private Path folder;

    static Stream<String> brokenLines() {
        return Stream.of(
                "security\uff1d@",
                "security\uff1a@",
                "security @",
                "security@",
                "@",
                "@=",
                "security @==",
                "@: x",
                "  @",
                "  security = @",
                "\tsecurity\uff1d@",
                "\u00a0@",
                "security = @\nsecurity = @",
                "security = @\nSecurity @ = @",
                "[security = @",
                "[@]",
                "[@]\n[@]",
                "[@]\n@=\n@=",
                "security = @]",
                "= @",
                "security = %(@)s",
                "security = %@",
                "port2 = %(security)s\nsecurity = @",
                "max_connections = 1 security = @",
                "max_connections = 1security=@",
                "max_connections = %(security)s\nsecurity = @",
                "max_connections =\nsecurity = @",
                "max_connections =\n  security = @",
                "max_connections =\n  @",
                "security = " + "@".repeat(7),
                "security\n= @",
                "security =\n@",
                "security =\n@=",
                "security =\n  @\n @\n@",
                "\u0001security = @",
                "\ufeffsecurity = @");
    }

    private List<String> messages(String text) throws IOException {
        List<String> messages = new ArrayList<>();
        try {
            IniFile file = IniFile.read(Files.writeString(folder.resolve("config.ini"), text));
            messages.addAll(file.unknownKeys(KnownKeys.bySection()));
            ConfigFaults faults = new ConfigFaults();
            for (String name : List.of("Server", "Client")) {
                IniSection section = file.section(name, faults);
                section.number("port", 0, 1, 1);
                section.number("max_clients", 6, 9, 6);
                section.number("max_connections", 6, 9, 6);
                section.duration("latest", Duration.ZERO);
                section.bytes("latest");
                section.flag("latest", true);
                section.value("max_clients", "a file name", PackageName::new);
                section.choice("log_level", LogLevel.class, LogLevel.INFO);
                section.token("security");
                section.requiredText("path", "a folder");
            }
            faults.throwIfAny();
        } catch (OtaException e) {
            messages.add(e.getMessage());
        }
        return messages;
    }

    @ParameterizedTest
    @MethodSource("brokenLines")
    void noMessageHasTheToken(String line) throws IOException {
        for (int position : IntStream.rangeClosed(0, REST.size()).toArray()) {
            List<String> lines = new ArrayList<>(REST);
            lines.add(position, line.replace("@", TOKEN));

            assertThat(messages(String.join("\n", lines)))
                    .isNotEmpty()
                    .noneMatch(message -> message.toLowerCase(Locale.ROOT).contains("hunter2"));
        }
    }

    @ParameterizedTest
    @MethodSource("brokenLines")
    void noMessageHasTheTokenWhereALineRunsIntoTheNext(String line) throws IOException {
        for (int position : IntStream.rangeClosed(1, REST.size()).toArray()) {
            List<String> lines = new ArrayList<>(REST);
            lines.set(position - 1, REST.get(position - 1) + " security = " + line.replace("@", TOKEN));

            assertThat(messages(String.join("\n", lines)))
                    .isNotEmpty()
                    .noneMatch(message -> message.toLowerCase(Locale.ROOT).contains("hunter2"));
        }
    }
}
