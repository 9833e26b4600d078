package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.store.ObjectStore.Stored;
import dev.otapair.server.store.ObjectStore.Swept;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectStoreTest {
    /** Of "abc", from the standards. */
    private static final Digest ABC_SHA256 =
            new Digest(Digest.Algorithm.SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    private static final Digest ABC_MD5 = new Digest(Digest.Algorithm.MD5, "900150983cd24fb0d6963f7d28e17f72");

    @TempDir
    private Path folder;

    private ObjectStore store;

    @BeforeEach
    void open() {
        store = new ObjectStore(folder, new DurableFiles());
    }

    @Test
    void contentIsKeptUnderItsDigestForEverybodyToRead() throws IOException {
        Stored stored = add("abc");

        assertThat(stored).isEqualTo(new Stored(new Content(3, ABC_SHA256), ABC_MD5));
        Path file = folder.resolve(".objects/ba").resolve(ABC_SHA256.hex());
        assertThat(store.find(ABC_SHA256)).contains(file);
        assertThat(file).hasContent("abc");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwxr-xr-x");
        assertThat(store.has(stored.content())).isTrue();
        assertThat(store.has(new Content(4, ABC_SHA256))).isFalse();
        assertThat(store.read(ABC_SHA256, 3))
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("abc");
        try (FileChannel channel = store.open(ABC_SHA256)) {
            assertThat(channel.size()).isEqualTo(3);
        }
        store.verify(stored.content());
    }

    @Test
    void emptyContentIsOneToo() throws IOException {
        Stored stored = add("");

        assertThat(stored.content().size()).isZero();
        assertThat(store.read(stored.content().sha256(), 0)).isEmpty();
    }

    @Test
    void contentIsStoredOnce() throws IOException {
        add("abc");
        Object first = Files.getAttribute(store.find(ABC_SHA256).orElseThrow(), "unix:ino");
        try (ObjectBatch batch = store.begin()) {
            batch.add(stream("abc"), 3);
            batch.add(stream("other"), 5);
            batch.add(stream("other"), 5);
            batch.finish();
        }

        assertThat(files()).hasSize(2);
        assertThat(Files.getAttribute(store.find(ABC_SHA256).orElseThrow(), "unix:ino"))
                .isEqualTo(first);
    }

    @Test
    void nothingHasItsNameBeforeTheBatchIsFinished() throws IOException {
        try (ObjectBatch batch = store.begin()) {
            batch.add(stream("abc"), 3);

            assertThat(store.find(ABC_SHA256)).isEmpty();
        }

        assertThat(files()).isEmpty();
    }

    /** More than are brought to the disk at a time. */
    @Test
    void batchOfManyIsWhole() throws IOException {
        List<Content> contents = new ArrayList<>();
        try (ObjectBatch batch = store.begin()) {
            for (int i = 0; i < 1201; i++) {
                byte[] bytes = ("content " + i).getBytes(StandardCharsets.US_ASCII);
                contents.add(
                        batch.add(new ByteArrayInputStream(bytes), bytes.length).content());
            }
            batch.finish();
        }

        contents.forEach(store::verify);
        assertThat(files()).hasSize(1201);
    }

    @Test
    void contentThatEndsEarlyIsNotTaken() throws IOException {
        try (ObjectBatch batch = store.begin()) {
            assertThatThrownBy(() -> batch.add(stream("abc"), 4)).isInstanceOf(EOFException.class);
            batch.finish();
        }

        assertThat(files()).isEmpty();
    }

    @Test
    void damageIsFoundAndMendedByTheSameContent() throws IOException {
        Content content = add("abc").content();
        for (String damage : List.of("abd", "ab", "")) {
            Path file = store.find(ABC_SHA256).orElseThrow();
            Files.delete(file);
            Files.writeString(file, damage);

            assertThat(code(() -> store.verify(content))).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            assertThat(code(() -> store.read(ABC_SHA256, 3))).isEqualTo(ErrorCode.DIGEST_MISMATCH);
            try (CapturedLog log = new CapturedLog()) {
                add("abc");
                assertThat(log.lines()).anyMatch(line -> line.contains("is damaged, and replaced"));
            }
            store.verify(content);
        }
    }

    @Test
    void contentThatIsMissingOrTooLargeIsNamed() throws IOException {
        OtaException missing = catchThrowableOfType(OtaException.class, () -> store.read(ABC_SHA256, 3));
        add("abc");
        OtaException large = catchThrowableOfType(OtaException.class, () -> store.read(ABC_SHA256, 2));

        assertThat(missing.code()).isEqualTo(ErrorCode.IO_ERROR);
        assertThat(missing).hasMessageContaining(ABC_SHA256.hex());
        assertThat(large).hasMessageContaining("it has 3 bytes, expected at most 2");
        assertThatThrownBy(() -> store.find(ABC_MD5)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Whatever somebody puts there, only what was asked for is opened. */
    @Test
    void linkIsNoContent() throws IOException {
        Content content = add("abc").content();
        Path file = store.find(ABC_SHA256).orElseThrow();
        Files.delete(file);
        Files.createSymbolicLink(file, Files.writeString(folder.resolve("elsewhere"), "abc"));

        assertThat(store.find(ABC_SHA256)).isEmpty();
        assertThat(store.has(content)).isFalse();
        assertThat(code(() -> store.open(ABC_SHA256))).isEqualTo(ErrorCode.IO_ERROR);
    }

    @Test
    void folderThatCannotBeMadeIsNamed() throws IOException {
        Files.writeString(folder.resolve(".objects"), "in the way");

        assertThat(code(() -> store.begin())).isEqualTo(ErrorCode.CANNOT_WRITE);
    }

    @Test
    void sweepTakesWhatIsOldAndOfNoUse() throws IOException {
        Content needed = add("needed").content();
        Content unneeded = add("unneeded").content();
        Content young = add("young").content();
        Path leftover = Files.writeString(folder.resolve(".objects/.tmp-0123-4"), "half");
        Path stranger = Files.writeString(folder.resolve(".objects/README"), "not ours");
        Instant then = Instant.parse("2026-11-22T10:00:00Z");
        for (Path file : List.of(at(needed), at(unneeded), leftover, stranger)) {
            Files.setLastModifiedTime(file, FileTime.from(then));
        }
        Files.setLastModifiedTime(at(young), FileTime.from(then.plusSeconds(1)));
        Set<Digest> live = Set.of(needed.sha256());

        Swept rehearsed = store.sweep(live::contains, then, true);
        assertThat(rehearsed).isEqualTo(new Swept(1, 8, 1));
        assertThat(store.find(unneeded.sha256())).isPresent();
        assertThat(leftover).exists();

        assertThat(store.sweep(live::contains, then, false)).isEqualTo(rehearsed);
        assertThat(store.find(unneeded.sha256())).isEmpty();
        assertThat(leftover).doesNotExist();
        assertThat(stranger).exists();
        store.verify(needed);
        store.verify(young);
        assertThat(store.sweep(live::contains, then, false)).isEqualTo(new Swept(0, 0, 0));
    }

    @Test
    void sweepOfNothingFindsNothing() {
        assertThat(store.sweep(digest -> false, Instant.MAX, false)).isEqualTo(new Swept(0, 0, 0));
    }

    @Test
    void whatIsOpenGoesOnToBeReadable() throws IOException {
        add("abc");

        try (FileChannel open = store.open(ABC_SHA256)) {
            store.sweep(digest -> false, Instant.now().plusSeconds(60), false);

            ByteBuffer bytes = ByteBuffer.allocate(3);
            assertThat(open.read(bytes)).isEqualTo(3);
            assertThat(store.find(ABC_SHA256)).isEmpty();
        }
    }

    private interface Work {
        Object run() throws IOException;
    }

    private static ErrorCode code(Work work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    private static ErrorCode code(Runnable work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    private Path at(Content content) {
        return store.find(content.sha256()).orElseThrow();
    }

    private Stored add(String text) throws IOException {
        try (ObjectBatch batch = store.begin()) {
            Stored stored = batch.add(stream(text), text.length());
            batch.finish();
            return stored;
        }
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve(".objects"))) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
