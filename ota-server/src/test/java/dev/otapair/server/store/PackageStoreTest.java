package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.server.ConfigFile;
import dev.otapair.server.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageStoreTest {
    private static final PackageName FW = new PackageName("fw");

    @TempDir
    private Path folder;

    private final PackageStore store = new PackageStore();
    private ConfigFile files;

    @BeforeEach
    void put() {
        files = new ConfigFile(folder);
        put("fw", "abc");
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path put(String name, String content) {
        return files.put(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private static CompletionStage<ByteBuffer> end(StoredPackage stored, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        return stored.file()
                .readVerified(stored.size() - length, bytes.duplicate())
                .thenApply(nothing -> bytes);
    }

    private StoredPackage open(PackageName name) {
        return await(store.open(files.packages(), name));
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private void assertUnavailable(String name, String message) {
        assertThatThrownBy(() -> open(new PackageName(name)))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(OtaException.class, fault -> {
                    assertThat(fault.code()).isEqualTo(ErrorCode.PACKAGE_UNAVAILABLE);
                    assertThat(fault).hasMessageContaining(message);
                });
    }

    @Test
    void packageHasItsSizeAndDigests() {
        StoredPackage stored = open(FW);

        assertThat(stored.size()).isEqualTo(3);
        assertThat(stored.md5().hex()).isEqualTo("900150983cd24fb0d6963f7d28e17f72");
        assertThat(stored.sha256().hex()).isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        stored.release();
    }

    @Test
    void emptyPackageHasTheDigestOfNothing() {
        put("fw", "");

        StoredPackage stored = open(FW);

        assertThat(stored.md5().hex()).isEqualTo("d41d8cd98f00b204e9800998ecf8427e");
        stored.release();
    }

    @Test
    void contentIsDigestedOnceForAllWhoAskAtATime() {
        List<CompletableFuture<StoredPackage>> opening = IntStream.range(0, 50)
                .mapToObj(i -> store.open(files.packages(), FW).toCompletableFuture())
                .toList();

        List<StoredPackage> opened =
                opening.stream().map(CompletableFuture::join).toList();

        assertThat(opened).hasSize(50).allSatisfy(stored -> assertThat(stored).isSameAs(opened.get(0)));
        opened.forEach(StoredPackage::release);
    }

    @Test
    void contentIsDigestedOnceForAllWhoAskLater() {
        StoredPackage first = open(FW);
        first.release();

        StoredPackage second = open(FW);

        assertThat(second).isSameAs(first);
        second.release();
    }

    @Test
    void newContentIsSeenAfterARename() {
        open(FW).release();
        put("fw", "new content");

        StoredPackage stored = open(FW);

        assertThat(text(await(end(stored, 11)))).isEqualTo("new content");
        stored.release();
    }

    @Test
    void newContentIsSeenWhileTheOldOneIsStillDigested() {
        files.put("fw", new byte[30_000_000]);
        CompletionStage<StoredPackage> old = store.open(files.packages(), FW);
        put("fw", "new content");

        StoredPackage stored = open(FW);

        assertThat(stored.size()).isEqualTo(11);
        stored.release();
        await(old).release();
    }

    @Test
    void renameDoesNotDisturbWhoHasTheOldContent() {
        StoredPackage old = open(FW);
        put("fw", "new content");
        open(FW).release();

        assertThat(text(await(end(old, 3)))).isEqualTo("abc");
        old.release();
    }

    @Test
    void fileThatWasDeletedAndReplacedIsReadAnew() throws IOException {
        open(FW).release();
        Files.delete(files.packages().resolve("fw"));
        assertUnavailable("fw", "does not exist");
        put("fw", "xyz");

        StoredPackage stored = open(FW);

        assertThat(text(await(end(stored, 3)))).isEqualTo("xyz");
        stored.release();
    }

    @Test
    void contentThatWasOverwrittenInPlaceFailsAtItsEnd() throws IOException {
        StoredPackage stored = open(FW);
        Files.writeString(files.packages().resolve("fw"), "xyz", StandardOpenOption.WRITE);

        assertThatThrownBy(() -> await(end(stored, 3))).hasMessageContaining("overwritten");
        stored.release();
    }

    @Test
    void contentThatWasOverwrittenInPlaceFailsAfterItsEnd() throws IOException {
        StoredPackage stored = open(FW);
        Files.writeString(files.packages().resolve("fw"), "xyz", StandardOpenOption.WRITE);

        assertThatThrownBy(() -> await(stored.file().verifyUnchanged())).hasMessageContaining("overwritten");
        stored.release();
    }

    @Test
    void contentThatWasTruncatedInPlaceFailsAtItsEnd() throws IOException {
        StoredPackage stored = open(FW);
        Files.newByteChannel(files.packages().resolve("fw"), StandardOpenOption.WRITE)
                .truncate(1)
                .close();

        assertThatThrownBy(() -> await(end(stored, 3))).hasMessageContaining("truncated");
        stored.release();
    }

    @Test
    void contentThatWasOverwrittenInPlaceIsAPackageAgain() throws IOException {
        open(FW).release();
        Files.writeString(files.packages().resolve("fw"), "xyz", StandardOpenOption.WRITE);
        open(FW).release();

        StoredPackage stored = open(FW);

        assertThat(text(await(end(stored, 3)))).isEqualTo("xyz");
        stored.release();
    }

    @Test
    void missingFileIsUnavailable() {
        assertUnavailable("missing", files.packages().resolve("missing") + " does not exist; copy the package there");
    }

    @Test
    void folderIsUnavailable() throws IOException {
        Files.createDirectory(files.packages().resolve("folder"));

        assertUnavailable("folder", "is not a regular file");
    }

    @Test
    void fileThatCannotBeReadIsUnavailable() throws IOException {
        Path loop = files.packages().resolve("loop");
        Files.createSymbolicLink(loop, loop);

        assertUnavailable("loop", "loop");
    }

    @Test
    void fileThatIsMissingForAWhileIsFoundLater() {
        assertUnavailable("later", "does not exist");
        put("later", "abc");

        open(new PackageName("later")).release();
    }

    @Test
    void keepOnlyLetsGoOfTheOthers() {
        put("other", "abc");
        open(new PackageName("other")).release();
        open(FW).release();
        assertThat(Descriptors.countIn(files.packages())).isEqualTo(2);

        store.keepOnly(files.packages(), List.of(FW));

        assertThat(Descriptors.countIn(files.packages())).isEqualTo(1);
    }

    @Test
    void keepOnlyTakesNothingFromWhoHasIt() {
        StoredPackage stored = open(FW);

        store.keepOnly(files.packages(), List.of(new PackageName("other")));

        assertThat(text(await(end(stored, 3)))).isEqualTo("abc");
        stored.release();
    }

    @Test
    void closedStoreHoldsNoFile() {
        open(FW).release();

        store.close();

        assertThat(Descriptors.countIn(files.packages())).isZero();
    }

    @Test
    void storeThatIsClosedInTheMiddleOfADigestHoldsNoFile() {
        files.put("fw", new byte[30_000_000]);
        store.open(files.packages(), FW);

        store.close();

        assertThat(Descriptors.countIn(files.packages())).isZero();
    }

    @Test
    void closedStoreLeavesAFileToWhoHasIt() {
        StoredPackage stored = open(FW);

        store.close();
        assertThat(Descriptors.countIn(files.packages())).isEqualTo(1);
        stored.release();

        assertThat(Descriptors.countIn(files.packages())).isZero();
    }

    @Test
    void fiveHundredReplacementsHoldOneFile() {
        for (int i = 0; i < 500; i++) {
            put("fw", "content " + i);
            open(FW).release();
        }

        assertThat(Descriptors.countIn(files.packages())).isEqualTo(1);
    }

    @Test
    void fileThatIsReplacedWhileItIsOpenedIsWholeEitherWay() {
        StoredPackage[] opened = new StoredPackage[100];
        for (int i = 0; i < opened.length; i++) {
            CompletionStage<StoredPackage> opening = store.open(files.packages(), FW);
            put("fw", "content " + i);
            opened[i] = await(opening);
        }

        for (StoredPackage stored : opened) {
            await(end(stored, (int) stored.size()));
            stored.release();
        }
        Awaitility.await().until(() -> Descriptors.countIn(files.packages()) == 1);
    }
}
