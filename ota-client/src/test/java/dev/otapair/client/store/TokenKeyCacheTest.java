package dev.otapair.client.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.auth.Role;
import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenKeyCacheTest {
    private static final String TOKEN = "tok-Zebra-7391-quagga";
    private static final int ITERATIONS = 20_000;
    private static final Octets PROBE = new Octets((byte) 1);

    @TempDir
    private Path folder;

    @Test
    void keyIsTheOneThatIsDerived() {
        TokenKey key = cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertSame(key, TokenKey.derive(new Secret(TOKEN), salt(1), ITERATIONS));
    }

    /** A key that no derivation gives is believed: what is found is not computed. */
    @Test
    void keptKeyIsNotDerivedAgain() throws IOException {
        cache().of(new Secret(TOKEN), salt(1), ITERATIONS);
        String kept = Files.readString(file());
        Files.writeString(
                file(),
                kept.substring(0, kept.indexOf('=') + 1)
                        + TokenKey.of(new Octets(new byte[32])).toKeep() + "\n");

        TokenKey key = cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertSame(key, TokenKey.of(new Octets(new byte[32])));
    }

    @Test
    void otherTokenSaltOrCountHasAKeyOfItsOwn() {
        TokenKey first = cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertThat(proof(cache().of(new Secret("other"), salt(1), ITERATIONS))).isNotEqualTo(proof(first));
        assertThat(proof(cache().of(new Secret(TOKEN), salt(2), ITERATIONS))).isNotEqualTo(proof(first));
        assertThat(proof(cache().of(new Secret(TOKEN), salt(1), ITERATIONS + 1)))
                .isNotEqualTo(proof(first));
        assertThat(file()).content().hasLineCount(4);
    }

    @Test
    void fileIsReadableByItsOwnerOnly() throws IOException {
        cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    /** A hostile server with a new salt each time fills nothing. */
    @Test
    void fileIsBounded() {
        for (int i = 0; i < 12; i++) {
            cache().of(new Secret(TOKEN), salt(i), ITERATIONS);
        }

        assertThat(file()).content().hasLineCount(8);
        assertThat(file()).content().contains(TokenKey.fingerprint(new Secret(TOKEN), salt(11), ITERATIONS));
    }

    @Test
    void tokenIsInNoFormInTheFile() {
        cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        byte[] bytes = TOKEN.getBytes(StandardCharsets.UTF_8);
        assertThat(file())
                .content()
                .doesNotContain(TOKEN)
                .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(bytes))
                .doesNotContain(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))
                .doesNotContain(HexFormat.of().formatHex(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "not base64 at all, and rather long for a key!", "AAAA", "===="})
    void damagedKeyIsDerivedAgain(String damaged) throws IOException {
        String fingerprint = TokenKey.fingerprint(new Secret(TOKEN), salt(1), ITERATIONS);
        Files.writeString(file(), "garbage\n\n" + fingerprint + "=" + damaged + "\n\u0000\u00ff\n");

        TokenKey key = cache().of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertSame(key, TokenKey.derive(new Secret(TOKEN), salt(1), ITERATIONS));
        assertThat(Files.readAllLines(file(), StandardCharsets.ISO_8859_1))
                .first()
                .isEqualTo(fingerprint + "=" + key.toKeep());
    }

    /** Where nothing can be kept the session works all the same, and costs a second each time. */
    @Test
    void folderThatCannotBeWrittenIsNoFault() throws IOException {
        Path blocked = Files.createFile(folder.resolve("file")).resolve("state");

        TokenKey key = new TokenKeyCache(blocked, new DurableFiles()).of(new Secret(TOKEN), salt(1), ITERATIONS);

        assertSame(key, TokenKey.derive(new Secret(TOKEN), salt(1), ITERATIONS));
    }

    private static void assertSame(TokenKey actual, TokenKey expected) {
        assertThat(proof(actual)).isEqualTo(proof(expected));
    }

    private static Octets proof(TokenKey key) {
        return key.proof(Role.CLIENT, PROBE);
    }

    private static Octets salt(int first) {
        byte[] salt = new byte[16];
        salt[0] = (byte) first;
        return new Octets(salt);
    }

    private Path file() {
        return folder.resolve("token-keys");
    }

    private TokenKeyCache cache() {
        return new TokenKeyCache(folder, new DurableFiles());
    }
}
