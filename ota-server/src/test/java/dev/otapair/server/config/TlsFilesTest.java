package dev.otapair.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.ConfigFile;
import dev.otapair.server.session.TlsContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsFilesTest {
    private static final SelfSignedCertificate MADE = SelfSignedCertificate.make("ota-server");

    @TempDir
    private Path folder;

    private ConfigFile config;

    @BeforeEach
    void write() throws IOException {
        Files.write(folder.resolve("cert.pem"), MADE.certificatePem());
        Files.write(folder.resolve("key.pem"), MADE.keyPem());
        config = new ConfigFile(folder)
                .with("tls", "required")
                .with("tls_cert", "cert.pem")
                .with("tls_key", "key.pem");
    }

    private void assertOfNoUse(String reason) {
        assertThatThrownBy(() -> TlsContext.of(config.read().tls()))
                .isInstanceOfSatisfying(
                        OtaException.class, fault -> assertThat(fault.code()).isEqualTo(ErrorCode.CONFIG_INVALID))
                .hasMessageContaining(reason)
                .hasMessageNotContaining(new String(MADE.keyPem(), java.nio.charset.StandardCharsets.US_ASCII)
                        .lines()
                        .toList()
                        .get(1));
    }

    @Test
    void filesAreRead() {
        TlsFiles files = config.read().tls();

        assertThat(files.mode()).isEqualTo(TlsFiles.Mode.REQUIRED);
        assertThat(files.certificate()).contains(folder.resolve("cert.pem"));
        assertThat(files.key()).contains(folder.resolve("key.pem"));
        assertThat(files.clientCa()).isEmpty();
        assertThat(TlsContext.of(files)).isNotNull();
    }

    @Test
    void filesDoNotMatterWhenTlsIsOff() {
        assertThat(config.with("tls", "off")
                        .with("tls_cert", "gone")
                        .read()
                        .tls()
                        .certificate())
                .isEmpty();
    }

    @Test
    void missingKeysAreNamedBoth() {
        assertThatThrownBy(() -> new ConfigFile(folder).with("tls", "optional").read())
                .hasMessageContaining("[Server] tls_cert is missing, which tls needs; 'ota-server tls-init'")
                .hasMessageContaining("[Server] tls_key is missing");
    }

    @Test
    void missingFilesAreNamed() {
        config.with("tls_cert", "gone").with("tls_client_ca", "away");

        assertThatThrownBy(config::read)
                .hasMessageContaining("[Server] tls_cert is '" + folder.resolve("gone") + "', which cannot be read")
                .hasMessageContaining("[Server] tls_client_ca is '" + folder.resolve("away"));
    }

    @Test
    void otherModeIsRefused() {
        config.with("tls", "yes");

        assertThatThrownBy(config::read).hasMessageContaining("tls is 'yes', expected one of off, optional, required");
    }

    @Test
    void renewedFileIsAnotherConfiguration() throws IOException {
        ServerConfig before = config.read();
        Files.write(
                folder.resolve("cert.pem"),
                SelfSignedCertificate.make("ota-server").certificatePem());

        assertThat(config.read()).isNotEqualTo(before);
    }

    @Test
    void sameFileIsTheSameConfiguration() {
        assertThat(config.read()).isEqualTo(config.read());
    }

    @Test
    void keyOfAnotherCertificateIsOfNoUse() throws IOException {
        Files.write(
                folder.resolve("key.pem"), SelfSignedCertificate.make("other").keyPem());

        assertOfNoUse("tls_key does not belong to tls_cert");
    }

    @Test
    void certificateThatIsNoneIsOfNoUse() throws IOException {
        Files.writeString(folder.resolve("cert.pem"), "no certificate");

        assertOfNoUse("is of no use");
    }

    @Test
    void keyInPlaceOfTheCertificateIsOfNoUse() throws IOException {
        Files.write(folder.resolve("cert.pem"), MADE.keyPem());

        assertOfNoUse("is of no use");
    }

    @Test
    void emptyFilesAreOfNoUse() throws IOException {
        Files.write(folder.resolve("key.pem"), new byte[0]);

        assertOfNoUse("is of no use");
    }

    @Test
    void emptyAuthorityIsOfNoUse() throws IOException {
        Files.write(folder.resolve("ca.pem"), new byte[0]);
        config.with("tls_client_ca", "ca.pem");

        assertOfNoUse("is of no use");
    }

    /** Who leaves TLS out would leave the certificate out. */
    @Test
    void authorityOfBoardsNeedsTlsOfAll() throws IOException {
        Files.write(folder.resolve("ca.pem"), Files.readAllBytes(folder.resolve("cert.pem")));
        config.with("tls", "optional").with("tls_client_ca", "ca.pem");

        assertThatThrownBy(config::read)
                .hasMessageContaining("[Server] tls_client_ca asks boards")
                .hasMessageContaining("tls = required");
    }

    @Test
    void keyIsNotPrinted() {
        assertThat(config.read().toString()).doesNotContain("PRIVATE KEY");
    }
}
