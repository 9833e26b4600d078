package dev.otapair.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.cli.PlainCommand.Verb;
import dev.otapair.protocol.cli.ConfigOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** The command lines of timers are read as picocli reads them, and the others are left to it. */
class PlainCommandTest {
    private static final List<String> WORDS = List.of(
            "check",
            "update",
            "run",
            "recover",
            "status",
            "install",
            "--json",
            "-c",
            "--config",
            "a.ini",
            "--config=b.ini",
            "-cc.ini",
            "--interactive",
            "--help",
            "--",
            "-",
            "",
            "\"d.ini\"",
            "@args");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "update",
                "check",
                "update --config a.ini",
                "--config a.ini check --json",
                "-c a.ini run",
                "recover --config a.ini"
            })
    void whatTimersTypeIsPlain(String line) {
        assertThat(PlainCommand.of(words(line))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "check --help",
                "chekc",
                "check check",
                "check update",
                "--json --json",
                "--config",
                "--config --json",
                "-c a.ini -c b.ini",
                "update --interactive",
                "status",
                "install a.tar"
            })
    void allElseIsNot(String line) {
        assertThat(PlainCommand.of(words(line))).isEmpty();
    }

    @Test
    void everythingIsReadAsPicocliReadsIt() {
        Random random = new Random(7);
        int plain = 0;
        for (int run = 0; run < 4000; run++) {
            List<String> line = new ArrayList<>();
            for (int words = random.nextInt(6); words > 0; words--) {
                line.add(WORDS.get(random.nextInt(random.nextBoolean() ? 10 : WORDS.size())));
            }
            Optional<PlainCommand> command = PlainCommand.of(line.toArray(String[]::new));
            if (command.isPresent()) {
                plain++;
                assertThat(picocli(line)).as("%s", line).isEqualTo(command.get());
            }
        }
        assertThat(plain).isGreaterThan(200);
    }

    private static PlainCommand picocli(List<String> line) {
        ParseResult parsed =
                new CommandLine(new OtaClientCommand()).setExpandAtFiles(false).parseArgs(line.toArray(String[]::new));
        ParseResult last = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
        Verb verb =
                parsed.hasSubcommand() ? Verb.valueOf(last.commandSpec().name().toUpperCase(Locale.ROOT)) : Verb.UPDATE;
        Path file = List.of(parsed, last).stream()
                .filter(each -> each.hasMatchedOption("--config"))
                .map(each -> each.matchedOptionValue("--config", Path.of("nothing")))
                .findFirst()
                .map(ConfigOption::absolute)
                .orElseGet(() -> ConfigOption.absent(RunOptions.CONFIG_VARIABLE));
        boolean json = parsed.hasMatchedOption("--json") || last.hasMatchedOption("--json");
        return new PlainCommand(verb, file, json);
    }

    private static String[] words(String line) {
        return line.isEmpty() ? new String[0] : line.split(" ");
    }
}
