package dev.otapair.client.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.Octets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsSettingsTest {
    private static final String PIN = "sha256/" + "A".repeat(43) + "=";

    @TempDir
    private Path folder;

    @BeforeEach
    void makeFiles() throws IOException {
        Files.createFile(folder.resolve("ca.pem"));
        Files.createFile(folder.resolve("own.pem"));
    }

    @Test
    void withoutTlsTheOtherKeysSayNothing() throws IOException {
        assertThat(read("tls_pin = " + PIN)).isEmpty();
        assertThat(read("tls = no\ntls_ca = ca.pem")).isEmpty();
    }

    @Test
    void pinIsRead() throws IOException {
        assertThat(read("tls = yes\ntls_pin = " + PIN).orElseThrow().pin()).contains(new Octets(new byte[32]));
    }

    @Test
    void filesAreBesideTheConfig() throws IOException {
        TlsSettings settings = read("tls = yes\ntls_ca = ca.pem\ntls_client_cert = own.pem\ntls_client_key = own.pem")
                .orElseThrow();

        assertThat(settings.authority()).contains(folder.resolve("ca.pem"));
        assertThat(settings.certificate()).contains(folder.resolve("own.pem"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', either tls_pin or tls_ca",
        "'tls_pin = PIN|tls_ca = ca.pem', either tls_pin or tls_ca",
        "'tls_pin = AAAA', tls_pin",
        "'tls_pin = sha256/AAAA', tls_pin",
        "'tls_pin = sha256/!!!!', tls_pin",
        "'tls_pin = PINPIN', tls_pin",
        "'tls_ca = missing.pem', missing.pem",
        "'tls_pin = PIN|tls_client_cert = own.pem', tls_client_key",
        "'tls_pin = PIN|tls_client_key = own.pem', tls_client_cert",
        "'tls_pin = PIN|tls_client_cert = no.pem|tls_client_key = own.pem', no.pem"
    })
    void faultIsRefusedAndNamed(String keys, String named) {
        String text = "tls = yes\n" + keys.replace("PIN", PIN).replace('|', '\n');

        OtaException failure = catchThrowableOfType(OtaException.class, () -> read(text));

        assertThat(failure.code()).isEqualTo(ErrorCode.CONFIG_INVALID);
        assertThat(failure).hasMessageContaining(named);
    }

    private Optional<TlsSettings> read(String keys) throws IOException {
        Path file = Files.writeString(
                folder.resolve("config.ini"), "[Client]\nserver = h\nsecurity = t\npath = p\n" + keys + "\n");
        return ClientConfig.read(IniFile.read(file), Map.of()).tls();
    }
}
