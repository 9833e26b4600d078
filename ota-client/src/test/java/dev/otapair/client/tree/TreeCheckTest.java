package dev.otapair.client.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.OwnProcess;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.ObjectNumbers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeCheckTest {
    /** Its objects: 0 is hello, 1 empty, 2 world. */
    private static final ModelTree MODEL = new ModelTree()
            .folder("bin")
            .file("bin/a", "hello")
            .file("bin/copy", "hello")
            .file("empty", "")
            .link("link", "bin/a")
            .file("w", "world");

    private static final ObjectNumbers WORLD = ObjectNumbers.of(List.of(2));

    @TempDir
    private Path board;

    private ReleaseTree tree;

    @BeforeEach
    void install() throws IOException {
        MODEL.writeTo(board.resolve("old"), OwnProcess.isRoot());
        tree = new ReleaseTree(board.resolve("old"), MODEL.manifest());
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    void wholeReleaseHasNoDamage(Revalidate revalidate) {
        assertThat(check(revalidate).damaged()).isEqualTo(ObjectNumbers.NONE);
        assertThat(check(revalidate).differences()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    void missingFileIsFound(Revalidate revalidate) throws IOException {
        check(revalidate);
        Files.delete(board.resolve("old/w"));

        assertThat(check(revalidate).damaged()).isEqualTo(WORLD);
        assertThat(check(revalidate).differences()).containsExactly(new Difference("w", Difference.Kind.MISSING));
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    void shorterFileIsFound(Revalidate revalidate) throws IOException {
        check(revalidate);
        Files.writeString(board.resolve("old/w"), "worl");

        assertThat(check(revalidate).damaged()).isEqualTo(WORLD);
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    void linkToTheSameContentIsNoFile(Revalidate revalidate) throws IOException {
        Path elsewhere = Files.writeString(board.resolve("elsewhere"), "world");
        Files.delete(board.resolve("old/w"));
        Files.createSymbolicLink(board.resolve("old/w"), elsewhere);

        assertThat(check(revalidate).damaged()).isEqualTo(WORLD);
        assertThat(check(revalidate).differences()).containsExactly(new Difference("w", Difference.Kind.OTHER_KIND));
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    void folderBehindALinkHoldsNothing(Revalidate revalidate) throws IOException {
        Files.move(board.resolve("old/bin"), board.resolve("elsewhere"));
        Files.createSymbolicLink(board.resolve("old/bin"), board.resolve("elsewhere"));

        assertThat(check(revalidate).damaged()).isEqualTo(ObjectNumbers.of(List.of(0)));
    }

    @ParameterizedTest
    @EnumSource(Revalidate.class)
    @Timeout(30)
    void pipeIsNotWaitedFor(Revalidate revalidate) throws IOException, InterruptedException {
        Files.delete(board.resolve("old/w"));
        Elsewhere.run(List.of("mkfifo", board.resolve("old/w").toString()));

        assertThat(check(revalidate).damaged()).isEqualTo(WORLD);
    }

    /** One that changes a file can set its time, but not the time of that. */
    @ParameterizedTest
    @CsvSource({"ALWAYS, true", "SIZE, true", "NEVER, false"})
    void otherContentOfTheSameSizeAndTimeIsFoundWhereFilesAreRead(Revalidate revalidate, boolean isFound)
            throws IOException {
        check(revalidate);
        change("w", "w0rld");

        assertThat(check(revalidate).damaged()).isEqualTo(isFound ? WORLD : ObjectNumbers.NONE);
    }

    @Test
    void objectIsHeldAsLongAsOneFileHoldsIt() throws IOException {
        change("bin/a", "hellO");

        assertThat(check(Revalidate.ALWAYS).damaged()).isEqualTo(ObjectNumbers.NONE);
        assertThat(check(Revalidate.ALWAYS).differences())
                .containsExactly(new Difference("bin/a", Difference.Kind.CONTENT));
    }

    @Test
    void releaseThatIsGoneMissesAllButTheEmptyObject() throws IOException {
        new DurableFiles().deleteTree(board.resolve("old"));

        CheckedTree checked = check(Revalidate.ALWAYS);

        assertThat(checked.damaged()).isEqualTo(ObjectNumbers.of(List.of(0, 2)));
        assertThat(checked.differenceCount()).isEqualTo(4);
    }

    @Test
    void whatIsNotNeededIsNotLookedAt() throws IOException {
        change("w", "w0rld");
        Files.delete(board.resolve("old/bin/a"));
        Files.delete(board.resolve("old/bin/copy"));

        CheckedTree checked = check(Revalidate.ALWAYS, object -> object == 0);

        assertThat(checked.damaged()).isEqualTo(ObjectNumbers.of(List.of(0)));
        assertThat(checked.differenceCount()).isEqualTo(2);
    }

    @Test
    void whatLooksAsItDidIsNotReadAgain() throws IOException {
        assertThat(readsOf(Revalidate.SIZE)).isEqualTo(4);
        assertThat(readsOf(Revalidate.SIZE)).isZero();
        assertThat(readsOf(Revalidate.NEVER)).isZero();
        assertThat(readsOf(Revalidate.ALWAYS)).isEqualTo(4);

        Files.setLastModifiedTime(board.resolve("old/w"), FileTime.from(5, TimeUnit.SECONDS));
        assertThat(readsOf(Revalidate.SIZE)).isEqualTo(1);
        assertThat(readsOf(Revalidate.SIZE)).isZero();
    }

    @Test
    void damagedCacheOnlyCostsTime() throws IOException {
        readsOf(Revalidate.SIZE);
        Files.writeString(board.resolve("seen").resolve(tree.id().hex()), "x");

        assertThat(readsOf(Revalidate.SIZE)).isEqualTo(4);
        assertThat(readsOf(Revalidate.SIZE)).isZero();
    }

    /** Whoever changes it in the same tick of the kernel's clock could not be noticed. */
    @Test
    void whatWasChangedJustNowIsReadAgain() {
        Clock then = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(-1));
        new TreeCheck(Revalidate.SIZE, seen(), then, () -> {}).check(tree);

        assertThat(readsOf(Revalidate.SIZE)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void otherNamesOfTheFilesMayComeAndGo(boolean isKept) {
        readsOf(Revalidate.SIZE);
        Runnable work = () -> {
            try {
                Files.createLink(board.resolve("other-name"), board.resolve("old/w"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        };

        if (isKept) {
            new TreeCheck(Revalidate.SIZE, seen(), later(), () -> {}).keepDuring(List.of(tree), work);
        } else {
            work.run();
        }

        assertThat(readsOf(Revalidate.SIZE)).isEqualTo(isKept ? 0 : 1);
    }

    @Test
    void whatWasChangedBeforeOtherNamesComeIsFound() throws IOException {
        readsOf(Revalidate.SIZE);
        change("w", "w0rld");

        new TreeCheck(Revalidate.SIZE, seen(), later(), () -> {}).keepDuring(List.of(tree), () -> {});

        assertThat(check(Revalidate.SIZE).damaged()).isEqualTo(WORLD);
    }

    /** Keeps size and time. */
    private void change(String path, String content) throws IOException {
        Path file = board.resolve("old").resolve(path);
        FileTime time = Files.getLastModifiedTime(file);
        Files.write(file, content.getBytes(UTF_8));
        Files.setLastModifiedTime(file, time);
    }

    private CheckedTree check(Revalidate revalidate) {
        return check(revalidate, object -> true);
    }

    private CheckedTree check(Revalidate revalidate, IntPredicate isNeeded) {
        return new TreeCheck(revalidate, seen(), later(), () -> {}).check(tree, isNeeded);
    }

    /** Each file is asked about once, and once more when it is read; once again for each part of it, but the empty one has none. */
    private int readsOf(Revalidate revalidate) {
        AtomicInteger asked = new AtomicInteger();
        CheckedTree checked = new TreeCheck(revalidate, seen(), later(), asked::incrementAndGet).check(tree);
        assertThat(checked.differences()).isEmpty();
        int ofFiles = 4;
        return asked.get() == ofFiles ? 0 : (asked.get() - ofFiles + 1) / 2;
    }

    private SeenFiles seen() {
        return new SeenFiles(board, new DurableFiles());
    }

    /** What was written just now is old enough for it. */
    private static Clock later() {
        return Clock.offset(Clock.systemUTC(), Duration.ofMinutes(1));
    }
}
