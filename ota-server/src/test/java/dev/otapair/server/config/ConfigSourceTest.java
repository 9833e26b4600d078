package dev.otapair.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigSourceTest {
    @TempDir
    private Path folder;

    private final List<ServerConfig> changes = new ArrayList<>();
    private ConfigFile file;
    private CapturedLog log;

    @BeforeEach
    void write() {
        log = new CapturedLog();
        file = new ConfigFile(folder).with("max_clients", "10");
    }

    @AfterEach
    void giveTheLogBack() {
        log.close();
    }

    private int maxClients(ConfigSource source) {
        source.refresh(this::note);
        return source.current().limits().maxClients();
    }

    private Runnable note(ServerConfig edited) {
        return () -> changes.add(edited);
    }

    private long logged(String part) {
        return log.lines().stream().filter(line -> line.contains(part)).count();
    }

    @Test
    void brokenFileIsNotOpened() {
        file.write("[Server]\nmax_clients = many\n");

        assertThatThrownBy(file::open)
                .isInstanceOf(OtaException.class)
                .hasMessageContaining("max_clients is 'many'")
                .hasMessageContaining("path is missing");
    }

    @Test
    void editIsInForceAtTheNextRefresh() {
        ConfigSource source = file.open();

        file.with("max_clients", "200");

        assertThat(maxClients(source)).isEqualTo(200);
    }

    @Test
    void editIsNotInForceBefore() {
        ConfigSource source = file.open();

        file.with("max_clients", "200");

        assertThat(source.current().limits().maxClients()).isEqualTo(10);
    }

    @Test
    void changeIsToldOnce() {
        ConfigSource source = file.open();
        file.with("max_clients", "200");

        source.refresh(this::note);
        source.refresh(this::note);

        assertThat(changes).containsExactly(source.current());
    }

    @Test
    void editThatChangesNothingIsNoChange() {
        ConfigSource source = file.open();
        file.write("# a comment\n" + file.text());

        source.refresh(this::note);

        assertThat(changes).isEmpty();
    }

    @Test
    void brokenEditKeepsWhatIsInForce() {
        ConfigSource source = file.open();

        file.with("max_clients", "many");

        assertThat(maxClients(source)).isEqualTo(10);
        assertThat(changes).isEmpty();
    }

    @Test
    void brokenEditIsLoggedOnce() {
        ConfigSource source = file.open();
        file.with("max_clients", "many");

        source.refresh(this::note);
        source.refresh(this::note);

        assertThat(logged("[Server] max_clients is 'many', expected a whole number"))
                .isEqualTo(1);
        assertThat(logged("the edit is not in force")).isEqualTo(1);
    }

    @Test
    void brokenEditThatIsMendedIsInForce() {
        ConfigSource source = file.open();
        file.with("max_clients", "many");
        source.refresh(this::note);

        file.with("max_clients", "200");

        assertThat(maxClients(source)).isEqualTo(200);
    }

    @Test
    void fileThatIsGoneKeepsWhatIsInForce() throws IOException {
        ConfigSource source = file.open();

        Files.delete(file.path());

        assertThat(maxClients(source)).isEqualTo(10);
        assertThat(logged("the edit is not in force")).isEqualTo(1);
    }

    @Test
    void fileThatIsBackIsInForce() throws IOException {
        ConfigSource source = file.open();
        Files.delete(file.path());
        source.refresh(this::note);

        file.with("max_clients", "200");

        assertThat(maxClients(source)).isEqualTo(200);
    }

    /** In place, of the same size, and faster than file times advance. */
    @Test
    void noneOfManyFastEditsIsMissed() throws IOException {
        ConfigSource source = file.open();
        for (int clients = 10; clients < 100; clients++) {
            Files.writeString(file.path(), file.text().replace("max_clients = 10", "max_clients = " + clients));

            assertThat(maxClients(source)).isEqualTo(clients);
        }
    }

    @Test
    void noneOfManyFastFaultsIsLeftUntold() throws IOException {
        ConfigSource source = file.open();
        for (int fault = 10; fault < 60; fault++) {
            Files.writeString(file.path(), file.text().replace("max_clients = 10", "max_clients = x" + fault));
            source.refresh(this::note);

            assertThat(logged("is 'x%d'".formatted(fault)))
                    .as("fault %d", fault)
                    .isEqualTo(1);
        }
    }

    @Test
    void reloadReadsWhatDoesNotLookEdited() {
        ConfigSource source = file.open();

        source.reload(this::note);

        assertThat(logged("read again, nothing changed")).isEqualTo(1);
    }

    @Test
    void reloadTellsAFaultAgain() {
        ConfigSource source = file.open();
        file.with("max_clients", "many");
        source.refresh(this::note);

        source.reload(this::note);

        assertThat(logged("max_clients is 'many'")).isEqualTo(2);
    }

    @Test
    void unknownKeyIsWarnedOfOnce() {
        ConfigSource source = file.with("max_client", "5").open();
        source.reload(this::note);

        assertThat(logged("max_client is not a known key; did you mean 'max_clients'?"))
                .isEqualTo(1);
    }

    @Test
    void editThatIsRefusedWhileItIsPreparedIsNotInForce() {
        ConfigSource source = file.open();
        file.with("max_clients", "200");

        source.refresh(ConfigSourceTest::refuse);

        assertThat(source.current().limits().maxClients()).isEqualTo(10);
        assertThat(source.isEditRefused()).isTrue();
        assertThat(logged("tls_key is of no use")).isEqualTo(1);
        assertThat(maxClients(source)).isEqualTo(200);
        assertThat(source.isEditRefused()).isFalse();
    }

    @Test
    void defectWhileAnEditIsPreparedLeavesWhatIsInForce() {
        ConfigSource source = file.open();
        file.with("max_clients", "200");

        source.refresh(ConfigSourceTest::stumble);
        source.refresh(ConfigSourceTest::stumble);

        assertThat(source.current().limits().maxClients()).isEqualTo(10);
        assertThat(source.isEditRefused()).isTrue();
        assertThat(logged("by a defect of the server: undo the edit")).isEqualTo(1);
        assertThat(logged("the edit is not in force")).isEqualTo(1);
        assertThat(maxClients(source)).isEqualTo(200);
    }

    @Test
    void defectWhileAReloadIsPreparedLeavesWhatIsInForce() {
        ConfigSource source = file.open();
        ServerConfig before = source.current();

        source.reload(ConfigSourceTest::stumble);

        assertThat(source.current()).isSameAs(before);
        assertThat(source.isEditRefused()).isTrue();
        source.reload(this::note);
        assertThat(source.isEditRefused()).isFalse();
    }

    @Test
    void editIsInForceWhenItIsTakenOver() {
        ConfigSource source = file.open();
        file.with("max_clients", "200");

        source.refresh(edited -> () -> changes.add(source.current()));

        assertThat(changes).hasSize(1);
        assertThat(changes.get(0).limits().maxClients()).isEqualTo(200);
    }

    private static Runnable refuse(ServerConfig edited) {
        throw new OtaException(ErrorCode.CONFIG_INVALID, "tls_key is of no use");
    }

    private static Runnable stumble(ServerConfig edited) {
        throw new IllegalStateException("by a mistake");
    }
}
