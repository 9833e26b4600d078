package dev.otapair.client.torture;

import dev.otapair.client.Outcome;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.testing.Board;
import dev.otapair.client.testing.RealServer;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A server that offers a signed release, and a board that has the one before it: what an experiment breaks, and the judgement of what
 * is left, by the invariants I1 to I7 of docs/reliability.md. Not thread-safe.
 */
final class Scene implements AutoCloseable {
    static final String OLD = "fw-1";
    static final String NEW = "fw-2";

    /** Of the new release. */
    static final long FLOOR = 1;

    /** Writes down what it was called for, as it finds it: the invariants I4 are read off that. */
    private static final String[] SCRIPT = {"echo \"$(sha256sum <\"$1\" | cut -c1-64) $OTA_NAME\" >>ran"};

    private static final SigningKey KEY = SigningKey.generate();

    /** Revoked by the new release, so that an update has something to remember of it. */
    private static final SigningKey RETIRED = SigningKey.generate();

    private final RealServer server;
    private final byte[] oldContent;
    private final byte[] newContent;
    private final Path folder;
    private final boolean isGuest;
    private final Fitting fitting;
    private Path boardFolder;
    private Board board;
    private byte[] config;
    private TrustState trusted;

    /** Makes a new board what the experiment needs. */
    interface Fitting {
        void fit(Board board) throws IOException;
    }

    /**
     * Starts the server.
     *
     * @param folder empty; for everything
     * @param size of both packages, in bytes
     */
    Scene(Path folder, int size) throws IOException {
        this(folder, bytes(size, 1), bytes(size, 2), board -> board.withScript(SCRIPT));
    }

    private Scene(Path folder, byte[] oldContent, byte[] newContent, Fitting fitting) throws IOException {
        this.folder = folder;
        this.oldContent = oldContent;
        this.newContent = newContent;
        this.fitting = fitting;
        this.server = new RealServer(folder.resolve("server")).with("log_level", "error");
        server.publish(OLD, oldContent, UnaryOperator.identity(), KEY);
        server.publish(NEW, newContent, wish -> wish.floor(FLOOR).revoking(RETIRED), KEY);
        server.start();
        this.isGuest = false;
    }

    private Scene(Scene host) {
        this.folder = host.folder;
        this.oldContent = host.oldContent;
        this.newContent = host.newContent;
        this.server = host.server;
        this.fitting = host.fitting;
        this.isGuest = true;
    }

    /** As above, of releases that are unpacked. */
    static Scene ofTrees(Path folder, Fitting fitting) throws IOException {
        return new Scene(folder, Trees.archive(OLD), Trees.archive(NEW), fitting);
    }

    /** Returns a scene for one more board at the same server, which this one closes: for another thread. */
    Scene beside() {
        return new Scene(this);
    }

    InetSocketAddress address() {
        return server.address();
    }

    RealServer server() {
        return server;
    }

    /** The board of the present attempt. */
    Board board() {
        return board;
    }

    /**
     * Makes a board that has the old release, in a folder of its own; what was there before is removed.
     *
     * @param boardFolder on the disk that is to suffer
     * @param asked usually the server, or a proxy before it
     */
    Board fresh(Path boardFolder, InetSocketAddress asked) throws IOException {
        begin(boardFolder, asked);
        board.trusting(KEY);
        Path stick = Files.createDirectories(folder.resolve("stick"));
        carry(stick, OLD);
        board.install(stick.resolve(OLD), false);
        Files.delete(board.file("ran"));
        settle();
        trusted = board.updater().trust().known();
        return board;
    }

    /** Makes the board that {@link #copied} copies: it has asked the server once, and knows its key. Once, before all copies. */
    void prepareCopies() throws IOException {
        fresh(folder.resolve("copied"), address()).check();
    }

    /** As {@link #fresh}, many times as fast: without a script that runs, and without a key to be derived. */
    Board copied(Path boardFolder, InetSocketAddress asked) throws IOException {
        begin(boardFolder, asked);
        Path source = folder.resolve("copied");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.skip(1).toList()) {
                Files.copy(
                        file,
                        boardFolder.resolve(source.relativize(file)),
                        LinkOption.NOFOLLOW_LINKS,
                        StandardCopyOption.COPY_ATTRIBUTES,
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        settle();
        trusted = board.updater().trust().known();
        return board;
    }

    private void begin(Path boardFolder, InetSocketAddress asked) throws IOException {
        remove(boardFolder);
        this.boardFolder = Files.createDirectories(boardFolder);
        board = new Board(boardFolder).asking(asked).with("legacy_server", "no");
        board.with("recovery_keys", KEY.publicHalf().id().value());
        fitting.fit(board);
    }

    /** Copies a release to a stick. */
    private void carry(Path stick, String name) throws IOException {
        if (Files.exists(stick.resolve(name))) {
            return;
        }
        try (Stream<Path> files = Files.list(server.packages())) {
            for (Path file : files.filter(each -> each.getFileName().toString().matches(name + "(\\.ota\\..*)?"))
                    .toList()) {
                Files.copy(file, stick.resolve(file.getFileName()));
            }
        }
    }

    /**
     * Judges what a fault left behind, before anything is put right: I1, I2, I3, I4.
     *
     * @param when what was done, to repeat it
     */
    void judge(String when, Tally tally) throws IOException {
        judgeConfig(when, tally);
        Map<String, byte[]> published = published();
        for (String name : board.kept()) {
            if (!name.startsWith(".")) {
                boolean isWhole = published.containsKey(name)
                        && Arrays.equals(Files.readAllBytes(board.packages().resolve(name)), published.get(name));
                tally.require(isWhole, "I1: " + name + " is not what was published; " + when);
            }
        }
        tally.require(List.of(OLD, NEW).contains(current()), "I1: current is '" + current() + "'; " + when);
        tally.require(List.of(OLD, NEW).contains(installed()), "I2: installed is '" + installed() + "'; " + when);
        tally.require(!Files.exists(state("state.broken")), "I2: the state was found damaged; " + when);
        TrustState known = board.updater().trust().known();
        tally.require(isOldOrNew(known), "I2: what is remembered of releases is " + known + "; " + when);
        for (String line : runs()) {
            tally.require(line.equals(sha256(newContent) + " " + NEW), "I4: the script ran for " + line + "; " + when);
        }
    }

    /** First of all: whatever asks the board in this process writes its config.ini anew. */
    void judgeConfig(String when, Tally tally) throws IOException {
        tally.require(
                Arrays.equals(Files.readAllBytes(board.file("config.ini")), config), "I3: config.ini changed; " + when);
    }

    /** A damaged file knows no time. */
    private boolean isOldOrNew(TrustState known) {
        boolean isNewer = known.newest().isPresent()
                && !known.newest().get().isBefore(trusted.newest().orElseThrow());
        return isNewer && known.signed() && List.of(trusted.floor(), FLOOR).contains(known.floor());
    }

    /**
     * Lets the board run undisturbed, and sees that it comes to the newest release and leaves nothing behind: I5 to I7, then I1 to
     * I4 again.
     */
    void recover(String when, Tally tally) throws IOException {
        recover(when, tally, address());
    }

    /** As above, by a server or proxy at this address. */
    void recover(String when, Tally tally, InetSocketAddress asked) throws IOException {
        try {
            board.asking(asked);
            settle();
            Outcome outcome = board.update();
            tally.require(
                    outcome.installed().name().equals(Optional.of(new PackageName(NEW))),
                    "I5: " + outcome.result() + "; " + when);
        } catch (OtaException e) {
            tally.violation("I5: " + e.getMessage() + "; " + when);
        }
        judgeUpdated(when, tally);
    }

    /** Judges a board that has come to the newest release: I5, I6, and I1 to I4. */
    void judgeUpdated(String when, Tally tally) throws IOException {
        judge(when, tally);
        tally.require(installed().equals(NEW), "I5: installed is '" + installed() + "'; " + when);
        tally.require(current().equals(NEW), "I5: current is '" + current() + "'; " + when);
        tally.require(!Files.exists(state("journal")), "I6: the journal is left; " + when);
        tally.require(!runs().isEmpty(), "I5: the script did not run; " + when);
        TrustState known = board.updater().trust().known();
        boolean isRemembered = known.floor() == FLOOR
                && known.revoked().contains(RETIRED.publicHalf().id());
        tally.require(isRemembered, "I5: what is remembered of releases is " + known + "; " + when);
        try (Stream<Path> files = Files.walk(boardFolder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(".tmp-") || name.startsWith(".part-"))
                    .forEach(name -> tally.violation("I6: " + name + " is left; " + when));
        }
        judgeProcesses(when, tally);
    }

    /** Judges that nothing is at work for this board any more, nor has a file of it open: I7. */
    void judgeProcesses(String when, Tally tally) throws IOException {
        processes().forEach(process -> tally.violation("I7: " + process + " is left; " + when));
        openFiles().forEach(file -> tally.violation("I7: " + file + " is still open; " + when));
    }

    /** Returns the command lines of the processes that have to do with this board. */
    List<String> processes() {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(boardFolder + "/"))
                .toList();
    }

    /** Returns the files of this board that this process has open. */
    private List<String> openFiles() throws IOException {
        List<String> files = new ArrayList<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                target(descriptor).ifPresent(files::add);
            }
        }
        return files.stream().filter(file -> file.startsWith(boardFolder + "/")).toList();
    }

    /** Another thread may close it meanwhile. */
    private static Optional<String> target(Path descriptor) throws IOException {
        try {
            return Optional.of(Files.readSymbolicLink(descriptor).toString());
        } catch (NoSuchFileException | NotLinkException e) {
            return Optional.empty();
        }
    }

    /**
     * Gives the board a script that takes its time, and writes down its turns.
     *
     * @param wait a line of sh
     */
    void takingItsTime(String wait) throws IOException {
        board.withScript("echo \"begin $$\" >>turns", wait, SCRIPT[0], "echo \"end $$\" >>turns");
    }

    /** Judges that no script began before the one before it had ended; for a script that writes down its turns. */
    void judgeTurns(String when, Tally tally) throws IOException {
        List<String> turns = Files.readAllLines(board.file("turns"));
        for (int index = 0; index < turns.size(); index++) {
            String turn = turns.get(index);
            boolean isInTurn = index % 2 == 0
                    ? turn.startsWith("begin")
                    : turn.equals(turns.get(index - 1).replace("begin", "end"));
            if (!isInTurn) {
                tally.violation("I4: two scripts at once, " + turns + "; " + when);
                return;
            }
        }
    }

    /** Takes the board's settings as they are now for what they have to stay. */
    void settle() throws IOException {
        config = Files.readAllBytes(board.writeConfig());
    }

    /** Returns what the script was called for, a line each. */
    List<String> runs() throws IOException {
        return Files.exists(board.file("ran")) ? Files.readAllLines(board.file("ran")) : List.of();
    }

    /** Returns what is recorded as installed. */
    String installed() throws IOException {
        return board.installed();
    }

    /** Returns what is there under the link's name; empty if it leads nowhere. */
    private String current() throws IOException {
        Path link = board.packages().resolve("current");
        return Files.exists(link) ? Files.readSymbolicLink(link).toString() : "";
    }

    byte[] newContent() {
        return newContent;
    }

    /** Returns both packages by their names. */
    Map<String, byte[]> published() {
        return Map.of(OLD, oldContent, NEW, newContent);
    }

    /** Returns a file of the board's state. */
    Path state(String name) {
        return board.file(".ota-client").resolve(name);
    }

    @Override
    public void close() {
        if (!isGuest) {
            server.close();
        }
    }

    /** Removes a folder and all in it, if it is there. */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path emptied, IOException failure) throws IOException {
                Files.delete(emptied);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
