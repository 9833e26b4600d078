package dev.otapair.protocol.cli;

import dev.otapair.protocol.error.FileFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Writes the manual pages of a program: one for it, one for each of its commands, of what {@code --help} says. For packages.
 *
 * @see "man(7)"
 */
@Command(
        name = "generate-man",
        hidden = true,
        description = "Write the manual pages of this program to a folder.",
        mixinStandardHelpOptions = true)
public final class ManPagesCommand implements Callable<Integer> {
    private static final String EXIT_STATUS = "Exit status: ";

    @Parameters(paramLabel = "FOLDER", description = "Must exist.")
    private Path folder;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine program = spec.root().commandLine();
        write(program, shown(program));
        shown(program).forEach(command -> write(command, List.of()));
        return 0;
    }

    private static List<CommandLine> shown(CommandLine program) {
        return program.getSubcommands().values().stream()
                .filter(command -> !command.getCommandSpec().usageMessage().hidden())
                .toList();
    }

    private void write(CommandLine command, List<CommandLine> subcommands) {
        Path file = folder.resolve(pageOf(command) + ".1");
        try {
            Files.writeString(file, page(command, subcommands));
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    private String page(CommandLine command, List<CommandLine> subcommands) {
        CommandSpec said = command.getCommandSpec();
        UsageMessageSpec usage = said.usageMessage();
        List<String> description = paragraphs(usage.description());
        List<String> footer = paragraphs(usage.footer());
        Roff page = new Roff();
        page.line(".TH \"%s\" \"1\" \"\" \"%s\" \"OTA pair\""
                .formatted(pageOf(command).toUpperCase(Locale.ROOT), spec.root().name()));
        page.section("NAME");
        page.text(pageOf(command) + " \\- " + Roff.escaped(firstSentence(description)));
        page.section("SYNOPSIS");
        page.text(Roff.escaped(command.getHelp().synopsis(0).strip().replaceAll("\\s+", " ")));
        page.section("DESCRIPTION");
        description.forEach(page::paragraph);
        page.section("OPTIONS");
        said.positionalParameters().stream()
                .filter(each -> !each.hidden())
                .forEach(each -> page.entry(labelOf(each), text(each)));
        said.options().stream().filter(each -> !each.hidden()).forEach(each -> page.entry(labelOf(each), text(each)));
        if (!subcommands.isEmpty()) {
            page.section("COMMANDS");
            for (CommandLine each : subcommands) {
                page.entry(
                        "\\fB" + Roff.escaped(each.getCommandName()) + "\\fR",
                        firstSentence(
                                paragraphs(each.getCommandSpec().usageMessage().description())));
            }
        }
        List<String> statuses =
                footer.stream().filter(each -> each.startsWith(EXIT_STATUS)).toList();
        List<String> notes =
                footer.stream().filter(each -> !each.startsWith(EXIT_STATUS)).toList();
        page.sectionOf("NOTES", notes);
        page.sectionOf(
                "EXIT STATUS",
                statuses.stream()
                        .map(each -> each.substring(EXIT_STATUS.length()))
                        .toList());
        if (command.getCommand() instanceof Surroundings surroundings) {
            page.sectionOf("FILES", "\\fI", surroundings.files());
            page.sectionOf("ENVIRONMENT", "\\fB", surroundings.environment());
        }
        page.section("SEE ALSO");
        page.text(Stream.concat(Stream.ofNullable(command.getParent()), subcommands.stream())
                .map(each -> "\\fB" + Roff.escaped(pageOf(each)) + "\\fR(1)")
                .collect(Collectors.joining(", ")));
        return page.toString();
    }

    private static String pageOf(CommandLine command) {
        return command.getCommandSpec().qualifiedName("-");
    }

    private static String labelOf(OptionSpec option) {
        String names = Arrays.stream(option.names())
                .map(name -> "\\fB" + Roff.escaped(name) + "\\fR")
                .collect(Collectors.joining(", "));
        boolean hasValue = option.arity().max() > 0;
        return hasValue ? names + " \\fI" + Roff.escaped(option.paramLabel()) + "\\fR" : names;
    }

    private static String labelOf(PositionalParamSpec parameter) {
        return "\\fI" + Roff.escaped(parameter.paramLabel()) + "\\fR";
    }

    private static String text(ArgSpec argument) {
        return plain(String.join(" ", argument.description()));
    }

    /** Empty lines part them. */
    private static List<String> paragraphs(String[] lines) {
        List<String> all = new ArrayList<>();
        for (String part : plain(String.join("\n", lines)).split("\n\\s*\n|\n(?=Exit status: )")) {
            if (!part.isBlank()) {
                all.add(part.strip());
            }
        }
        return all;
    }

    private static String firstSentence(List<String> paragraphs) {
        String text = paragraphs.isEmpty() ? "" : paragraphs.get(0);
        int end = text.indexOf(". ");
        String sentence = end < 0 ? text : text.substring(0, end);
        return sentence.replaceAll("[.:]$", "");
    }

    /** Resolves picocli's markup and line ends. */
    private static String plain(String text) {
        return Help.Ansi.OFF.string(text.formatted());
    }

    /** A page as it comes to be. */
    private static final class Roff {
        private final StringBuilder page = new StringBuilder();

        void line(String line) {
            page.append(line).append('\n');
        }

        void section(String name) {
            line(".SH \"" + name + "\"");
        }

        void sectionOf(String name, List<String> paragraphs) {
            if (!paragraphs.isEmpty()) {
                section(name);
                paragraphs.forEach(this::paragraph);
            }
        }

        void sectionOf(String name, String font, List<Surroundings.Entry> entries) {
            section(name);
            entries.forEach(each -> entry(font + escaped(each.name()) + "\\fR", each.text()));
        }

        void paragraph(String text) {
            line(".PP");
            text(escaped(text));
        }

        void entry(String label, String text) {
            line(".TP");
            line(label);
            text(escaped(text));
        }

        /** A line must not look like a request. */
        void text(String escaped) {
            escaped.lines()
                    .map(String::strip)
                    .map(each -> each.startsWith(".") || each.startsWith("'") ? "\\&" + each : each)
                    .forEach(this::line);
        }

        static String escaped(String text) {
            return text.replace("\\", "\\e").replace("-", "\\-");
        }

        @Override
        public String toString() {
            return page.toString();
        }
    }
}
