package dev.otapair.protocol.testing;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.lang.ArchRule;
import dev.otapair.protocol.files.Folders;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;

/** What each module keeps to in the same way. */
public final class SharedRules {
    /** Elsewhere a disk that fails in the middle of a list would read as a defect. */
    public static final ArchRule ONLY_FOLDERS_GOES_THROUGH_A_LIST = noClasses()
            .that()
            .doNotBelongToAnyOf(Folders.class)
            .should()
            .callMethodWhere(target(owner(assignableTo(Files.class)))
                    .and(target(nameMatching("newDirectoryStream|list|walk|find"))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(DirectoryStream.class)))
                    .and(target(nameMatching("iterator|forEach|spliterator"))));

    /** {@code Loggers} gives the same without a search for who provides them, which each start would pay for. */
    public static final ArchRule LOGGERS_COME_FROM_LOGGERS =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("org.slf4j.LoggerFactory");

    private SharedRules() {}
}
