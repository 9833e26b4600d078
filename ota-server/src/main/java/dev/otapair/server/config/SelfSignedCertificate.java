package dev.otapair.server.config;

import dev.otapair.protocol.auth.RandomBytes;
import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.PemFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * A key and a certificate that signs itself, made by the JDK's keytool: Java has no other way to make certificates.
 *
 * @param keyPem PKCS#8, without a password
 * @param certificatePem X.509
 * @param pin of the public key, as {@code tls_pin} takes it
 */
public record SelfSignedCertificate(byte[] keyPem, byte[] certificatePem, String pin) {
    private static final String ALIAS = "ota";
    private static final String DAYS = "7300";
    private static final long KEYTOOL_SECONDS = 60;

    /**
     * Makes a pair for 20 years, of P-256: boards in the field outlive shorter ones.
     *
     * @param name of the host, for clients that look at it
     * @throws OtaException IO_ERROR if keytool is missing or refuses
     */
    public static SelfSignedCertificate make(String name) {
        try {
            Path folder = Files.createTempDirectory("ota-tls-");
            Path store = folder.resolve("store.p12");
            try {
                char[] password = password();
                runKeytool(store, new String(password), name);
                return read(store, password);
            } finally {
                Files.deleteIfExists(store);
                Files.delete(folder);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new OtaException(ErrorCode.IO_ERROR, "a certificate cannot be made: " + FileFault.why(e), e);
        }
    }

    private static void runKeytool(Path store, String password, String name) throws IOException {
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        ProcessBuilder builder = new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-alias",
                ALIAS,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                DAYS,
                "-dname",
                "CN=" + name,
                "-ext",
                "san=dns:" + name,
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass:env",
                "OTA_STORE_PASSWORD");
        builder.environment().put("OTA_STORE_PASSWORD", password);
        Path output = store.resolveSibling(store.getFileName() + ".said");
        Process process = null;
        try {
            process = builder.redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("keytool did not end within %d s".formatted(KEYTOOL_SECONDS));
            }
            if (process.exitValue() != 0) {
                throw new IOException(
                        "keytool: " + new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(output);
        }
    }

    private static SelfSignedCertificate read(Path store, char[] password)
            throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, password);
            Key key = keys.getKey(ALIAS, password);
            Certificate certificate = keys.getCertificate(ALIAS);
            byte[] digest = Sha256.of(certificate.getPublicKey().getEncoded());
            return new SelfSignedCertificate(
                    PemFile.format("PRIVATE KEY", key.getEncoded()),
                    PemFile.format("CERTIFICATE", certificate.getEncoded()),
                    "sha256/" + Base64.getEncoder().encodeToString(digest));
        }
    }

    private static char[] password() {
        return HexFormat.of().formatHex(RandomBytes.of(16)).toCharArray();
    }
}
