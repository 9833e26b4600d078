package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What the application says of the release that is proving itself, on disk: between {@code ota-client confirm} or {@code reject} and the
 * run that waits for it.
 */
public final class Answer {
    private static final String KIND = "ota-client-answer/1";

    private final CheckedFile file;

    /** What it says. */
    public enum Word {
        CONFIRM,
        REJECT
    }

    /** @param folder the state folder; must exist before {@link #write} */
    public Answer(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("answer"), KIND, files);
    }

    /** Returns what was said of a release; of another one nothing counts. */
    public Optional<Word> read(Deployment about) {
        return file.read(text -> text, "nobody has confirmed anything")
                .filter(text -> text.endsWith("\t" + about.toLine() + "\n"))
                .map(text -> Word.valueOf(text.substring(0, text.indexOf('\t')).toUpperCase(Locale.ROOT)));
    }

    /**
     * Says it of a release. A run may be waiting for it: the lock is that one's.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void write(Word word, Deployment about) {
        file.writeUnlocked("%s\t%s\n".formatted(word.name().toLowerCase(Locale.ROOT), about.toLine()));
    }

    /** @throws OtaException CANNOT_WRITE */
    public void clear() {
        file.clear();
    }
}
