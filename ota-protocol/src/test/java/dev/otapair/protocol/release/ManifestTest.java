package dev.otapair.protocol.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Change;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ManifestEntry.File;
import dev.otapair.protocol.release.ManifestEntry.Folder;
import dev.otapair.protocol.release.ManifestEntry.Link;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
    private static final String FIRST = "ota-manifest/1\n";
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final String ABC_MD5 = "900150983cd24fb0d6963f7d28e17f72";
    private static final String NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final String NOTHING_MD5 = "d41d8cd98f00b204e9800998ecf8427e";
    private static final Digest MD5 = new Digest(Digest.Algorithm.MD5, ABC_MD5);

    static List<String> written() {
        return Specification.blocks("manifest");
    }

    static List<String> refused() {
        return Specification.blocks("manifest refused");
    }

    /** One line each, where {@code ~} stands for the tab. */
    static Stream<String> refusedLines() {
        Stream<String> folders = Stream.of(
                "",
                "d",
                "d ",
                "x 0755 0 0 0 a",
                "D 0755 0 0 0 a",
                "d 0855 0 0 0 a",
                "d 10755 0 0 0 a",
                "d -755 0 0 0 a",
                "d 0755 0 -0 0 a",
                "d 0755 0 +1 0 a",
                "d 0755 -1 0 0 a",
                "d 0755 0 0 100000000000 a",
                "d 0755 0 0 -100000000000 a",
                "d 0755 0 0 1e3 a",
                "d 0755 0 0 9999999999999999999 a",
                "d 0755 0 0  a",
                "d 0755 0 0 a",
                "d 0755 0 0 0 ",
                "d 0755 0 0 0 a ",
                " d 0755 0 0 0 a",
                "d~0755 0 0 0 a",
                "d 0755 0 0 0 a~b",
                "d 0755 0 0 0 a\r",
                "d 0755 0 0 0 a\u0000",
                "d 0755 0 0 0 a\u007f",
                "d 0755 0 0 0 %41",
                "d 0755 0 0 0 %C3%A9",
                "d 0755 0 0 0 %2f",
                "d 0755 0 0 0 a%2Fb",
                "d 0755 0 0 0 %0a",
                "d 0755 0 0 0 %",
                "d 0755 0 0 0 %2",
                "d 0755 0 0 0 %GG",
                "d 0755 0 0 0 %+1",
                "d 0755 0 0 0 a/",
                "d 0755 0 0 0 .",
                "d 0755 0 0 0 ..",
                "d 0755 0 0 0 " + "a".repeat(4096));
        Stream<String> files = Stream.of(
                "f 0644 0 0 0 3 " + ABC + " " + ABC_MD5,
                "f 0644 0 0 0 3 " + ABC + " a",
                "f 0644 0 0 0 03 " + ABC + " " + ABC_MD5 + " a",
                "f 0644 0 0 0 -3 " + ABC + " " + ABC_MD5 + " a",
                "f 0644 0 0 0 1000000000000000000 " + ABC + " " + ABC_MD5 + " a",
                "f 0644 0 0 0 3 " + ABC.substring(1) + " " + ABC_MD5 + " a",
                "f 0644 0 0 0 3 " + ABC_MD5 + " " + ABC_MD5 + " a",
                "f 0644 0 0 0 3 " + ABC + " " + ABC + " a",
                "f 0644 0 0 0 3 " + ABC + " 900150983CD24FB0D6963F7D28E17F72 a",
                "f 0644 0 0 0 3 " + ABC + " " + ABC_MD5 + " a b",
                "f 0644 0 0 0 1 " + NOTHING + " " + NOTHING_MD5 + " a");
        Stream<String> links = Stream.of(
                "l 0 0 0 a",
                "l 0 0 0 a~",
                "l 0 0 0 ~a",
                "l 0777 0 0 0 a~b",
                "l 0 0 0 a~b~c",
                "l 0 0 0 a ~b",
                "l 0 0 0 a~ b",
                "l 0 0 0 a~%00",
                "l 0 0 0 a~%2E",
                "l 0 0 0 a~" + "b".repeat(4096));
        return Stream.of(folders, files, links).flatMap(lines -> lines).map(line -> line.replace('~', '\t'));
    }

    @ParameterizedTest
    @MethodSource("written")
    void manifestIsWrittenAsItStandsInTheSpecification(String text) {
        Manifest read = Manifest.parse(utf8(text + "\n"));

        assertThat(read.toBytes()).asString(StandardCharsets.UTF_8).isEqualTo(text + "\n");
        assertThat(new Manifest(read.entries())).isEqualTo(read).hasSameHashCodeAs(read);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatTheSpecificationRefusesIsRejected(String text) {
        assertRejected(utf8(text + "\n"));
    }

    @ParameterizedTest
    @MethodSource("refusedLines")
    void badLineIsRejectedByItsNumber(String line) {
        byte[] text = utf8(FIRST + "d 0755 0 0 0 0\n" + line + "\n");

        assertRejected(text);
        assertThatThrownBy(() -> Manifest.parse(text)).hasMessageContaining("the manifest is refused: line 3: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "ota-manifest/1", "ota-manifest/1\r\n", "\ufeffota-manifest/1\n", "ota-plan/1\n"})
    void textOfAnotherKindIsRejected(String text) {
        assertRejected(utf8(text));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x80, 0xc3, 0xff})
    void bytesThatAreNoUtf8AreRejected(int odd) {
        assertRejected((FIRST + "d 0755 0 0 0 a" + (char) odd + "\n").getBytes(StandardCharsets.ISO_8859_1));
        assertRejected((FIRST + "l 0 0 0 a\t" + (char) odd + "\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Overlong, and a surrogate. */
    @ParameterizedTest
    @ValueSource(strings = {"\u00c0\u00af", "\u00ed\u00a0\u0080", "\u00f4\u0090\u0080\u0080"})
    void formsThatUtf8DoesNotHaveAreRejected(String latin1) {
        assertRejected((FIRST + "d 0755 0 0 0 a" + latin1 + "\n").getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void examplesAreThere() {
        assertThat(written()).hasSizeGreaterThan(1);
        assertThat(refused()).hasSizeGreaterThan(20);
    }

    @Test
    void eachEntryIsAsItWasPutIn() {
        List<ManifestEntry> entries = List.of(
                new Folder("a", 0755, 1, 2, -1),
                file("a b", 1),
                new Folder("a-b", 07777, 0, ManifestEntry.MAX_ID, ManifestEntry.MAX_SECONDS),
                file("a-b/%x", 1),
                file("a/\u007f\n\u0001", 2),
                file("a/\ufffd", 3),
                new Link("z", 1, 2, 3, "../\t x"));

        Manifest manifest = new Manifest(entries);

        assertThat(manifest.entries()).isEqualTo(entries);
        assertThat(Manifest.parse(manifest.toBytes())).isEqualTo(manifest);
        assertThat(Manifest.parse(manifest.toBytes()).entries()).isEqualTo(entries);
    }

    @Test
    void objectsAreTheDifferentContentsInOrderOfAppearance() {
        Manifest manifest = new Manifest(List.of(
                file("a", 7), new Folder("b", 0755, 0, 0, 0), file("b/c", 5), file("d", 7), empty("e"), empty("f")));

        assertThat(manifest.objects())
                .containsExactly(
                        new Content(3, sha256(7)),
                        new Content(3, sha256(5)),
                        new Content(0, new Digest(Digest.Algorithm.SHA256, NOTHING)));
        assertThat(IntStream.range(0, 6).map(manifest::objectOf)).containsExactly(0, Manifest.NO_OBJECT, 1, 0, 2, 2);
    }

    @Test
    void contentIsThatOfTheText() {
        Manifest manifest = new Manifest(List.of());

        assertThat(manifest.content().size()).isEqualTo(15);
        assertThat(manifest.sha256().hex())
                .isEqualTo("e90ede284355e0566937039d558d167a0c503993f680dfe7260af2d8ebd20961");
    }

    @Test
    void changeTellsWhatCameWhatChangedAndWhatWent() {
        Manifest before = new Manifest(List.of(file("a", 1), file("b", 2), file("c", 3), file("d", 4), file("f", 6)));
        Manifest after = new Manifest(List.of(
                file("0", 1), file("b", 2), file("c", 9), new Folder("d", 0755, 0, 0, 0), file("e", 4), file("z", 1)));

        assertThat(after.changeFrom(Optional.of(before))).isEqualTo(new Change(3, 2, 2));
        assertThat(before.changeFrom(Optional.of(after))).isEqualTo(new Change(2, 2, 3));
        assertThat(after.changeFrom(Optional.of(after))).isEqualTo(new Change(0, 0, 0));
        assertThat(after.changeFrom(Optional.empty())).isEqualTo(new Change(6, 0, 0));
        assertThat(new Manifest(List.of()).changeFrom(Optional.of(after))).isEqualTo(new Change(0, 0, 6));
    }

    /** Each differs from the first in one thing. */
    @Test
    void everyFieldCountsAsAChange() {
        File one = file("a", 1);
        Manifest before = new Manifest(List.of(one));

        Stream.of(
                        new File("a", 0600, 0, 0, 0, one.content(), MD5),
                        new File("a", 0644, 1, 0, 0, one.content(), MD5),
                        new File("a", 0644, 0, 1, 0, one.content(), MD5),
                        new File("a", 0644, 0, 0, 1, one.content(), MD5),
                        new File("a", 0644, 0, 0, 0, new Content(3, sha256(2)), MD5),
                        new Link("a", 0, 0, 0, "b"))
                .forEach(other -> assertThat(new Manifest(List.of(other)).changeFrom(Optional.of(before)))
                        .isEqualTo(new Change(0, 1, 0)));
    }

    @Test
    void entriesOfNoReleaseAreRefused() {
        Folder folder = new Folder("a", 0755, 0, 0, 0);
        File other = new File(
                "b", 0644, 0, 0, 0, new Content(3, sha256(1)), new Digest(Digest.Algorithm.MD5, "0".repeat(32)));

        assertRefused(List.of(folder, folder), "line 3: a path stands twice");
        assertRefused(List.of(file("b", 1), folder), "line 3: a path stands twice, or not in the order of its bytes");
        assertRefused(List.of(file("a/b", 1)), "line 2: a path lies in no folder");
        assertRefused(List.of(file("a", 1), file("a/b", 1)), "line 3: a path lies in no folder");
        assertRefused(
                List.of(folder, new Folder("ab", 0755, 0, 0, 0), file("abc/d", 1)), "line 4: a path lies in no folder");
        assertRefused(
                List.of(file("\ud800\udc00", 1), file("\uf900", 1)),
                "line 3: a path stands twice, or not in the order");
        assertRefused(List.of(file("a", 1), other), "line 3: has another size or MD5");
    }

    @Test
    void entriesThatCannotBeAreRefused() {
        Stream.of(
                        "",
                        "/",
                        "/a",
                        "a/",
                        "a//b",
                        ".",
                        "..",
                        "a/..",
                        "./a",
                        "a\0",
                        "\ud800",
                        "a".repeat(256),
                        "é".repeat(128))
                .forEach(path -> assertThatThrownBy(() -> new Folder(path, 0755, 0, 0, 0))
                        .describedAs(path)
                        .isInstanceOf(IllegalArgumentException.class));
        Stream.of("", "a\0", "\udc00", "a".repeat(4096), "é".repeat(2048))
                .forEach(target -> assertThatThrownBy(() -> new Link("a", 0, 0, 0, target))
                        .isInstanceOf(IllegalArgumentException.class));
        assertThatThrownBy(() -> new Folder("a", 010000, 0, 0, 0)).hasMessageContaining("mode");
        assertThatThrownBy(() -> new Folder("a", -1, 0, 0, 0)).hasMessageContaining("mode");
        assertThatThrownBy(() -> new Folder("a", 0, -1, 0, 0)).hasMessageContaining("owner");
        assertThatThrownBy(() -> new Folder("a", 0, 0, ManifestEntry.MAX_ID + 1, 0))
                .hasMessageContaining("group");
        assertThatThrownBy(() -> new Folder("a", 0, 0, 0, Long.MIN_VALUE)).hasMessageContaining("time");
        assertThatThrownBy(() -> new Folder("a", 0, 0, 0, ManifestEntry.MAX_SECONDS + 1))
                .hasMessageContaining("time");
        assertThatThrownBy(() -> new File("a", 0, 0, 0, 0, new Content(0, sha256(1)), MD5))
                .hasMessageContaining("size");
        assertThatThrownBy(() -> new File("a", 0, 0, 0, 0, new Content(3, sha256(1)), sha256(1)))
                .hasMessageContaining("MD5");
    }

    @Test
    void longestPathAndTargetAreWrittenAndRead() {
        String name = "%".repeat(255) + "/";
        List<ManifestEntry> entries = new ArrayList<>();
        for (int depth = 1; depth <= 15; depth++) {
            entries.add(new Folder(name.repeat(depth - 1) + "%".repeat(255), 0755, 0, 0, 0));
        }
        entries.add(new Link(name.repeat(15) + "é".repeat(127), 0, 0, 0, "\u0001".repeat(4095)));

        assertThat(Manifest.parse(new Manifest(entries).toBytes()).entries()).isEqualTo(entries);
    }

    @Test
    void changesOfTheListDoNotReachTheManifest() {
        List<ManifestEntry> entries = new ArrayList<>(List.of(file("a", 1)));
        Manifest manifest = new Manifest(entries);

        entries.clear();
        manifest.toBytes()[0] = 'x';

        assertThat(manifest.entries()).containsExactly(file("a", 1));
        assertThat(manifest.toBytes()).startsWith('o');
        assertThatThrownBy(() -> manifest.entries().clear()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> manifest.entries().get(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static File file(String path, int content) {
        return new File(path, 0644, 0, 0, 0, new Content(3, sha256(content)), MD5);
    }

    private static File empty(String path) {
        return new File(
                path,
                0644,
                0,
                0,
                0,
                new Content(0, new Digest(Digest.Algorithm.SHA256, NOTHING)),
                new Digest(Digest.Algorithm.MD5, NOTHING_MD5));
    }

    private static Digest sha256(int content) {
        return new Digest(Digest.Algorithm.SHA256, "%064x".formatted(content));
    }

    private static void assertRefused(List<ManifestEntry> entries, String fault) {
        assertThatThrownBy(() -> new Manifest(entries))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(fault);
    }

    private static void assertRejected(byte[] text) {
        assertThatThrownBy(() -> Manifest.parse(text))
                .isInstanceOfSatisfying(
                        OtaException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.METADATA_REJECTED));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
