package dev.otapair.client.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.otapair.protocol.delta.Coding;
import dev.otapair.protocol.delta.NewContent;
import dev.otapair.protocol.delta.OldContent;
import dev.otapair.protocol.delta.PatchWriter;
import dev.otapair.protocol.delta.ZipPatch;
import dev.otapair.protocol.error.OtaException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A zip is made of the old one and a piece, and nothing else is left. */
class ZipPieceTest {
    @TempDir
    private Path folder;

    private Path old;
    private Path wanted;
    private Path piece;
    private Path form;

    @BeforeEach
    void makePiece() throws IOException {
        old = zip("old", "the old text\n".repeat(500));
        wanted = zip("new", "the old text\n".repeat(499) + "and a new one");
        piece = folder.resolve("piece");
        form = folder.resolve("piece.form");
        try (FileChannel from = open(old);
                FileChannel to = open(wanted);
                FileChannel fromForm = open(folder.resolve("a"));
                FileChannel toForm = open(folder.resolve("b"));
                OutputStream out = Files.newOutputStream(piece)) {
            ZipPatch.prepare(content(from), fromForm, content(to), toForm, 1 << 20)
                    .orElseThrow()
                    .write(new PatchWriter(folder, ZipPieceTest::code), out);
        }
    }

    @Test
    void zipIsMadeOfTheOldOne() throws IOException {
        Files.writeString(form, "what a power cut left there, which is longer than the form\n".repeat(1000));

        Path made = decode(Files.size(wanted));

        assertThat(made).hasSameBinaryContentAs(wanted);
        assertThat(form).doesNotExist();
    }

    @Test
    void nothingIsLeftOfAPieceThatIsRefused() {
        assertThatThrownBy(() -> decode(Files.size(wanted) + 1)).isInstanceOf(OtaException.class);

        assertThat(form).doesNotExist();
    }

    /** Whoever can write there could put a link in place of the form. */
    @Test
    void linkIsNotFollowed() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "precious");
        Files.createSymbolicLink(form, other);

        assertThatThrownBy(() -> decode(Files.size(wanted))).isInstanceOf(IOException.class);

        assertThat(other).hasContent("precious");
    }

    private Path decode(long size) throws IOException {
        Path made = folder.resolve("made");
        try (FileChannel from = open(old);
                FileChannel to = open(made)) {
            PieceDecoders.of(Coding.ZIP_BSDIFF).decode(piece, content(from), size, NewContent.of(to));
        }
        return made;
    }

    private Path zip(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("text"));
            zip.write(text.getBytes(StandardCharsets.UTF_8));
            zip.closeEntry();
        }
        return file;
    }

    private static OldContent content(FileChannel file) throws IOException {
        return OldContent.of(file, file.size());
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static void code(InputStream plain, long length, int window, OutputStream coded) throws IOException {
        coded.write(Zstd.compress(plain.readAllBytes(), 3));
    }
}
