package dev.otapair.server.cli;

import dev.otapair.protocol.cli.InheritedOptions;
import dev.otapair.protocol.cli.JarVersion;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.BoardState;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Report;
import dev.otapair.protocol.wire.JsonReport;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Lists what is last known of each board. */
@Command(
        name = "devices",
        description = {
            "List the boards and how each stands with its release, by product and id, and count them by state.",
            "",
            "'installed' and 'release' are what a board runs, in its own words when it was last seen. 'state' is about the"
                    + " release under 'about', which may be another one; 'code' is the exit status that tells why.",
            "",
            "States: offered; downloading; staged (waits for its time); applying; probation (runs, not yet found healthy);"
                    + " good; rolled_back (back on what ran before, will not take it again); failed (was not installed). A"
                    + " board that says nothing of a release has a -.",
            "",
            "Read from the file 'boards' in state_dir, which the server writes within a second or so; 'seen' may lag five"
                    + " minutes behind. It works while the server runs, and while it does not. Boards that speak v1 have no"
                    + " id and are not listed. Who is let in is another matter: that is the file which 'devices' in"
                    + " config.ini names."
        },
        footer = {
            "",
            "Examples:",
            "  ota-server devices --state failed          what has gone wrong",
            "  ota-server devices --silent 2d             who has not called for two days",
            "  ota-server devices --json | jq .states     numbers for a monitor",
            "",
            "Exit status: 0, whatever the boards say; 74 the file cannot be read, 78 configuration."
        },
        versionProvider = JarVersion.class,
        mixinStandardHelpOptions = true)
final class DevicesCommand implements Callable<Integer> {
    private static final Logger LOG = Loggers.of(DevicesCommand.class);
    private static final String NO_STATE = "-";

    @ParentCommand
    private OtaServerCommand program;

    @Option(names = "--json", description = "Print the result as one JSON object on one line.")
    private boolean json;

    @Option(
            names = "--product",
            paramLabel = "PRODUCT",
            converter = ProductConverter.class,
            description = "Only boards that run this.")
    private Optional<Product> product = Optional.empty();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            converter = StateConverter.class,
            description = "Only boards in this state.")
    private Optional<BoardState> state = Optional.empty();

    @Option(
            names = "--silent",
            paramLabel = "TIME",
            converter = Silence.Converter.class,
            description = "Only boards that were not seen for so long, like 90s, 15m, 2h or 3d.")
    private Optional<Silence> silence = Optional.empty();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        InheritedOptions.allowOnly(spec, "--config");
        ServerConfig config = ServerConfig.read(IniFile.read(program.config().file()), System.getenv());
        config.logLevel().apply();
        Instant now = Instant.now();
        LedgerFile.Content known = LedgerFile.read(config.stateFolder());
        if (known.damaged() > 0) {
            LOG.warn(
                    "{} has {}, left out",
                    LedgerFile.file(config.stateFolder()),
                    Count.of(known.damaged(), "damaged line"));
        }
        state.filter(asked -> !isInUse(asked, known)).ifPresent(DevicesCommand::warnOfWord);
        List<BoardRecord> boards = known.boards().values().stream()
                .filter(board -> isAskedFor(board, now))
                .sorted(Comparator.comparing(BoardRecord::product)
                        .thenComparing(board -> board.board().value()))
                .toList();
        spec.commandLine()
                .getOut()
                .println(
                        json
                                ? JsonReport.of(members(boards))
                                : text(boards, known.boards().size(), config.stateFolder(), now));
        return 0;
    }

    /** The words of later clients are as good as ours, once a board has said them. */
    private static boolean isInUse(BoardState asked, LedgerFile.Content known) {
        return BoardState.KNOWN.contains(asked)
                || known.boards().values().stream()
                        .flatMap(board -> board.state().stream())
                        .anyMatch(report -> report.state().equals(asked));
    }

    private static void warnOfWord(BoardState unknown) {
        LOG.warn(
                "no board is '{}'; states are {}",
                unknown,
                BoardState.KNOWN.stream().map(BoardState::word).collect(Collectors.joining(", ")));
    }

    private boolean isAskedFor(BoardRecord board, Instant now) {
        return product.stream().allMatch(board.product()::equals)
                && state.stream()
                        .allMatch(asked -> board.state()
                                .filter(report -> report.state().equals(asked))
                                .isPresent())
                && silence.stream()
                        .allMatch(asked -> now.getEpochSecond() - board.lastSeen()
                                >= asked.time().toSeconds());
    }

    private static String text(List<BoardRecord> boards, int known, Path stateFolder, Instant now) {
        if (known == 0) {
            return "no board is known yet: one is once it has asked this server in v2; looked into "
                    + LedgerFile.file(stateFolder);
        }
        if (boards.isEmpty()) {
            return "none of %d boards".formatted(known);
        }
        return new FleetTable(boards, now) + "\n" + summary(boards);
    }

    private static String summary(List<BoardRecord> boards) {
        StringBuilder summary = new StringBuilder(boards.size() + (boards.size() == 1 ? " board" : " boards"));
        String separator = ": ";
        for (Map.Entry<String, Long> count : counts(boards).entrySet()) {
            summary.append(separator)
                    .append(count.getValue())
                    .append(' ')
                    .append(count.getKey().equals(NO_STATE) ? "without a state" : count.getKey());
            separator = ", ";
        }
        return summary.toString();
    }

    /** Counts in the order in which a release goes through the states; the words of later clients, and none, come last. */
    private static Map<String, Long> counts(List<BoardRecord> boards) {
        Map<String, Long> found = new TreeMap<>(Comparator.reverseOrder());
        boards.forEach(board ->
                found.merge(board.state().map(report -> report.state().word()).orElse(NO_STATE), 1L, Long::sum));
        Map<String, Long> counts = new LinkedHashMap<>();
        Stream.concat(BoardState.KNOWN.stream().map(BoardState::word), found.keySet().stream())
                .filter(found::containsKey)
                .forEach(word -> counts.put(word, found.get(word)));
        return counts;
    }

    private static Map<String, Object> members(List<BoardRecord> boards) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("devices", boards.stream().map(DevicesCommand::members).toList());
        members.put("states", counts(boards));
        return members;
    }

    private static Map<String, Object> members(BoardRecord board) {
        Optional<Report> state = board.state();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", board.board());
        members.put("product", board.product());
        members.put("installed", board.installed().map(PackageName::value).orElse(""));
        members.put("release", board.release());
        members.put("state", state.map(report -> report.state().word()).orElse(""));
        members.put(
                "about", state.flatMap(Report::about).map(PackageName::value).orElse(""));
        members.put("about_release", state.map(Report::release).orElse(0L));
        members.put("code", state.map(Report::code).orElse(0));
        members.put("since", Instant.ofEpochSecond(board.since()));
        members.put("last_seen", Instant.ofEpochSecond(board.lastSeen()));
        return members;
    }

    private static final class ProductConverter implements ITypeConverter<Product> {
        @Override
        public Product convert(String text) {
            return converted(text, () -> new Product(text));
        }
    }

    private static final class StateConverter implements ITypeConverter<BoardState> {
        @Override
        public BoardState convert(String text) {
            return converted(text, () -> new BoardState(text));
        }
    }

    private static <T> T converted(String text, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException("'%s' is refused: %s".formatted(text, e.getMessage()));
        }
    }
}
