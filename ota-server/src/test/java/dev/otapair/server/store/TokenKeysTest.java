package dev.otapair.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.auth.TokenKey;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.server.CapturedLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenKeysTest {
    private static final String TOKEN = "correct horse battery staple";

    @TempDir
    private Path folder;

    private int derived;

    private TokenKeys open() {
        return new TokenKeys(folder.resolve("state"), new DurableFiles(), task -> {
            derived++;
            task.run();
        });
    }

    private Path file() {
        return folder.resolve("state").resolve("token-keys");
    }

    private static TokenKey key(TokenKeys keys, String token) {
        return keys.of(new Secret(token)).toCompletableFuture().join();
    }

    /** Derives a key and waits until it is in the file. */
    private TokenKeys openAndKeep() throws IOException {
        TokenKeys keys = open();
        key(keys, TOKEN);
        Awaitility.await().until(() -> Files.readAllLines(file()).size() == 3);
        return keys;
    }

    @Test
    void saltSurvivesARestart() {
        assertThat(open().salt()).isEqualTo(open().salt());
    }

    @Test
    void saltsOfTwoServersDiffer() {
        TokenKeys other = new TokenKeys(folder.resolve("other"), new DurableFiles(), Runnable::run);

        assertThat(open().salt()).isNotEqualTo(other.salt());
    }

    @Test
    void keyIsThatOfTheTokenUnderTheSalt() {
        TokenKeys keys = open();

        assertThat(key(keys, TOKEN).reveal())
                .isEqualTo(
                        TokenKey.derive(new Secret(TOKEN), keys.salt(), 20_000).reveal());
    }

    @Test
    void keyIsDerivedOnce() {
        TokenKeys keys = open();
        key(keys, TOKEN);

        key(keys, TOKEN);

        assertThat(derived).isEqualTo(1);
    }

    @Test
    void keyIsFoundAgainAfterARestart() throws IOException {
        TokenKeys before = openAndKeep();
        TokenKeys after = open();
        derived = 0;

        assertThat(key(after, TOKEN).reveal()).isEqualTo(key(before, TOKEN).reveal());
        assertThat(derived).isZero();
    }

    @Test
    void onlyTheOwnerReadsTheFile() throws IOException {
        openAndKeep();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    /** T1. */
    @Test
    void fileHasTheTokenInNoForm() throws IOException {
        openAndKeep();
        byte[] token = TOKEN.getBytes(StandardCharsets.UTF_8);

        assertThat(Files.readString(file()).toLowerCase(Locale.ROOT))
                .doesNotContain(TOKEN)
                .doesNotContain(HexFormat.of().formatHex(token))
                .doesNotContain(Base64.getEncoder()
                        .withoutPadding()
                        .encodeToString(token)
                        .toLowerCase(Locale.ROOT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n\n",
                "ota-token-keys/2\nsalt=ICEiIyQlJicoKSorLC0uLw\n",
                "ota-token-keys/1\nsalt=short\n",
                "ota-token-keys/1\nsalt=!!!!\n",
                "ota-token-keys/1",
                "ota-token-keys/1\nsalt=\n",
                "\u00ff\u00fe"
            })
    void damagedFileIsMadeAnew(String content) throws IOException {
        Files.createDirectory(folder.resolve("state"));
        Files.writeString(file(), content, StandardCharsets.ISO_8859_1);
        try (CapturedLog log = new CapturedLog()) {
            TokenKeys keys = open();

            assertThat(Files.readAllLines(file()))
                    .containsExactly("ota-token-keys/1", "salt=" + keys.salt().toBase64());
            assertThat(log.lines())
                    .singleElement()
                    .asString()
                    .startsWith("[WARNING]")
                    .contains("made anew");
        }
    }

    @Test
    void damagedLineIsLeftOutAndTheOthersStay() throws IOException {
        TokenKeys before = openAndKeep();
        Files.writeString(file(), Files.readString(file()) + "damaged\nabc=ICEi\n");
        try (CapturedLog log = new CapturedLog()) {
            TokenKeys after = open();
            derived = 0;

            assertThat(after.salt()).isEqualTo(before.salt());
            key(after, TOKEN);
            assertThat(derived).isZero();
            assertThat(log.lines()).hasSize(2).allMatch(line -> line.contains("a damaged line"));
        }
    }

    @Test
    void folderThatCannotBeWrittenIsWarnedOfAndDoesNotStop() throws IOException {
        Files.writeString(folder.resolve("state"), "a file");
        try (CapturedLog log = new CapturedLog()) {
            TokenKeys keys = open();

            assertThat(key(keys, TOKEN).reveal().length()).isEqualTo(32);
            assertThat(log.lines()).anyMatch(line -> line.contains("keys are derived anew after each restart"));
        }
    }

    @Test
    void keysOfNobodyDiffer() {
        TokenKeys keys = open();

        assertThat(keys.ofNobody().reveal()).isNotEqualTo(keys.ofNobody().reveal());
    }
}
