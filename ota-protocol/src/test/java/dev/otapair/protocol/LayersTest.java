package dev.otapair.protocol;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.otapair.protocol.testing.SharedRules;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keeps each room in its place: what it may use of ours, and which libraries it alone may use. */
class LayersTest {
    private static final String BASE = "dev.otapair.protocol.";
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.otapair.protocol");

    /** What a room may use, besides itself. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            Map.entry("error", Set.of()),
            Map.entry("message", Set.of()),
            Map.entry("wire", Set.of("auth", "message", "error")),
            Map.entry("release", Set.of("wire", "auth", "message", "files", "log", "error")),
            Map.entry("delta", Set.of("release", "message", "error")),
            Map.entry("auth", Set.of("message")),
            Map.entry("files", Set.of("error")),
            Map.entry("archive", Set.of("delta", "log", "error")),
            Map.entry("config", Set.of("error")),
            Map.entry("log", Set.of()),
            Map.entry("cli", Set.of("error", "message", "wire", "release", "log")));

    static Stream<String> rooms() {
        return ROOMS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void roomUsesOnlyItsNeighbours(String room) {
        String[] others = ROOMS.keySet().stream()
                .filter(other -> !other.equals(room) && !ROOMS.get(room).contains(other))
                .map(other -> BASE + other + "..")
                .toArray(String[]::new);

        noClasses()
                .that()
                .resideInAPackage(BASE + room + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .allowEmptyShould(false)
                .check(MAIN);
    }

    @Test
    void everyRoomHasItsRule() {
        Set<String> found = MAIN.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.substring(BASE.length()))
                .collect(Collectors.toSet());

        assertThat(found).isEqualTo(ROOMS.keySet());
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching(BASE + "(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @ParameterizedTest
    @CsvSource({
        "com.fasterxml.jackson.., wire",
        "org.ini4j.., config",
        "picocli.., cli",
        "org.apache.commons.compress.., archive",
        "org.tukaani.., archive delta",
        "org.slf4j.simple.., log"
    })
    void libraryStaysInItsRooms(String library, String rooms) {
        noClasses()
                .that()
                .resideOutsideOfPackages(Stream.of(rooms.split(" "))
                        .map(room -> BASE + room + "..")
                        .toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(MAIN);
    }

    @Test
    void loggersComeFromLoggers() {
        SharedRules.LOGGERS_COME_FROM_LOGGERS.check(MAIN);
    }

    /** CVE-2022-41404: {@code fetch} overflows the stack on a file that refers to itself. */
    @Test
    void ini4jIsNeverAskedToFetch() {
        noClasses()
                .should()
                .callMethodWhere(target(owner(resideInAPackage("org.ini4j.."))).and(target(name("fetch"))))
                .check(MAIN);
    }

    @Test
    void foldersAreListedInOnePlace() {
        SharedRules.ONLY_FOLDERS_GOES_THROUGH_A_LIST.check(MAIN);
    }
}
