package dev.otapair.client;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Keeps each room in its place: what it may use of ours, and which libraries it alone may use. */
class LayersTest {
    private static final String BASE = "dev.otapair.client";
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(BASE);

    /** What a room may use, besides itself; the run itself, in no room, is "". */
    private static final Map<String, Set<String>> ROOMS = Map.of(
            "config", Set.of(),
            "control", Set.of(),
            "progress", Set.of("config"),
            "store", Set.of("progress", "config"),
            "session", Set.of("control", "store", "progress", "config"),
            "release", Set.of("store", "config"),
            "install", Set.of("control", "store", "progress", "config"),
            "tree", Set.of("store", "config"),
            "", Set.of("control", "session", "release", "install", "tree", "store", "progress", "config"),
            "cli", Set.of("", "control", "session", "release", "install", "tree", "store", "progress", "config"));

    static Stream<String> rooms() {
        return ROOMS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void roomUsesOnlyItsNeighbours(String room) {
        String[] others = ROOMS.keySet().stream()
                .filter(other -> !other.equals(room) && !ROOMS.get(room).contains(other))
                .map(LayersTest::packageOf)
                .toArray(String[]::new);

        noClasses()
                .that()
                .resideInAPackage(packageOf(room))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .allowEmptyShould(false)
                .check(MAIN);
    }

    @Test
    void everyRoomHasItsRule() {
        Set<String> found = MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());

        assertThat(found)
                .isEqualTo(ROOMS.keySet().stream().map(LayersTest::packageOf).collect(Collectors.toSet()));
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching(BASE + ".(**)").should().beFreeOfCycles().check(MAIN);
    }

    @ParameterizedTest
    @CsvSource({"me.tongfei.., progress", "picocli.., cli"})
    void libraryStaysInItsRoom(String library, String room) {
        noClasses()
                .that()
                .resideOutsideOfPackage(packageOf(room))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(MAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com.fasterxml..",
                "io.netty..",
                "org.ini4j..",
                "org.slf4j.simple..",
                "org.apache.commons..",
                "org.tukaani..",
                "dev.otapair.server..",
                "sun.."
            })
    void libraryIsNotUsedAtAll(String library) {
        noClasses().should().dependOnClassesThat().resideInAPackage(library).check(MAIN);
    }

    /**
     * A session could be held without a socket and without a clock: that is what makes it testable row by row. Of the wire it
     * knows only who keeps the transcript and the seals.
     */
    @Test
    void stateMachineKnowsNoSocket() {
        noClasses()
                .that()
                .haveSimpleNameStartingWith("ClientSession")
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.net..", "java.nio.channels..")
                        .or(resideInAPackage("dev.otapair.protocol.wire..").and(not(simpleName("SessionCodec")))))
                .allowEmptyShould(false)
                .check(MAIN);
    }

    @Test
    void foldersAreListedInOnePlace() {
        SharedRules.ONLY_FOLDERS_GOES_THROUGH_A_LIST.check(MAIN);
    }

    private static String packageOf(String room) {
        return room.isEmpty() ? BASE : BASE + "." + room;
    }

    @Test
    void loggersComeFromLoggers() {
        SharedRules.LOGGERS_COME_FROM_LOGGERS.check(MAIN);
    }
}
