package dev.otapair.client.torture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.wire.JsonReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The report on disk, one JSON object: seed, the commits it was made with, and a tally for each experiment, one a line. Read back,
 * the torture goes on where it stopped.
 */
final class Report {
    private final Path file;
    private final long seed;
    private final List<String> commits;
    private final Map<String, Object> experiments;

    private Report(Path file, long seed, List<String> commits, Map<String, Object> experiments) {
        this.file = file;
        this.seed = seed;
        this.commits = commits;
        this.experiments = experiments;
    }

    /**
     * Reads a report, or begins one.
     *
     * @param newSeed of one that is begun
     * @param commit of the tree that is tortured now
     */
    static Report open(Path file, long newSeed, String commit) throws IOException {
        Map<String, Object> members = Files.exists(file) ? read(file) : Map.of("seed", newSeed);
        List<String> commits = new ArrayList<>();
        ((List<?>) members.getOrDefault("commits", List.of())).forEach(known -> commits.add(known.toString()));
        if (!commits.contains(commit)) {
            commits.add(commit);
        }
        Map<String, Object> experiments = new LinkedHashMap<>();
        ((Map<?, ?>) members.getOrDefault("experiments", Map.of()))
                .forEach((name, tally) -> experiments.put(name.toString(), tally));
        return new Report(file, ((Number) members.get("seed")).longValue(), commits, experiments);
    }

    /** Returns what came of an experiment so far. */
    Tally tally(Experiment experiment) {
        return experiments.get(experiment.name()) instanceof Map<?, ?> members && members.containsKey("attempts")
                ? Tally.of(seed, members)
                : new Tally(seed);
    }

    /** Keeps what came of an experiment, or why it cannot be made here. */
    void keep(Experiment experiment, Tally tally) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("faults", experiment.faults());
        members.put("target", experiment.target());
        if (!experiment.obstacle().isEmpty()) {
            members.put("obstacle", experiment.obstacle());
        }
        members.putAll(tally.members());
        experiments.put(experiment.name(), members);
        write();
    }

    /** One experiment a line, so that two reports can be compared. */
    private void write() throws IOException {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("seed", seed);
        head.put("commits", commits);
        String lines = experiments.entrySet().stream()
                .map(entry -> JsonReport.of(Map.of(entry.getKey(), entry.getValue())))
                .map(Report::inner)
                .collect(Collectors.joining(",\n"));
        String text = "{%s, \"experiments\": {\n%s\n}}\n".formatted(inner(JsonReport.of(head)), lines);
        new DurableFiles()
                .replace(file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8), DurableFiles.Readers.EVERYBODY);
    }

    /** Returns the members of an object without its braces. */
    private static String inner(String object) {
        return object.substring(1, object.length() - 1);
    }

    private static Map<String, Object> read(Path file) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
            parser.nextToken();
            return object(parser);
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            members.put(name, value(parser));
        }
        return members;
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
                yield elements;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> parser.getText();
        };
    }
}
