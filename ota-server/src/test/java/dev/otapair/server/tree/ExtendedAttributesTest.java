package dev.otapair.server.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtendedAttributesTest {
    private static final List<String> ABSENT = List.of("no-such-program", "/no/such/program");

    @TempDir
    private Path folder;

    private Path tree;

    @BeforeEach
    void make() throws IOException {
        tree = Files.createDirectories(folder.resolve("tree/d")).getParent();
        Files.writeString(tree.resolve("d/file"), "content");
    }

    @Test
    void attributesAreFoundByTheSystemsProgram() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/setfattr")), "setfattr is not installed");
        ExtendedAttributes attributes = ExtendedAttributes.ofThisMachine();
        try (CapturedLog log = new CapturedLog()) {
            attributes.requireNone(tree);
            assertThat(log.lines()).noneMatch(line -> line.contains("nobody looked"));
        }
        Process set = new ProcessBuilder(
                        "setfattr",
                        "-n",
                        "user.origin",
                        "-v",
                        "x",
                        tree.resolve("d/file").toString())
                .start();
        assumeTrue(set.waitFor() == 0, "the file system has no extended attributes");

        OtaException refused = catchThrowableOfType(OtaException.class, () -> attributes.requireNone(tree));

        assertThat(refused).isNotNull();
        assertThat(refused.code()).isEqualTo(ErrorCode.PACKAGE_REJECTED);
        assertThat(refused).hasMessageContaining(tree.resolve("d/file") + " has the extended attribute user.origin");
    }

    @Test
    void capabilitiesAreFoundWithoutGetfattr() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/sbin/setcap")), "setcap is not installed");
        ExtendedAttributes attributes = new ExtendedAttributes(ABSENT, List.of("getcap", "/usr/sbin/getcap"));
        Process set = new ProcessBuilder(
                        "/usr/sbin/setcap",
                        "cap_net_raw+ep",
                        tree.resolve("d/file").toString())
                .start();
        assumeTrue(set.waitFor() == 0, "capabilities cannot be set here");

        OtaException refused = catchThrowableOfType(OtaException.class, () -> attributes.requireNone(tree));

        assertThat(refused).isNotNull().hasMessageContaining("d/file").hasMessageContaining("cap_net_raw");
    }

    @Test
    void thatNobodyLookedIsToldOnce() throws IOException {
        try (CapturedLog log = new CapturedLog()) {
            new ExtendedAttributes(ABSENT, ABSENT).requireNone(tree);

            assertThat(log.lines().stream().filter(line -> line.startsWith("[WARNING]")))
                    .singleElement()
                    .asString()
                    .contains("nobody looked for capabilities and other extended attributes");
        }
    }

    @Test
    void programThatFailsHasNotLooked() throws IOException {
        try (CapturedLog log = new CapturedLog()) {
            new ExtendedAttributes(List.of(script("exit 1")), List.of(script("exit 0"))).requireNone(tree);

            assertThat(log.lines()).anyMatch(line -> line.contains("nobody looked for other extended attributes"));
        }
    }

    @Test
    void whatTheSystemGivesEveryFileIsLeftOut() throws IOException {
        String said = "printf '# file: /a\\nsecurity.selinux\\n\\n# file: /b\\nsystem.nfs4_acl\\n\\n'";

        new ExtendedAttributes(List.of(script(said)), ABSENT).requireNone(tree);
        OtaException refused = catchThrowableOfType(
                OtaException.class,
                () -> new ExtendedAttributes(
                                List.of(script(said + "; printf '# file: /c\\nsystem.posix_acl_access\\n'")), ABSENT)
                        .requireNone(tree));

        assertThat(refused).hasMessageContaining("/c has the extended attribute system.posix_acl_access");
    }

    private String script(String text) throws IOException {
        Path script = Files.createTempFile(folder, "script", "");
        Files.writeString(script, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script.toString();
    }
}
