package dev.otapair.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fw",
                "0",
                "-rf",
                "~",
                "$HOME",
                "*?",
                "gateway-1.4.0.tar.gz",
                "v1..2",
                "trailing.",
                "a b  c",
                "a+b~rc1_2",
                "固件 1.4.0（测试）.tar.gz",
                "прошивка",
                "🔑",
                "e\u0301",
                "it's \"quoted\"",
                "C:",
                "Current",
                "currently"
            })
    void goodNameIsTaken(String name) {
        assertThat(new PackageName(name).value()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                ".hidden",
                ".tmp-fw",
                "/",
                "/etc/passwd",
                "../fw",
                "../../etc/passwd",
                "a/b",
                "a/",
                "a/../b",
                "a\\b",
                "..\\fw",
                "C:\\boot.ini",
                " fw",
                "fw ",
                " ",
                "fw\n",
                "a\nb",
                "a\rb",
                "a\tb",
                "a\u0000b",
                "\u0000",
                "a\u001b[2J",
                "a\u007f",
                "a\u0085b",
                "a\u00ad",
                "a\u200bb",
                "a\u202egpj.sh",
                "a\u2066b",
                "\ufefffw",
                "a\u2028b",
                "a\u2029b",
                "a\ue000",
                "a\uffff",
                "a\ud83d",
                "\udd11a",
                "current",
                "previous",
                "releases"
            })
    void hostileNameIsRefused(String name) {
        assertThatThrownBy(() -> new PackageName(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is not a package name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "中", "🔑"})
    void nameOf200BytesIsTaken(String character) {
        int width = character.getBytes(StandardCharsets.UTF_8).length;
        String name = character.repeat(200 / width) + "a".repeat(200 % width);

        assertThat(new PackageName(name).value()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "中", "🔑"})
    void nameOf201BytesIsRefused(String character) {
        int width = character.getBytes(StandardCharsets.UTF_8).length;
        String name = character.repeat(201 / width) + "a".repeat(201 % width);

        assertThatThrownBy(() -> new PackageName(name)).hasMessageContaining("longer than 200 bytes");
    }

    @Test
    void packageLiesDirectlyInItsFolder() {
        assertThat(new PackageName("fw").in(Path.of("/srv/packages"))).isEqualTo(Path.of("/srv/packages/fw"));
    }

    @Test
    void folderNeedNotBeNormal() {
        assertThat(new PackageName("fw").in(Path.of("/srv/other/../packages"))).isEqualTo(Path.of("/srv/packages/fw"));
    }

    @Test
    void relativeFolderStaysRelative() {
        assertThat(new PackageName("fw").in(Path.of("packages"))).isEqualTo(Path.of("packages/fw"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a/..", ".."})
    void folderOfTheProcessItselfHoldsPackagesToo(String folder) {
        Path expected = Path.of(folder).resolve("fw").normalize();

        assertThat(new PackageName("fw").in(Path.of(folder))).isEqualTo(expected);
    }
}
