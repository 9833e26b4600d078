package dev.otapair.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.otapair.protocol.testing.SharedRules;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Keeps each room in its place: what it may use of ours, and which libraries it alone may use. */
class LayersTest {
    private static final String ROOT = "dev.otapair.server";
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** What a room may use, besides itself. */
    private static final Map<String, Set<String>> ROOMS = Map.of(
            ROOT + ".cli",
            Set.of(ROOT, ROOT + ".delta", ROOT + ".store", ROOT + ".config", ROOT + ".release", ROOT + ".tree"),
            ROOT,
            Set.of(ROOT + ".session", ROOT + ".delta", ROOT + ".store", ROOT + ".config", ROOT + ".release"),
            ROOT + ".session",
            Set.of(ROOT + ".delta", ROOT + ".store", ROOT + ".config", ROOT + ".release"),
            ROOT + ".delta",
            Set.of(ROOT + ".store", ROOT + ".config"),
            ROOT + ".store",
            Set.of(),
            ROOT + ".config",
            Set.of(ROOT + ".release", ROOT + ".store"),
            ROOT + ".release",
            Set.of(ROOT + ".tree", ROOT + ".store"),
            ROOT + ".tree",
            Set.of(ROOT + ".store"));

    static Stream<String> rooms() {
        return ROOMS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void roomUsesOnlyThoseBelow(String room) {
        String[] others = ROOMS.keySet().stream()
                .filter(other -> !other.equals(room) && !ROOMS.get(room).contains(other))
                .toArray(String[]::new);

        noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others)
                .allowEmptyShould(false)
                .check(MAIN);
    }

    @Test
    void everyRoomHasItsRule() {
        Set<String> found = MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());

        assertThat(found).isEqualTo(ROOMS.keySet());
    }

    @Test
    void roomsHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void nettyStaysWhereTheNetworkIs() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ROOT + ".cli",
                        ROOT + ".config",
                        ROOT + ".delta",
                        ROOT + ".store",
                        ROOT + ".release",
                        ROOT + ".tree")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(MAIN);
    }

    @Test
    void picocliStaysInTheCommands() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".cli")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("picocli..")
                .check(MAIN);
    }

    @Test
    void zstdStaysWherePatchesAreMade() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".delta")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.github.luben..")
                .check(MAIN);
    }

    /** Within a chroot the mount of a folder is not listed, and Java then finds none. */
    @Test
    void nobodyAsksForTheMountOfAFolder() {
        noClasses().should().callMethod(Files.class, "getFileStore", Path.class).check(MAIN);
    }

    @Test
    void jsonIniAndArchivesAreTheProtocolsOwn() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.fasterxml.jackson..",
                        "org.ini4j..",
                        "org.slf4j.simple..",
                        "org.apache.commons..",
                        "org.tukaani..")
                .check(MAIN);
    }

    @Test
    void foldersAreListedInOnePlace() {
        SharedRules.ONLY_FOLDERS_GOES_THROUGH_A_LIST.check(MAIN);
    }

    @Test
    void loggersComeFromLoggers() {
        SharedRules.LOGGERS_COME_FROM_LOGGERS.check(MAIN);
    }
}
