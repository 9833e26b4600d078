package dev.otapair.client.store;

import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Request.Standing;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * The installed release on disk, in a small text file that checks itself:
 *
 * <pre>
 * ota-client-state/1
 * installed=fw-1.4.0.tar.gz
 * release=42
 * version=1.4.0
 * sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
 * crc32c=0a1b2c3d
 * </pre>
 *
 * What is not known has no line, but for the name. A file that is not exactly what was once written is put aside, and the
 * generation before counts; with both gone nothing is known: the board then installs what is on offer.
 *
 * @see "docs/reliability.md, section 1: What is written, and how"
 */
public final class StateFile {
    private static final Logger LOG = Loggers.of(StateFile.class);
    private static final String KIND = "ota-client-state/1";
    private static final String INSTALLED = "installed=";
    private static final String RELEASE = "release=";
    private static final String VERSION = "version=";
    private static final String SHA256 = "sha256=";

    private final CheckedFile file;
    private final CheckedFile before;
    private final Path broken;

    /** @param folder the state folder; must exist before {@link #write} */
    public StateFile(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("state"), KIND, files);
        this.before = new CheckedFile(folder.resolve("state.old"), KIND, files);
        this.broken = folder.resolve("state.broken");
    }

    /**
     * Reads the state. Changes nothing.
     *
     * @param seed what counts as installed when there never was a state
     * @throws OtaException IO_ERROR if the file cannot be read at all, and there is no generation before
     */
    public InstalledRelease read(Optional<PackageName> seed) {
        return latest().or(() -> sound(before)).orElseGet(() -> {
            boolean neverWas = !file.exists() && !before.exists() && !Files.exists(broken, LinkOption.NOFOLLOW_LINKS);
            return neverWas ? InstalledRelease.seeded(seed) : InstalledRelease.NONE;
        });
    }

    /**
     * Puts a damaged state aside, and the generation before in its place.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void repair() {
        if (latest().isPresent() || !file.exists() && !before.exists()) {
            return;
        }
        if (file.exists()) {
            file.putAside(broken);
        }
        Optional<InstalledRelease> last = sound(before);
        LOG.warn(
                "{} was damaged or is gone: {}",
                file,
                last.map(release -> "the record before counts, " + release)
                        .orElse("what is installed counts as unknown"));
        write(last.orElse(InstalledRelease.NONE));
    }

    /**
     * Records the seed, or that there is none, if there never was a state: from then on an edit of the configuration changes nothing.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void adopt(Optional<PackageName> seed) {
        if (!file.exists()) {
            write(read(seed));
        }
    }

    /**
     * Records what is installed; durable when this returns.
     *
     * @throws OtaException CANNOT_WRITE; the state before is kept
     */
    public void write(InstalledRelease installed) {
        keepGeneration();
        file.write(textOf(installed));
    }

    /** A record that cannot be read is worth no generation. */
    private void keepGeneration() {
        Optional<InstalledRelease> last;
        try {
            last = sound(file);
        } catch (OtaException e) {
            return;
        }
        last.ifPresent(release -> before.write(textOf(release)));
    }

    private Optional<InstalledRelease> latest() {
        return file.soundBeside(before, StateFile::parse);
    }

    private static Optional<InstalledRelease> sound(CheckedFile file) {
        return file.sound(StateFile::parse);
    }

    private static InstalledRelease parse(String text) {
        List<String> lines = Lines.of(text);
        InstalledRelease installed = new InstalledRelease(
                Lines.value(lines, INSTALLED).filter(name -> !name.isEmpty()).map(PackageName::new),
                Lines.value(lines, RELEASE).map(Long::parseLong).orElse(0L),
                Lines.value(lines, VERSION).orElse(""),
                Lines.value(lines, SHA256).map(hex -> new Digest(Digest.Algorithm.SHA256, hex)));
        if (installed.release() < 0
                || installed.release() > Standing.MAX_RELEASE
                || !textOf(installed).equals(text)) {
            throw new IllegalArgumentException("not as it is written");
        }
        return installed;
    }

    private static String textOf(InstalledRelease installed) {
        StringBuilder text = new StringBuilder(INSTALLED).append(installed).append('\n');
        if (installed.release() > 0) {
            text.append(RELEASE).append(installed.release()).append('\n');
        }
        if (!installed.version().isEmpty()) {
            text.append(VERSION).append(installed.version()).append('\n');
        }
        installed
                .sha256()
                .ifPresent(digest -> text.append(SHA256).append(digest.hex()).append('\n'));
        return text.toString();
    }
}
