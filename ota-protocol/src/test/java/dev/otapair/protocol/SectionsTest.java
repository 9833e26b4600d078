package dev.otapair.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections move when the protocol grows; what cites them has to follow. */
class SectionsTest {
    private static final Path ROOT = Path.of(System.getProperty("projectRoot"));
    private static final Pattern HEADING = Pattern.compile("(?m)^##+ ([0-9.]+) (.+)$");
    private static final Pattern CITED = Pattern.compile("PROTOCOL\\.md, section ([0-9.]+): ([^\"]+)\"");
    private static final Pattern SEVERAL =
            Pattern.compile("PROTOCOL\\.md, sections ([0-9.]+) and ([0-9.]+): ([^\"]+)\"");

    @ParameterizedTest
    @ValueSource(strings = {"ota-protocol", "ota-server", "ota-client"})
    void everyCitedSectionHasThisNumberAndThisTitle(String module) throws IOException {
        Set<String> headings = HEADING.matcher(Files.readString(ROOT.resolve("ota-protocol/PROTOCOL.md")))
                .results()
                .map(heading -> heading.group(1) + ": " + heading.group(2))
                .collect(Collectors.toSet());

        assertThat(cited(module))
                .isNotEmpty()
                .allSatisfy(section -> assertThat(headings).contains(section));
    }

    /** Of two sections, the title is that of the first. */
    private static List<String> cited(String module) throws IOException {
        try (Stream<Path> sources = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
            return sources.filter(Files::isRegularFile)
                    .map(SectionsTest::read)
                    .flatMap(text -> Stream.concat(
                            CITED.matcher(text).results().map(cited -> cited.group(1) + ": " + cited.group(2)),
                            SEVERAL.matcher(text).results().map(cited -> cited.group(1) + ": " + cited.group(3))))
                    .toList();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
