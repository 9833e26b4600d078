package dev.otapair.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.otapair.protocol.cli.Program;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.DeviceId;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.server.CapturedLog;
import dev.otapair.server.ConfigFile;
import dev.otapair.server.delta.Shelf;
import dev.otapair.server.delta.Trees;
import dev.otapair.server.store.BoardRecord;
import dev.otapair.server.store.LedgerFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that make patches, with the processes they start. */
class PrepareCommandTest {
    @TempDir
    private Path folder;

    private final PrintStream outBefore = System.out;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private CapturedLog log;
    private ConfigFile config;
    private Shelf shelf;

    @BeforeEach
    void capture() {
        config = new ConfigFile(folder)
                .with("latest", "")
                .with("state_dir", "state")
                .with("delta_keep", "1");
        shelf = new Shelf(config.packages());
        log = new CapturedLog();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void giveBack() {
        System.setOut(outBefore);
        log.close();
    }

    private int run(String... words) {
        List<String> line = new ArrayList<>(List.of(words));
        line.addAll(List.of("--config", config.path().toString()));
        return Program.run(new OtaServerCommand(), line.toArray(String[]::new));
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private long pairs() throws IOException {
        try (Stream<Path> pairs = Files.list(folder.resolve("state/deltas/pairs"))) {
            return pairs.count();
        }
    }

    @Test
    void patchesAreMadeFromTheNewestAndFromWhatBoardsHave() throws IOException {
        byte[] app = Trees.program(new Random(1), 50_000);
        shelf.file("fw-1", app);
        shelf.file("fw-2", Trees.changed(app, new Random(2)));
        shelf.tree("tree-3", Map.of("app", app));
        shelf.file("fw-4", Trees.changed(app, new Random(4)));
        shelf.file("fw-5", Trees.changed(app, new Random(5)));
        try (LedgerFile ledger = new LedgerFile(folder.resolve("state"), new DurableFiles())) {
            ledger.note(new BoardRecord(
                    new DeviceId("board-1"),
                    Product.DEFAULT,
                    Optional.of(new PackageName("fw-1")),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    1,
                    1));
        }

        assertThat(run("prepare", "fw-5")).isZero();

        assertThat(said())
                .matches("1 of 2: fw-5 from fw-4 \\(release 4\\)\n  [\\d,]+ bytes to fetch\n"
                        + "2 of 2: fw-5 from fw-1 \\(release 1\\)\n  [\\d,]+ bytes to fetch\n");
        assertThat(pairs()).isEqualTo(2);
    }

    @Test
    void machinesAreToldAsMuch() {
        shelf.file("fw-1", Trees.program(new Random(1), 5_000));
        shelf.file("fw-2", Trees.program(new Random(2), 5_000));

        assertThat(run("prepare", "--json", "fw-2")).isZero();

        assertThat(said())
                .matches(
                        "\\{\"name\": \"fw-2\", \"size\": 5000, \"plans\": \\[\\{\"base\": \"fw-1\", \"base_release\": 1,"
                                + " \"made\": true, \"bytes\": \\d+\\}\\]\\}\n");
    }

    @Test
    void whatCouldNotBeMadeIsTold() throws IOException {
        shelf.file("fw-1", Trees.program(new Random(1), 5_000));
        shelf.file("fw-2", Trees.program(new Random(2), 5_000));
        Files.writeString(config.packages().resolve("fw-2"), "damaged");

        assertThat(run("prepare", "fw-2")).isEqualTo(75);

        assertThat(said()).isEqualTo("1 of 1: fw-2 from fw-1 (release 1)\n  not made\n");
    }

    @Test
    void whatIsNotPublishedIsNotPrepared() {
        assertThat(run("prepare", "fw-9")).isEqualTo(74);

        assertThat(log.lines()).last().asString().contains("fw-9 has no metadata: is fw-9 published?");
    }

    @Test
    void whatIsPublishedIsPreparedAtOnce() throws IOException {
        byte[] app = Trees.program(new Random(1), 50_000);
        Path one = Files.write(folder.resolve("fw-1"), app);
        Path two = Files.write(folder.resolve("fw-2"), Trees.changed(app, new Random(2)));
        assertThat(run("publish", one.toString())).isZero();

        assertThat(run("publish", "--prepare", two.toString())).isZero();

        assertThat(said()).contains("1 of 1: fw-2 from fw-1 (release 1)\n");
        assertThat(pairs()).isEqualTo(1);
    }

    @Test
    void onePatchIsMadeByHand() throws IOException {
        String one =
                shelf.file("fw-1", Trees.program(new Random(1), 5_000)).sha256().hex();
        String two =
                shelf.file("fw-2", Trees.program(new Random(2), 5_000)).sha256().hex();

        assertThat(run("make-patch", "--want", two, "--base", one)).isZero();

        assertThat(folder.resolve("state/deltas/pairs/" + two + "-" + one)).exists();
    }

    @Test
    void wrongDigestsAreRefused() {
        assertThat(run("make-patch", "--want", "abc")).isEqualTo(64);
        assertThat(run("make-patch", "--want", "0".repeat(64), "--damaged", "1"))
                .isEqualTo(64);
        assertThat(run("make-patch", "--want", "0".repeat(64), "--base", "0".repeat(64), "--damaged", "2-1"))
                .isEqualTo(64);
    }
}
