package dev.otapair.client.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Keys and certificates that keytool makes for one test class, and their PEM files; nothing of it is kept. */
public final class Certificates {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Path folder;

    /** @param folder empty, the certificates' own */
    public Certificates(Path folder) {
        this.folder = folder;
    }

    /** Makes an authority. */
    public Certificates authority(String name) throws IOException, InterruptedException {
        return keytool(name, "-ext", "bc:c");
    }

    /**
     * Makes a certificate.
     *
     * @param authority who signs it
     * @param options of keytool: {@code -ext san=...}, {@code -startdate}, {@code -validity}
     */
    public Certificates signed(String name, String authority, String... options)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("-signer", authority));
        all.addAll(List.of(options));
        return keytool(name, all.toArray(String[]::new));
    }

    /** Makes a certificate that signs itself. */
    public Certificates selfSigned(String name, String... options) throws IOException, InterruptedException {
        return keytool(name, options);
    }

    /** Returns the file of a certificate. */
    public Path certificate(String name) throws IOException, GeneralSecurityException {
        return pem(name + ".crt", "CERTIFICATE", certificateOf(name).getEncoded());
    }

    /** Returns the file of its key. */
    public Path key(String name) throws IOException, GeneralSecurityException {
        return pem(name + ".key", "PRIVATE KEY", store().getKey(name, PASSWORD).getEncoded());
    }

    /** Returns the pin of its key. */
    public String pin(String name) throws IOException, GeneralSecurityException {
        byte[] key = certificateOf(name).getPublicKey().getEncoded();
        return "sha256/"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    }

    /** Returns what a relay needs: this certificate to its clients, and no question to its servers. */
    public SSLContext relay(String name) throws IOException, GeneralSecurityException {
        KeyStore only = KeyStore.getInstance("PKCS12");
        only.load(null, null);
        only.setKeyEntry(name, store().getKey(name, PASSWORD), PASSWORD, new Certificate[] {certificateOf(name)});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(only, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Gullible()}, new SecureRandom());
        return context;
    }

    private Certificates keytool(String name, String... options) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-keystore",
                folder.resolve("store.p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD)));
        words.addAll(Arrays.asList(options));
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new AssertionError(Files.readString(folder.resolve("keytool.log")));
        }
        return this;
    }

    private Path pem(String file, String what, byte[] der) throws IOException {
        String text = "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
        return Files.writeString(folder.resolve(file), text);
    }

    private X509Certificate certificateOf(String name) throws IOException, GeneralSecurityException {
        return (X509Certificate) store().getCertificate(name);
    }

    private KeyStore store() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("store.p12"))) {
            store.load(in, PASSWORD);
        }
        return store;
    }

    /** Believes anybody: he who stands between does not care. */
    private static final class Gullible extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
