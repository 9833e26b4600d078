package dev.otapair.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.store.PieceFolder;
import dev.otapair.client.store.PlanFile;
import dev.otapair.client.testing.ErrorOutput;
import dev.otapair.protocol.delta.Plan;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.ObjectNumbers;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.Response.PackageResponse;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IncrementTest {
    private static final Digest WANTED = new Digest(Digest.Algorithm.SHA256, "ab".repeat(32));
    private static final Digest BASE = new Digest(Digest.Algorithm.SHA256, "cd".repeat(32));

    private static final Offer OFFER =
            new Offer(new PackageName("fw-2"), Optional.of(new Content(1_000_000, WANTED)), Optional.empty());

    @TempDir
    private Path folder;

    private Increment increment;

    @BeforeEach
    void aim() {
        increment = new Increment(
                new Product("default"),
                new OneAim(),
                new PieceFolder(folder, new DurableFiles(), () -> {}),
                new PlanFile(folder, new DurableFiles()));
        increment.aim(OFFER, Optional.empty());
        assertThat(increment.isOpen()).isTrue();
    }

    @Test
    void silenceIsBorneThreeTimes() {
        for (int i = 0; i < 3; i++) {
            assertThat(increment.isOpen()).isTrue();
            increment.request();
        }

        assertThat(increment.isOpen()).isFalse();
    }

    /** A patch for a large release takes minutes, and the package would take the line for longer. */
    @Test
    void serverThatMakesAPatchIsAskedAgainButNotForEver() {
        int asked = 0;
        while (increment.isOpen() && asked < 100) {
            increment.request();
            increment.isWorthWaiting();
            asked++;
        }

        assertThat(asked).isEqualTo(13);
    }

    @Test
    void nobodyWaitsForWhatWasNotAskedFor() {
        assertThat(increment.isWorthWaiting()).isFalse();
    }

    @Test
    void whatTheBoardCannotDoIsSaidInWords() {
        assertThat(saidOf(new OutOfMemoryError("Java heap space")))
                .contains("memory is too small")
                .doesNotContain("OutOfMemoryError", "Java heap");
        assertThat(saidOf(new UncheckedIOException(new AccessDeniedException("tree"))))
                .contains("cannot be read: permission denied; fetching the whole package")
                .doesNotContain("Exception");
    }

    private String saidOf(Throwable failure) {
        Increment trying = new Increment(
                new Product("default"),
                new OneAim() {
                    @Override
                    public ObjectNumbers damaged() {
                        throw IncrementTest.<RuntimeException>unchecked(failure);
                    }
                },
                new PieceFolder(folder, new DurableFiles(), () -> {}),
                new PlanFile(folder, new DurableFiles()));
        try (ErrorOutput log = new ErrorOutput()) {
            trying.aim(OFFER, Optional.empty());
            assertThat(trying.isOpen()).isFalse();
            return log.text();
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(Throwable failure) throws E {
        throw (E) failure;
    }

    /** A file, made of another one. */
    private static class OneAim implements Aims, Aim {
        @Override
        public Optional<Aim> at(PackageResponse whole, Optional<ReleaseMetadata> verified) {
            return Optional.of(this);
        }

        @Override
        public long room() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean isBuilt(PackageResponse whole) {
            return false;
        }

        @Override
        public Digest want() {
            return WANTED;
        }

        @Override
        public Optional<Digest> base() {
            return Optional.of(BASE);
        }

        @Override
        public ObjectNumbers damaged() {
            return ObjectNumbers.NONE;
        }

        @Override
        public Optional<byte[]> baseManifest() {
            return Optional.empty();
        }

        @Override
        public Optional<Content> manifest() {
            return Optional.empty();
        }

        @Override
        public void know(byte[] text, Manifest manifest) {
            throw new IllegalStateException("a file has no manifest");
        }

        @Override
        public boolean isKnown() {
            return true;
        }

        @Override
        public void requireRoom(Plan plan, long room) {
            // There is enough.
        }

        @Override
        public ObjectNumbers build(Plan plan, PieceFolder pieces) {
            return ObjectNumbers.NONE;
        }
    }
}
