package dev.otapair.client.torture;

import dev.otapair.client.testing.Board;
import dev.otapair.protocol.testing.SystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A {@link Scene} in a temporary folder, and the real client as a program to play in it. Not thread-safe. */
final class Stage implements AutoCloseable {
    /** Arrives in some five writes, and fast. */
    static final int PACKAGE_BYTES = 200_000;

    private final Path folder;
    private final Scene scene;
    private final ClientProgram program;

    private Stage(Path folder, Scene scene, ClientProgram program) {
        this.folder = folder;
        this.scene = scene;
        this.program = program;
    }

    /** Sets it up; takes two seconds. */
    static Stage create(int packageBytes) throws IOException, InterruptedException {
        Path folder = newFolder();
        return create(folder, new Scene(folder, packageBytes));
    }

    /** As above, for releases that are unpacked; its boards are {@link #copied}. */
    static Stage createUnpacking() throws IOException, InterruptedException {
        Path folder = newFolder();
        Stage stage = create(folder, Scene.ofTrees(folder, Installs::fit));
        stage.scene.prepareCopies();
        return stage;
    }

    private static Path newFolder() throws IOException {
        return MemoryFolder.create("ota-torture-").toRealPath();
    }

    private static Stage create(Path folder, Scene scene) throws IOException, InterruptedException {
        Board model = scene.fresh(folder.resolve("board"), scene.address());
        Path jars = Files.createDirectory(folder.resolve("jars"));
        return new Stage(folder, scene, ClientProgram.create(jars, model));
    }

    Scene scene() {
        return scene;
    }

    ClientProgram program() {
        return program;
    }

    /** Makes the one board there is as good as new: it has the old release, and the new one is on offer. */
    Board fresh() throws IOException {
        return scene.fresh(folder.resolve("board"), scene.address());
    }

    /** As above, faster: the board has asked the server before. */
    Board copied() throws IOException {
        return scene.copied(folder.resolve("board"), scene.address());
    }

    /** Returns the program's update of a board, whose calls to the kernel can be made to fail. */
    SystemCalls traced(Board board) {
        return traced(program.update(board), board);
    }

    /** As above, of a release that does not work: to take it back is the good end. */
    SystemCalls tracedWayBack(Board board) {
        return traced(program.takenBackUpdate(board), board);
    }

    private SystemCalls traced(List<String> command, Board board) {
        return new SystemCalls(command, board.folder(), folder.resolve("trace"));
    }

    /** Returns a file beside the board. */
    Path beside(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() throws IOException {
        scene.close();
        Scene.remove(folder);
    }
}
