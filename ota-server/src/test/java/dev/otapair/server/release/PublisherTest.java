package dev.otapair.server.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.release.Publisher.Again;
import dev.otapair.server.release.Publisher.Step;
import dev.otapair.server.release.ReleaseEntry.State;
import dev.otapair.server.tree.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublisherTest {
    private static final SigningKey A = SigningKey.generate();
    private static final SigningKey B = SigningKey.generate();
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Again UNCHANGED = new Again(OptionalLong.empty(), Optional.empty(), Optional.empty(), true);

    @TempDir
    private Path folder;

    private Path packages;
    private Path state;
    private Publisher publisher;

    @BeforeEach
    void open() throws IOException {
        packages = Files.createDirectory(folder.resolve("packages"));
        state = folder.resolve("state");
        publisher = publisher(KeyRing.EMPTY);
    }

    @Test
    void publishedReleaseHasItsFilesAndIsOffered() throws IOException {
        SignedRelease release = publish("fw-1", "one", A);

        assertThat(release.metadata().release()).isEqualTo(1);
        assertThat(release.metadata().created()).isEqualTo(NOW);
        assertThat(release.metadata().content().size()).isEqualTo(3);
        assertThat(names(packages))
                .containsExactly(
                        "fw-1",
                        "fw-1.ota.json",
                        "fw-1.ota.sig." + A.publicHalf().id());
        assertThat(packages.resolve("fw-1")).hasContent("one");
        assertThat(packages.resolve("fw-1.ota.json"))
                .hasBinaryContent(release.signed().bytes().toBytes());
        assertThat(offer()).contains(new PublishedOffer(release, false));
    }

    /** What the daemon's user reads, and nobody but the administrator writes. */
    @Test
    void filesAreReadableByEverybody() throws IOException {
        publish("fw-1", "one", A);

        for (String name : names(packages)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(packages.resolve(name))))
                    .as(name)
                    .isEqualTo("rw-r--r--");
        }
    }

    @Test
    void countersRiseWhateverHappensToTheReleases() throws IOException {
        publish("fw-1", "one", A);
        publish("fw-2", "two", A);
        for (String name : names(packages)) {
            Files.delete(packages.resolve(name));
        }
        assertThat(publish("fw-3", "three", A).metadata().release()).isEqualTo(3);

        deleteState();
        assertThat(publish("fw-4", "four", A).metadata().release()).isEqualTo(4);
    }

    @Test
    void counterThatIsDamagedIsFoundFromTheReleases() throws IOException {
        publish("fw-1", "one", A);
        publish("fw-2", "two", A);
        Files.writeString(state.resolve("release-counter"), "ota-release-counter/1\nhighest=9\ncrc32c=00000000\n");

        try (CapturedLog log = new CapturedLog()) {
            assertThat(publish("fw-3", "three", A).metadata().release()).isEqualTo(3);
            assertThat(log.lines()).anyMatch(line -> line.contains("release-counter is damaged"));
        }
    }

    @Test
    void counterCanBeChosenAboveTheOthersOnly() throws IOException {
        assertThat(publish("fw-1", "one", draft().release(40), A).release()).isEqualTo(40);

        assertThat(refusal(() -> publish("fw-2", "two", draft().release(40), A)))
                .isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(refusal(() -> publish("fw-2", "two", draft().release(39), A)))
                .isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(refusal(() -> publish("fw-2", "two", draft().release(1_000_041), A)))
                .isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(publish("fw-2", "two", draft().release(1_000_040), A).release())
                .isEqualTo(1_000_040);
        assertThat(publish("fw-3", "three", A).metadata().release()).isEqualTo(1_000_041);
    }

    /** One counter for all: an operator who moves a board to another product must not be surprised. */
    @Test
    void productsShareTheCounterAndHaveOffersOfTheirOwn() throws IOException {
        publish("fw-1", "one", A);
        ReleaseMetadata gateway = publish("gw-1", "one", draft().product("gateway"), A);

        assertThat(gateway.release()).isEqualTo(2);
        assertThat(offer().orElseThrow().release().metadata().name()).hasToString("fw-1");
        assertThat(new OfferBook(state, new DurableFiles()).read(new Product("gateway")))
                .map(offer -> offer.release().metadata())
                .contains(gateway);
    }

    @Test
    void nameThatIsPublishedIsNotPublishedTwice() throws IOException {
        publish("fw-1", "one", A);

        OtaException same = catchThrowableOfType(OtaException.class, () -> publish("fw-1", "one", A));
        OtaException other = catchThrowableOfType(OtaException.class, () -> publish("fw-1", "other", A));

        assertThat(same.code()).isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(same).hasMessageContaining("offer --again fw-1");
        assertThat(other.code()).isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(packages.resolve("fw-1")).hasContent("one");
        assertThat(publisher.releases()).hasSize(1);
    }

    /** A file that was put there by hand becomes a release where it is, and is never overwritten. */
    @Test
    void fileThatIsInItsPlaceIsPublishedFromThere() throws IOException {
        Path placed = Files.writeString(packages.resolve("fw-1"), "one");
        Files.writeString(packages.resolve("fw-2"), "two");

        publisher.publish(Source.ofFile(placed), draft().get(), List.of(A));

        assertThat(offer().orElseThrow().release().metadata().content().size()).isEqualTo(3);
        assertThat(refusal(() -> publish("fw-2", "another", A))).isEqualTo(ErrorCode.RELEASE_REFUSED);
        assertThat(packages.resolve("fw-2")).hasContent("two");
        assertThat(offer().orElseThrow().release().metadata().name()).hasToString("fw-1");
    }

    /** What a publisher left that was killed, or staged long ago, must not win over what is to be published now. */
    @Test
    void packageThatIsLeftInStagedIsNotPublished() throws IOException {
        Path orphan = Files.createDirectories(packages.resolve(".staged")).resolve("fw-1");
        Files.writeString(orphan, "old");
        Files.writeString(packages.resolve(".staged/.incoming"), "half");

        publisher.publish(Source.ofFile(Files.writeString(packages.resolve("fw-1"), "one")), draft().get(), List.of(A));

        assertThat(packages.resolve("fw-1")).hasContent("one");
        assertThat(orphan.getParent()).isEmptyDirectory();
        assertThat(Verification.of(packages.resolve("fw-1"), ring(A)).signers()).isNotEmpty();
    }

    @Test
    void packageThatWasStagedEarlierIsNotPublished() throws IOException {
        publisher.stage(Source.ofFile(Files.writeString(folder.resolve("fw-1"), "old")), draft().get());

        publisher.publish(Source.ofFile(Files.writeString(packages.resolve("fw-1"), "one")), draft().get(), List.of(A));

        assertThat(packages.resolve("fw-1")).hasContent("one");
        assertThat(packages.resolve(".staged")).isEmptyDirectory();
    }

    @Test
    void packageThatWasStagedEarlierIsNotOfferedAgain() throws IOException {
        publish("fw-1", "one", A);
        Files.writeString(packages.resolve(".staged/fw-1"), "old");
        Files.copy(packages.resolve("fw-1.ota.json"), packages.resolve(".staged/fw-1.ota.json"));

        publisher.again(new PackageName("fw-1"), UNCHANGED, List.of(A));

        assertThat(packages.resolve("fw-1")).hasContent("one");
    }

    /** A board that was off when a key was revoked has to learn it from a later release. */
    @Test
    void whatIsRevokedStaysSoUntilThatIsForgotten() throws IOException {
        publish("fw-0", "zero", A);
        KeyId revoked = A.publicHalf().id();

        assertThat(publish("fw-1", "one", draft().revoking(A), B).revoked()).containsExactly(revoked);
        assertThat(publish("fw-2", "two", draft(), B).revoked()).containsExactly(revoked);
        assertThat(publisher
                        .again(new PackageName("fw-0"), UNCHANGED, List.of(B))
                        .release()
                        .metadata()
                        .revoked())
                .containsExactly(revoked);
        assertThat(publish("gw-1", "one", draft().product("gateway"), B).revoked())
                .isEmpty();
        assertThat(publish("fw-3", "three", draft().forgettingRevoked(), B).revoked())
                .isEmpty();
        assertThat(publish("fw-4", "four", draft(), B).revoked()).isEmpty();
    }

    @Test
    void keyThatWasRevokedAndRecoveryKeyThatIsMissingAreSaid() throws IOException {
        publish("fw-1", "one", draft().revoking(A), B);

        try (CapturedLog log = new CapturedLog()) {
            publish("fw-2", "two", draft(), A);

            assertThat(log.lines())
                    .anyMatch(
                            line -> line.contains("signed by " + A.publicHalf().id() + ", which is revoked"))
                    .anyMatch(line ->
                            line.contains(B.publicHalf().id() + ", which signed that before, does not sign it"));
        }
    }

    /** One mistyped counter must not be the last one there is, neither of that product nor of the others. */
    @Test
    void counterThatIsTooFarIsRefusedAlsoAsTheFirst() throws IOException {
        OtaException first =
                catchThrowableOfType(OtaException.class, () -> publish("fw-1", "one", draft().release(1_000_001), A));
        publish("fw-1", "one", draft().release(1_000_000), A);
        OtaException taken =
                catchThrowableOfType(OtaException.class, () -> publish("fw-2", "two", draft().release(1_000_000), A));
        OtaException below =
                catchThrowableOfType(OtaException.class, () -> publish("fw-2", "two", draft().release(7), A));
        OtaException overflow = catchThrowableOfType(
                OtaException.class, () -> publish("fw-2", "two", draft().release(9_007_199_254_740_992L), A));

        assertThat(first).hasMessageContaining("--release 1000001 is too far: at most 1000000");
        assertThat(taken).hasMessageContaining("--release 1000000 is taken");
        assertThat(below).hasMessageContaining("--release 7 is not above 1000000");
        assertThat(overflow).hasMessageContaining("--release 9007199254740992 is no counter");
        assertThat(publish("fw-2", "two", A).metadata().release()).isEqualTo(1_000_001);
    }

    @Test
    void productWhoseBoardsAreFarBelowGoesOnFromItsOwnCounter() throws IOException {
        publish("gw-1", "one", draft().product("gateway"), A);
        publish("fw-1", "one", draft().release(1_000_001), A);
        publish("fw-2", "two", draft().release(2_000_001), A);

        assertThat(publish("gw-2", "two", draft().product("gateway"), A).release())
                .isEqualTo(2);
        assertThat(publish("gw-3", "three", draft().product("gateway"), A).release())
                .isEqualTo(3);
        assertThat(publish("fw-3", "three", A).metadata().release()).isEqualTo(2_000_002);
    }

    /** Of what was offered last the book has all in one piece: what a publisher left half written is mended from it. */
    @Test
    void filesThatAreHalfReplacedAreMendedFromTheOffer() throws IOException {
        publish("fw-1", "one", A);
        SignedRelease again =
                publisher.again(new PackageName("fw-1"), UNCHANGED, List.of(A)).release();
        Files.delete(packages.resolve("fw-1.ota.sig." + A.publicHalf().id()));

        publish("fw-2", "two", A);

        assertThat(publisher.published(new PackageName("fw-1"))).isEqualTo(again);
    }

    @Test
    void copyThatBreaksOffLeavesNothing() throws IOException {
        Path unreadable = Path.of("/proc/self/mem");

        assertThat(refusal(() -> publisher.publish(Source.ofFile(unreadable), draft().get(), List.of(A))))
                .isEqualTo(ErrorCode.CANNOT_WRITE);

        assertThat(packages.resolve(".staged")).isEmptyDirectory();
    }

    @Test
    void foldersAndTheLikeAreNoPackages() throws IOException {
        Path staged = Files.createDirectories(packages.resolve(".staged"));
        Files.writeString(staged.resolve("fw-9"), "nine");

        for (Path file : List.of(Path.of("/"), Path.of("."), folder, staged.resolve("fw-9"))) {
            assertThat(refusal(() -> publisher.publish(Source.ofFile(file), draft().get(), List.of(A))))
                    .as(file.toString())
                    .isEqualTo(ErrorCode.IO_ERROR);
        }
        assertThat(refusal(() -> Verification.of(Path.of("/"), ring(A)))).isEqualTo(ErrorCode.IO_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {".hidden", "a.ota.json", "a.ota.sig.0123456789abcdef", "b\u202ea"})
    void nameThatIsNoPackageNameIsRefused(String name) {
        assertThat(refusal(() -> publish(name, "one", A))).isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(publisher.releases()).isEmpty();
    }

    @Test
    void wishThatCannotBeSignedIsRefusedBeforeACounterIsGiven() throws IOException {
        assertThat(refusal(() -> publish("fw-1", "one", draft().floor(2), A))).isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(refusal(() -> publish("fw-1", "one", draft().minFrom(1), A))).isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(refusal(() -> publish("fw-1", "one", draft().notes("n".repeat(1001)), A)))
                .isEqualTo(ErrorCode.METADATA_REJECTED);
        assertThat(refusal(() -> publisher.publish(Source.ofFile(folder.resolve("none")), draft().get(), List.of(A))))
                .isEqualTo(ErrorCode.IO_ERROR);
        assertThat(offer()).isEmpty();
    }

    @Test
    void keyThatNoBoardTrustsIsRefused() throws IOException {
        publisher = publisher(ring(B));

        assertThat(refusal(() -> publish("fw-1", "one", A))).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(refusal(() -> publish("fw-1", "one"))).isEqualTo(ErrorCode.SIGNATURE_REJECTED);

        assertThat(offer()).isEmpty();
        assertThat(names(packages)).isEmpty();
        assertThat(publish("fw-1", "one", A, B).signed().signatures()).hasSize(2);
    }

    @Test
    void releaseIsStagedSignedElsewhereAndFinished() throws IOException {
        publish("fw-1", "one", A);
        Path file = Files.writeString(folder.resolve("fw-2"), "two");

        Step staged = publisher.stage(Source.ofFile(file), draft().get());
        assertThat(offer().orElseThrow().release().metadata().name()).hasToString("fw-1");
        assertThat(names(packages)).doesNotContain("fw-2");
        Path signature = Files.write(
                folder.resolve("fw-2.sig"),
                A.sign(Files.readAllBytes(staged.metadataFile())).bytes().toBytes());
        publisher = publisher(ring(A));
        Step finished = publisher.finish(new PackageName("fw-2"), List.of(signature));

        assertThat(finished.release().metadata()).isEqualTo(staged.release().metadata());
        assertThat(offer().orElseThrow().release()).isEqualTo(finished.release());
        assertThat(packages.resolve("fw-2")).hasContent("two");
        assertThat(names(packages.resolve(".staged"))).isEmpty();
    }

    @Test
    void signatureOfAnythingElseFinishesNothing() throws IOException {
        Path file = Files.writeString(folder.resolve("fw-2"), "two");
        Step staged = publisher.stage(Source.ofFile(file), draft().get());
        publisher = publisher(ring(A));
        byte[] metadata = Files.readAllBytes(staged.metadataFile());
        Path stranger =
                Files.write(folder.resolve("b"), B.sign(metadata).bytes().toBytes());
        Path other =
                Files.write(folder.resolve("o"), A.sign(new byte[1]).bytes().toBytes());
        Path empty = Files.createFile(folder.resolve("e"));
        Path large = Files.write(folder.resolve("l"), new byte[1000]);

        for (Path signature : List.of(stranger, other, empty, large, folder.resolve("none"))) {
            assertThat(refusal(() -> publisher.finish(new PackageName("fw-2"), List.of(signature))))
                    .as(signature.toString())
                    .isIn(ErrorCode.SIGNATURE_REJECTED, ErrorCode.IO_ERROR);
        }
        assertThat(offer()).isEmpty();
        assertThat(publisher.releases())
                .singleElement()
                .extracting(ReleaseEntry::state)
                .isEqualTo(State.STAGED);
    }

    @Test
    void stagedPackageThatWasChangedIsNotOffered() throws IOException {
        Path file = Files.writeString(folder.resolve("fw-2"), "two");
        Step staged = publisher.stage(Source.ofFile(file), draft().get());
        Files.writeString(packages.resolve(".staged/fw-2"), "ill");
        Path signature = Files.write(
                folder.resolve("s"),
                A.sign(Files.readAllBytes(staged.metadataFile())).bytes().toBytes());
        publisher = publisher(ring(A));

        assertThat(refusal(() -> publisher.finish(new PackageName("fw-2"), List.of(signature))))
                .isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(offer()).isEmpty();
    }

    /** What was staged before somebody else published is older by now: boards would refuse it. */
    @Test
    void stagedReleaseThatWasOvertakenIsRefused() throws IOException {
        Step staged = publisher.stage(Source.ofFile(Files.writeString(folder.resolve("fw-2"), "two")), draft().get());
        publish("fw-3", "three", A);
        Path signature = Files.write(
                folder.resolve("s"),
                A.sign(Files.readAllBytes(staged.metadataFile())).bytes().toBytes());
        publisher = publisher(ring(A));

        assertThat(refusal(() -> publisher.finish(new PackageName("fw-2"), List.of(signature))))
                .isEqualTo(ErrorCode.ROLLBACK_REFUSED);
        assertThat(offer().orElseThrow().release().metadata().name()).hasToString("fw-3");
    }

    @Test
    void olderReleaseIsNotOfferedButAgain() throws IOException {
        publish("fw-1", "one", A);
        publish("fw-2", "two", A);

        OtaException failure = catchThrowableOfType(OtaException.class, () -> publisher.offer(new PackageName("fw-1")));
        Step again = publisher.again(new PackageName("fw-1"), UNCHANGED, List.of(A));

        assertThat(failure.code()).isEqualTo(ErrorCode.ROLLBACK_REFUSED);
        assertThat(failure).hasMessageContaining("--again");
        assertThat(again.release().metadata().release()).isEqualTo(3);
        assertThat(again.release().metadata().content().size()).isEqualTo(3);
        assertThat(offer().orElseThrow().release()).isEqualTo(again.release());
        assertThat(publisher.published(new PackageName("fw-1"))).isEqualTo(again.release());
    }

    @Test
    void damagedPackageIsNotOfferedAgain() throws IOException {
        publish("fw-1", "one", A);
        Files.writeString(packages.resolve("fw-1"), "ill");

        assertThat(refusal(() -> publisher.again(new PackageName("fw-1"), UNCHANGED, List.of(A))))
                .isEqualTo(ErrorCode.DIGEST_MISMATCH);
        assertThat(refusal(() -> publisher.offer(new PackageName("fw-1")))).isEqualTo(ErrorCode.DIGEST_MISMATCH);
    }

    @Test
    void withdrawnReleaseIsOfferedNoMoreUntilItIsOffered() throws IOException {
        publish("fw-1", "one", A);

        assertThat(publisher.withdraw(new PackageName("fw-1")).products()).containsExactly(Product.DEFAULT);
        assertThat(offer()).map(PublishedOffer::isWithdrawn).contains(true);
        assertThat(refusal(() -> publisher.withdraw(new PackageName("fw-1")))).isEqualTo(ErrorCode.IO_ERROR);

        publisher.offer(new PackageName("fw-1"));
        assertThat(offer()).map(PublishedOffer::isWithdrawn).contains(false);
    }

    @Test
    void stagingAndOfferAreTakenBackOneAtATime() throws IOException {
        publish("fw-1", "one", A);
        PackageName name = new PackageName("fw-1");
        publisher.stageAgain(name, UNCHANGED);

        assertThat(publisher.dropStaged(name)).isEqualTo(new Publisher.Withdrawal(List.of(), true, false));
        assertThat(offer()).map(PublishedOffer::isWithdrawn).contains(false);
        publisher.stageAgain(name, UNCHANGED);
        assertThat(publisher.withdraw(name)).isEqualTo(new Publisher.Withdrawal(List.of(Product.DEFAULT), false, true));
        assertThat(offer()).map(PublishedOffer::isWithdrawn).contains(true);
        assertThat(publisher.withdraw(name)).isEqualTo(new Publisher.Withdrawal(List.of(), true, false));
        assertThat(refusal(() -> publisher.dropStaged(name))).isEqualTo(ErrorCode.IO_ERROR);
    }

    @Test
    void stagedReleaseThatWasSignedHereIsOffered() throws IOException {
        publisher.stage(Source.ofFile(Files.writeString(folder.resolve("fw-1"), "one")), draft().get());
        PackageName name = new PackageName("fw-1");
        OtaException unsigned = catchThrowableOfType(OtaException.class, () -> publisher.offer(name));
        publisher.sign(name, List.of(A));

        Step offered = publisher.offer(name);

        assertThat(unsigned).hasMessageContaining("sign fw-1");
        assertThat(offer()).contains(new PublishedOffer(offered.release(), false));
        assertThat(Verification.of(packages.resolve("fw-1"), ring(A)).signers()).hasSize(1);
    }

    /** 'offer --again' would find nothing to offer. */
    @Test
    void stagedReleaseThatWasOvertakenIsToBePublishedAgain() throws IOException {
        Path file = Files.writeString(folder.resolve("fw-2"), "two");
        publisher.stage(Source.ofFile(file), draft().get());
        publisher.sign(new PackageName("fw-2"), List.of(A));
        publish("fw-3", "three", A);

        OtaException overtaken =
                catchThrowableOfType(OtaException.class, () -> publisher.offer(new PackageName("fw-2")));

        assertThat(overtaken).hasMessageContaining("'publish' the file of fw-2 again");
        assertThat(publisher
                        .publish(Source.ofFile(file), draft().get(), List.of(A))
                        .release()
                        .metadata()
                        .release())
                .isEqualTo(3);
    }

    @Test
    void secondStagingOfANameIsSaid() throws IOException {
        Path file = Files.writeString(folder.resolve("fw-1"), "one");
        publisher.stage(Source.ofFile(file), draft().get());
        try (CapturedLog log = new CapturedLog()) {
            publisher.stage(Source.ofFile(file), draft().get());

            assertThat(log.lines())
                    .anyMatch(line -> line.contains("fw-1 was staged already, and is anew, as release 2"));
        }
    }

    @Test
    void fileThatIsNoOfferDisablesNothingElse() throws IOException {
        publish("fw-1", "one", A);
        Files.writeString(state.resolve("offers/notes"), "mine");
        try (CapturedLog log = new CapturedLog()) {
            assertThat(publisher.releases()).extracting(ReleaseEntry::state).containsExactly(State.OFFERED);
            assertThat(publisher.withdraw(new PackageName("fw-1")).products()).containsExactly(Product.DEFAULT);
            assertThat(log.lines()).anyMatch(line -> line.contains("offers/notes") && line.contains("Remove the file"));
        }
    }

    @Test
    void secondSignatureIsAddedToTheReleaseAndItsOffer() throws IOException {
        publish("fw-1", "one", A);

        publisher.sign(new PackageName("fw-1"), List.of(B));

        assertThat(offer().orElseThrow().release().signed().signatures())
                .extracting(signature -> signature.signer())
                .containsExactlyInAnyOrder(A.publicHalf().id(), B.publicHalf().id());
        assertThat(Verification.of(packages.resolve("fw-1"), ring(A, B)).signers())
                .hasSize(2);
    }

    @Test
    void listSaysWhereEachReleaseStands() throws IOException {
        publish("fw-1", "one", A);
        publish("fw-2", "two", A);
        publish("fw-3", "three", A);
        publisher.stage(Source.ofFile(Files.writeString(folder.resolve("fw-4"), "four")), draft().get());
        Files.delete(packages.resolve("fw-1"));
        Files.writeString(packages.resolve("fw-0.ota.json"), "{");

        assertThat(publisher(ring(A)).releases())
                .extracting(entry -> entry.name() + " " + entry.state() + " "
                        + entry.signers().size())
                .containsExactly(
                        "fw-4 STAGED 0", "fw-3 OFFERED 1", "fw-2 PUBLISHED 1", "fw-1 INCOMPLETE 1", "fw-0 DAMAGED 0");
    }

    @Test
    void verificationSaysWhatABoardWould() throws IOException {
        publish("fw-1", "one", A);
        Path file = packages.resolve("fw-1");

        assertThat(Verification.of(file, ring(A, B)).signers())
                .containsExactly(A.publicHalf().id());
        assertThat(refusal(() -> Verification.of(file, ring(B)))).isEqualTo(ErrorCode.SIGNATURE_REJECTED);
        assertThat(refusal(() -> Verification.of(packages.resolve("none"), ring(A))))
                .isEqualTo(ErrorCode.IO_ERROR);
        Files.writeString(file, "ill");
        assertThat(refusal(() -> Verification.of(file, ring(A)))).isEqualTo(ErrorCode.DIGEST_MISMATCH);
    }

    @Test
    void signatureByOpensslIsAsGoodAsOurs() throws Exception {
        Files.write(folder.resolve("a.key"), A.toPem());
        Step staged = publisher.stage(Source.ofFile(Files.writeString(folder.resolve("fw-2"), "two")), draft().get());
        Path signature = folder.resolve("fw-2.sig");
        int status = new ProcessBuilder(
                        "openssl",
                        "pkeyutl",
                        "-sign",
                        "-rawin",
                        "-inkey",
                        folder.resolve("a.key").toString(),
                        "-in",
                        staged.metadataFile().toString(),
                        "-out",
                        signature.toString())
                .start()
                .waitFor();
        publisher = publisher(ring(A));

        publisher.finish(new PackageName("fw-2"), List.of(signature));

        assertThat(status).isZero();
        assertThat(offer().orElseThrow().release().signed().signatures())
                .containsExactly(
                        A.sign(offer().orElseThrow().release().signed().bytes().toBytes()));
    }

    /** An offer that cannot be read is left out, the others stay: and nothing is published over it. */
    @Test
    void damagedOfferIsSaidAndNotWrittenOver() throws IOException {
        publish("fw-1", "one", A);
        publish("gw-1", "one", draft().product("gateway"), A);
        Path file = state.resolve("offers/default");
        byte[] sound = Files.readAllBytes(file);
        for (int bit = 0; bit < sound.length * 8; bit += 7) {
            byte[] flipped = sound.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, flipped);
            List<String> faults = new ArrayList<>();

            assertThat(new OfferBook(state, new DurableFiles()).read(faults)).containsOnlyKeys(new Product("gateway"));
            assertThat(faults).singleElement().asString().contains("offers/default", "Remove the file");
        }
        assertThat(refusal(() -> publish("fw-2", "two", A))).isEqualTo(ErrorCode.IO_ERROR);
    }

    private interface Work {
        Object run() throws IOException;
    }

    private static ErrorCode refusal(Work work) {
        return catchThrowableOfType(OtaException.class, work::run).code();
    }

    private SignedRelease publish(String name, String content, SigningKey... keys) throws IOException {
        Path built = Files.createDirectories(folder.resolve("built"));
        return publisher
                .publish(Source.ofFile(Files.writeString(built.resolve(name), content)), draft().get(), List.of(keys))
                .release();
    }

    private ReleaseMetadata publish(String name, String content, Wished draft, SigningKey... keys) throws IOException {
        Path built = Files.createDirectories(folder.resolve("built"));
        return publisher
                .publish(Source.ofFile(Files.writeString(built.resolve(name), content)), draft.get(), List.of(keys))
                .release()
                .metadata();
    }

    private Optional<PublishedOffer> offer() {
        return new OfferBook(state, new DurableFiles()).read(Product.DEFAULT);
    }

    private Publisher publisher(KeyRing trusted) {
        return new Publisher(
                packages, state, trusted, new DurableFiles(), Clock.fixed(NOW, ZoneOffset.UTC), Progress.NONE);
    }

    private static KeyRing ring(SigningKey... keys) {
        return new KeyRing(Stream.of(keys).map(SigningKey::publicHalf).toList(), List.of());
    }

    private void deleteState() throws IOException {
        try (Stream<Path> files = Files.walk(state)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static Wished draft() {
        return new Wished(Product.DEFAULT, OptionalLong.empty(), 0, 0, List.of(), true, "");
    }

    private record Wished(
            Product product,
            OptionalLong release,
            long minFrom,
            long floor,
            List<KeyId> revoked,
            boolean carriesOn,
            String notes) {
        Wished product(String name) {
            return new Wished(new Product(name), release, minFrom, floor, revoked, carriesOn, notes);
        }

        Wished release(long counter) {
            return new Wished(product, OptionalLong.of(counter), minFrom, floor, revoked, carriesOn, notes);
        }

        Wished minFrom(long counter) {
            return new Wished(product, release, counter, floor, revoked, carriesOn, notes);
        }

        Wished floor(long counter) {
            return new Wished(product, release, minFrom, counter, revoked, carriesOn, notes);
        }

        Wished revoking(SigningKey key) {
            return new Wished(
                    product, release, minFrom, floor, List.of(key.publicHalf().id()), carriesOn, notes);
        }

        Wished forgettingRevoked() {
            return new Wished(product, release, minFrom, floor, revoked, false, notes);
        }

        Wished notes(String text) {
            return new Wished(product, release, minFrom, floor, revoked, carriesOn, text);
        }

        Draft get() {
            return new Draft(product, "", release, Optional.empty(), minFrom, floor, revoked, carriesOn, false, notes);
        }
    }
}
