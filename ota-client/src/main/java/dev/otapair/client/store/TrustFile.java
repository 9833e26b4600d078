package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.release.UtcSeconds;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;

/**
 * The {@link TrustState} on disk, in a file of its own: it is rarely written, and not lost with the record of what is installed.
 *
 * <pre>
 * ota-client-trust/1
 * floor=38
 * newest=2026-11-22T10:00:00Z
 * signed=true
 * revoked=0123456789abcdef
 * crc32c=0a1b2c3d
 * </pre>
 *
 * It is kept twice, as {@code trust} and {@code trust.copy}: when one is damaged, the other one counts. With both damaged the
 * board requires signatures: to forget that is what somebody would damage them for.
 */
public final class TrustFile {
    private static final Logger LOG = Loggers.of(TrustFile.class);
    private static final String KIND = "ota-client-trust/1";
    private static final String FLOOR = "floor=";
    private static final String NEWEST = "newest=";
    private static final String SIGNED = "signed=";
    private static final String REVOKED = "revoked=";

    private final CheckedFile file;
    private final CheckedFile copy;

    /** @param folder the state folder; must exist before {@link #write} */
    public TrustFile(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("trust"), KIND, files);
        this.copy = new CheckedFile(folder.resolve("trust.copy"), KIND, files);
    }

    /**
     * Reads what is remembered.
     *
     * @throws OtaException IO_ERROR if neither file can be read
     */
    public TrustState read() {
        boolean neverWas = !file.exists() && !copy.exists();
        if (neverWas) {
            return TrustState.NONE;
        }
        return file.soundBeside(copy, TrustFile::parse)
                .or(() -> {
                    LOG.warn("{} is damaged or gone: its copy counts", file);
                    return copy.sound(TrustFile::parse);
                })
                .orElseGet(() -> {
                    LOG.warn("{} is damaged too: floor and revoked keys are not known, signatures are required", copy);
                    return TrustState.NONE.requiring();
                });
    }

    /**
     * Writes both files anew where one of them is damaged or gone: the other one may be next.
     *
     * @throws OtaException CANNOT_WRITE; the sound one is kept
     */
    public void repair() {
        Optional<TrustState> first = file.soundBeside(copy, TrustFile::parse);
        Optional<TrustState> second = copy.soundBeside(file, TrustFile::parse);
        if (first.isPresent() != second.isPresent()) {
            LOG.warn("{} was damaged or is gone, and is written anew", first.isPresent() ? copy : file);
            write(first.or(() -> second).orElseThrow());
        }
    }

    /**
     * Remembers it for good.
     *
     * @throws OtaException CANNOT_WRITE; what was remembered before is kept
     */
    public void write(TrustState state) {
        copy.write(textOf(state));
        file.write(textOf(state));
    }

    private static TrustState parse(String text) {
        List<String> lines = Lines.of(text);
        SortedSet<KeyId> revoked = new TreeSet<>();
        for (String line : lines) {
            if (line.startsWith(REVOKED)) {
                revoked.add(new KeyId(line.substring(REVOKED.length())));
            }
        }
        TrustState state = new TrustState(
                Long.parseLong(Lines.value(lines, FLOOR).orElse("0")),
                Lines.value(lines, NEWEST).map(UtcSeconds::parse),
                Lines.value(lines, SIGNED).map(Boolean::parseBoolean).orElse(true),
                revoked);
        if (state.floor() < 0
                || state.floor() > Standing.MAX_RELEASE
                || !textOf(state).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return state;
    }

    private static String textOf(TrustState state) {
        StringBuilder text = new StringBuilder(FLOOR).append(state.floor()).append('\n');
        state.newest()
                .ifPresent(time ->
                        text.append(NEWEST).append(UtcSeconds.text(time)).append('\n'));
        text.append(SIGNED).append(state.signed()).append('\n');
        state.revoked().forEach(key -> text.append(REVOKED).append(key).append('\n'));
        return text.toString();
    }
}
