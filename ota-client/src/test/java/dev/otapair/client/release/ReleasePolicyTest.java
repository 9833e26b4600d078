package dev.otapair.client.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.client.config.TrustSettings;
import dev.otapair.client.config.TrustSettings.OnExpired;
import dev.otapair.client.release.Verdict.Answer;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.VerifiedFile;
import dev.otapair.client.testing.Forge;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a board believes of what it verified before. */
class ReleasePolicyTest {
    private static final SigningKey OURS = SigningKey.generate();
    private static final SigningKey THEIRS = SigningKey.generate();
    private static final KeyRing RING = new KeyRing(List.of(OURS.publicHalf()), List.of());
    private static final byte[] CONTENT = {1, 2, 3};

    @TempDir
    private Path state;

    @Test
    void nothingIsInstalledOnTheWordOfAFile() {
        SignedMetadata forged = signed(Forge.of("fw-1", CONTENT, THEIRS));
        file().remember(RING, forged, RING.ids());

        Verdict verdict = judge(forged, InstalledRelease.NONE);

        assertThat(verdict.answer()).isEqualTo(Answer.REFUSED);
    }

    /** The file says who signed, and its word is taken for no more than that there is nothing to do. */
    @Test
    void whatIsInstalledIsNotVerifiedTwice() {
        SignedMetadata forged = signed(Forge.of("fw-1", CONTENT, THEIRS));
        file().remember(RING, forged, RING.ids());

        Verdict verdict = judge(forged, installed(forged));

        assertThat(verdict.answer()).isEqualTo(Answer.SAME);
    }

    @Test
    void otherSignatureUnderWhatIsInstalledIsVerified() {
        SignedMetadata good = signed(Forge.of("fw-1", CONTENT, OURS));
        assertThat(judge(good, installed(good)).answer()).isEqualTo(Answer.SAME);

        Verdict verdict = judge(signed(Forge.of("fw-1", CONTENT, THEIRS)), installed(good));

        assertThat(verdict.answer()).isEqualTo(Answer.REFUSED);
    }

    @Test
    void whatIsInstalledIsRememberedWithItsKeys() {
        SignedMetadata good = signed(Forge.of("fw-1", CONTENT, OURS));

        judge(good, installed(good));

        assertThat(file().signersOf(RING, good)).hasValue(new TreeSet<>(RING.ids()));
        assertThat(file().knows(OURS.publicHalf())).isTrue();
        assertThat(file().knows(THEIRS.publicHalf())).isFalse();
    }

    @Test
    void whatIsInstalledNextIsNotRememberedBeforeItIs() {
        SignedMetadata good = signed(Forge.of("fw-1", CONTENT, OURS));

        assertThat(judge(good, InstalledRelease.NONE).answer()).isEqualTo(Answer.INSTALL);

        assertThat(file().signersOf(RING, good)).isEmpty();
    }

    private Verdict judge(SignedMetadata signed, InstalledRelease installed) {
        ReleaseMetadata release = ReleaseMetadata.parse(signed.bytes().toBytes());
        Offer offer = new Offer(new PackageName("fw-1"), Optional.of(release.content()), Optional.of(signed));
        return policy().judge(offer, installed, OptionalLong.empty());
    }

    private ReleasePolicy policy() {
        TrustSettings settings =
                new TrustSettings(state.resolve("keys.d"), Optional.empty(), new TreeSet<>(), 1, OnExpired.WARN);
        TrustedTime time = new TrustedTime(Clock.systemUTC(), () -> Instant.EPOCH);
        return new ReleasePolicy(Product.DEFAULT, settings, RING, TrustState.NONE, time, file());
    }

    private VerifiedFile file() {
        return new VerifiedFile(state, new DurableFiles());
    }

    private static InstalledRelease installed(SignedMetadata signed) {
        return InstalledRelease.of(ReleaseMetadata.parse(signed.bytes().toBytes()));
    }

    private static SignedMetadata signed(Forge forge) {
        byte[] bytes = forge.metadata();
        return new SignedMetadata(new Octets(bytes), List.of(forge.key().sign(bytes)));
    }
}
