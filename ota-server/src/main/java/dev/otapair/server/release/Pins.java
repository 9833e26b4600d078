package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The releases that are never cleaned away: {@code pins} of the state folder, a name per line. Changed under the publisher's lock.
 * Stateless.
 */
final class Pins {
    /** What a {@link CheckedText} of the longest names has room for. */
    static final int MAX = 300;

    private static final String KIND = "ota-pins/1";

    private final Path file;
    private final DurableFiles files;

    Pins(Path stateFolder, DurableFiles files) {
        this.file = stateFolder.resolve("pins");
        this.files = files;
    }

    /**
     * Returns their names; none is no fault.
     *
     * @throws OtaException IO_ERROR if the file is damaged or cannot be read: then nobody knows what is to stay
     */
    SortedSet<PackageName> read() {
        SortedSet<PackageName> names = new TreeSet<>(Comparator.comparing(PackageName::value));
        try {
            CheckedText.read(file, KIND)
                    .orElseThrow(() -> new IllegalArgumentException("the checksum is wrong"))
                    .lines()
                    .forEach(line -> names.add(new PackageName(line)));
        } catch (NoSuchFileException e) {
            return names;
        } catch (IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR,
                    "%s is damaged: %s. Remove the file, and pin again what is to stay".formatted(file, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
        return names;
    }

    /** @throws OtaException CANNOT_WRITE if there are more than {@value #MAX}, or the disk fails; then they are what they were */
    void write(Collection<PackageName> names) {
        if (names.size() > MAX) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE, "%d releases would be pinned, %d can be".formatted(names.size(), MAX));
        }
        String lines = names.stream().map(name -> name + "\n").collect(Collectors.joining());
        try {
            files.replace(file, CheckedText.seal(KIND, lines), DurableFiles.Readers.EVERYBODY);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }
}
