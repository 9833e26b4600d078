package dev.otapair.client.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.client.testing.Certificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.X509KeyManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files that other programs write: one for both, with what else they say. */
class OwnCertificateTest {
    @TempDir
    private static Path folder;

    private static String certificate;
    private static String authority;
    private static String key;

    @BeforeAll
    static void makeBoth() throws Exception {
        Certificates certificates = new Certificates(folder).authority("ca").signed("board", "ca");
        certificate = Files.readString(certificates.certificate("board"), ISO_8859_1);
        authority = Files.readString(certificates.certificate("ca"), ISO_8859_1);
        key = Files.readString(certificates.key("board"), ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "C",
                "CK",
                "KC",
                "\u00ef\u00bb\u00bfC",
                "Bag Attributes\n    friendlyName: board\nCK",
                "CA",
                "C\n\n"
            })
    void chainIsFoundAmongWhatIsInTheFile(String pattern) throws Exception {
        Path file = write("chain.pem", pattern);

        X509KeyManager manager = (X509KeyManager) OwnCertificate.read(file, write("key.pem", "K"))[0];

        String alias = manager.getClientAliases("EC", null) == null
                ? manager.getClientAliases("RSA", null)[0]
                : manager.getClientAliases("EC", null)[0];
        assertThat(manager.getCertificateChain(alias)).hasSize(pattern.equals("CA") ? 2 : 1);
        assertThat(manager.getPrivateKey(alias)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"K", "KC", "CK", "\u00ef\u00bb\u00bfK"})
    void keyIsFoundAmongWhatIsInTheFile(String pattern) throws Exception {
        assertThat(OwnCertificate.read(write("chain.pem", "C"), write("key.pem", pattern)))
                .isNotEmpty();
    }

    @Test
    void linesMayEndAsOnWindows() throws Exception {
        Path chain = Files.writeString(folder.resolve("crlf.pem"), certificate.replace("\n", "\r\n"));
        Path other = Files.writeString(folder.resolve("crlf.key"), key.replace("\n", "\r\n"));

        assertThat(OwnCertificate.read(chain, other)).isNotEmpty();
    }

    @Test
    void whatIsNotThereIsNamedWithItsFile() throws Exception {
        assertThatThrownBy(() -> OwnCertificate.read(write("none.pem", "text"), write("key.pem", "K")))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("none.pem")
                .hasMessageContaining("no certificate");
        assertThatThrownBy(() -> OwnCertificate.read(write("chain.pem", "C"), write("none.key", "text")))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("none.key")
                .hasMessageContaining("openssl pkcs8");
    }

    private static Path write(String name, String pattern) throws Exception {
        String text = pattern.equals("text")
                ? "text"
                : pattern.replaceAll("C(?=[AK\n]|$)", "\u0001")
                        .replace("K", "\u0002")
                        .replaceAll("A$", "\u0003");
        return Files.writeString(
                folder.resolve(name),
                text.replace("\u0001", certificate + "\n")
                        .replace("\u0002", key + "\n")
                        .replace("\u0003", authority + "\n"),
                ISO_8859_1);
    }
}
