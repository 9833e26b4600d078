package dev.otapair.protocol.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.testing.Specification;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenKeyTest {
    private static final Secret SECRET = new Secret(Specification.TOKEN);
    private static final Octets SALT = Octets.ofBase64(Specification.SALT);
    private static final TokenKey KEY = TokenKey.derive(SECRET, SALT, Specification.ITERATIONS);
    private static final Octets TRANSCRIPT =
            Transcript.of(Specification.hello(), Specification.challenge(), new Octets());

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void keyIsThatOfTheSpecification() {
        assertThat(hex(KEY.reveal().toBytes())).isEqualTo(Specification.vector("K"));
    }

    @Test
    void proofsAreThoseOfTheSpecification() {
        assertThat(KEY.proof(Role.CLIENT, TRANSCRIPT).toBase64()).isEqualTo(Specification.vector("client"));
        assertThat(KEY.proof(Role.SERVER, TRANSCRIPT).toBase64()).isEqualTo(Specification.vector("server"));
    }

    @Test
    void sessionKeyIsThatOfTheSpecification() {
        SessionKey published = new SessionKey(HexFormat.of().parseHex(Specification.vector("Ks")));
        byte[] message = "any message".getBytes(StandardCharsets.US_ASCII);

        assertThat(KEY.session(TRANSCRIPT).seal(Role.CLIENT, 7, message, message.length))
                .isEqualTo(published.seal(Role.CLIENT, 7, message, message.length));
    }

    @Test
    void oneEndsProofIsNotTheOthers() {
        assertThat(KEY.proof(Role.CLIENT, TRANSCRIPT)).isNotEqualTo(KEY.proof(Role.SERVER, TRANSCRIPT));
    }

    @Test
    void tokenSaltAndIterationsAllCount() {
        assertThat(TokenKey.derive(new Secret("Password"), SALT, 20_000).reveal())
                .isNotEqualTo(KEY.reveal());
        assertThat(TokenKey.derive(SECRET, new Octets(new byte[16]), 20_000).reveal())
                .isNotEqualTo(KEY.reveal());
        assertThat(TokenKey.derive(SECRET, SALT, 20_001).reveal()).isNotEqualTo(KEY.reveal());
    }

    @ParameterizedTest
    @ValueSource(strings = {"密码", "🔑", "é", "a b", "\"\\"})
    void tokenIsTakenAsUtf8(String token) {
        Octets derived = TokenKey.derive(new Secret(token), SALT, 1).reveal();

        assertThat(derived).isEqualTo(new Octets(pbkdf2Once(token.getBytes(StandardCharsets.UTF_8))));
    }

    /** One iteration, one block: HMAC of salt and block number. */
    private static byte[] pbkdf2Once(byte[] password) {
        return Hmac.of(password, SALT.toBytes(), new byte[] {0, 0, 0, 1});
    }

    @Test
    void emptyTokenHasAKeyToo() {
        assertThat(TokenKey.derive(new Secret(""), SALT, 1).reveal().length()).isEqualTo(TokenKey.BYTES);
    }

    @Test
    void whatIsKeptIsReadAgain() {
        assertThat(TokenKey.ofKept(KEY.toKeep()).reveal()).isEqualTo(KEY.reveal());
    }

    @Test
    void everyDamageToWhatIsKeptIsFound() {
        String kept = KEY.toKeep();
        for (int at = 0; at < kept.length(); at++) {
            for (char other : new char[] {'A', 'B', '0', '1', '.', '='}) {
                String damaged = kept.substring(0, at) + other + kept.substring(at + 1);
                if (!damaged.equals(kept)) {
                    assertThatIllegalArgumentException()
                            .as(damaged)
                            .isThrownBy(() -> TokenKey.ofKept(damaged))
                            .withMessageNotContaining(kept.substring(0, 10));
                }
            }
            String cut = kept.substring(0, at);
            assertThatIllegalArgumentException().as(cut).isThrownBy(() -> TokenKey.ofKept(cut));
        }
    }

    @Test
    void keyOfAnotherLengthIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> TokenKey.of(new Octets(new byte[31])));
    }

    @Test
    void fingerprintNamesAKeyAndNothingElse() {
        String fingerprint = TokenKey.fingerprint(SECRET, SALT, 20_000);

        assertThat(fingerprint)
                .matches("[0-9a-f]{64}")
                .isNotEqualTo(hex(KEY.reveal().toBytes()));
        assertThat(TokenKey.fingerprint(new Secret("Password"), SALT, 20_000)).isNotEqualTo(fingerprint);
        assertThat(TokenKey.fingerprint(SECRET, new Octets(new byte[16]), 20_000))
                .isNotEqualTo(fingerprint);
        assertThat(TokenKey.fingerprint(SECRET, SALT, 20_001)).isNotEqualTo(fingerprint);
    }

    @Test
    void keysAreNotPrinted() {
        assertThat(KEY + " " + KEY.session(TRANSCRIPT) + " " + SECRET).isEqualTo("(token key) (session key) (secret)");
    }
}
