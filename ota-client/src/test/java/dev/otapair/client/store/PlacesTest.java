package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacesTest {
    private static final PackageName FW = new PackageName("fw");
    private static final Digest ONE = new Digest(Digest.Algorithm.SHA256, "1".repeat(64));
    private static final Digest TWO = new Digest(Digest.Algorithm.SHA256, "2".repeat(64));

    private final List<Deployment> kept = new ArrayList<>();
    private final List<PackageName> claimed = new ArrayList<>();

    @Test
    void packageLiesUnderItsName() {
        assertThat(places().of(FW, ONE)).isEqualTo(FW);
    }

    @Test
    void sameContentLiesWhereItIs() {
        kept.add(deployment(FW, FW, ONE));

        assertThat(places().of(FW, ONE)).isEqualTo(FW);
    }

    @Test
    void otherContentLiesBesideWhatIsKept() {
        kept.add(deployment(FW, FW, ONE));

        assertThat(places().of(FW, TWO)).hasToString("fw~22222222");
        assertThat(places().of(new PackageName("fw-2"), TWO)).hasToString("fw-2");
    }

    /** What lies beside stays there when its name becomes free. */
    @Test
    void placeOfAKeptReleaseIsFreeWhateverItsNameIs() {
        kept.add(deployment(FW, new PackageName("fw~22222222"), TWO));

        assertThat(places().of(FW, ONE)).isEqualTo(FW);
    }

    @Test
    void namesOfOthersAreTaken() {
        assertThat(places("config.ini").of(new PackageName("config.ini"), ONE)).hasToString("config.ini~11111111");
    }

    @Test
    void longestNameStaysAName() {
        PackageName longest = new PackageName("\u56fa".repeat(66) + "ab");

        PackageName place = places(longest.value()).of(longest, ONE);

        assertThat(place.value()).endsWith("\u56fa~11111111");
        assertThat(place.value().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(PackageName.MAX_BYTES);
    }

    @Test
    void claimIsTold() {
        places().claim(FW);

        assertThat(claimed).containsExactly(FW);
    }

    private Places places(String... taken) {
        return new Places(Set.of(taken), () -> kept, claimed::add);
    }

    private static Deployment deployment(PackageName name, PackageName place, Digest digest) {
        InstalledRelease release = new InstalledRelease(Optional.of(name), 1, "", Optional.of(digest));
        return new Deployment(release, place, digest, 10, false);
    }
}
