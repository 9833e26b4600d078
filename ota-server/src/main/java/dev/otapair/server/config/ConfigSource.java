package dev.otapair.server.config;

import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.release.OfferBook;
import dev.otapair.server.store.FileStamp;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;

/**
 * The running configuration, and the files it came from. An edit of a file replaces the running configuration once it is
 * valid and all that it needs is there; one of which that is not so is logged, once, and changes nothing. Thread-safe.
 */
public final class ConfigSource {
    private static final Logger LOG = Loggers.of(ConfigSource.class);

    private final Path file;
    private final Map<String, String> environment;

    /** The config file, first, and what it names: devices, certificates; the folders of published offers and of packages. */
    private List<Path> watched;

    private List<FileStamp> stamps;
    private List<String> warned = List.of();

    /** The fault of the edit that is not in force, as it was told; empty while there is none. */
    private volatile String toldFault = "";

    private volatile ServerConfig current;

    /** Who runs by the configuration. */
    @FunctionalInterface
    public interface Follower {
        /**
         * Builds all that another configuration needs, and changes nothing: what fails here leaves everything as it was.
         *
         * @return takes over what was built; called at once, and not to fail
         * @throws OtaException to refuse the edit
         */
        Runnable prepare(ServerConfig edited);
    }

    /** An edit for which all is built. */
    private record Edit(ServerConfig config, Runnable takeOver) {}

    private ConfigSource(Path file, Map<String, String> environment) {
        this.file = file;
        this.environment = environment;
        this.watched = List.of(file);
        this.stamps = stamps();
        this.current = load();
    }

    /**
     * Reads a file for the first time.
     *
     * @param file absolute
     * @param environment of this process
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    public static ConfigSource open(Path file, Map<String, String> environment) {
        return new ConfigSource(file, environment);
    }

    /** Returns the file that all begins with; absolute. */
    public Path file() {
        return file;
    }

    /** Returns the configuration that is in force. */
    public ServerConfig current() {
        return current;
    }

    /** Says whether the files hold an edit that is of no use. */
    public boolean isEditRefused() {
        return !toldFault.isEmpty();
    }

    /**
     * Takes over an edit of the files, if there is one. Costs one look at their attributes when there is none.
     *
     * @param follower asked when the configuration is another one; an edit for which it fails is refused, like one that is broken
     */
    public synchronized void refresh(Follower follower) {
        List<FileStamp> now = stamps();
        boolean edited = !now.equals(stamps);
        // What could not be read or used may be usable later without one more edit: a folder appears, descriptors are
        // free.
        boolean refused = isEditRefused();
        if (edited || refused || stamps.stream().anyMatch(FileStamp::isFresh)) {
            reload(follower, now, false);
        }
    }

    /**
     * Takes over the files' content, whether they look edited or not, and says so: SIGHUP.
     *
     * @param follower asked as by {@link #refresh}, also when nothing changed: what could not be done before may be now
     */
    public synchronized void reload(Follower follower) {
        reload(follower, stamps(), true);
    }

    private void reload(Follower follower, List<FileStamp> now, boolean tellAll) {
        boolean isFileEdited = !stamps.get(0).equals(now.get(0));
        stamps = now;
        prepared(follower, tellAll).ifPresent(edit -> {
            ServerConfig before = current;
            current = edit.config();
            edit.takeOver().run();
            tellChange(before, edit.config(), isFileEdited);
        });
    }

    /** Returns what is to be taken over, if something is: until then all is as it was. */
    private Optional<Edit> prepared(Follower follower, boolean tellAll) {
        try {
            ServerConfig edited = load();
            boolean isDue = tellAll || !edited.equals(current);
            Optional<Edit> edit = isDue ? Optional.of(new Edit(edited, follower.prepare(edited))) : Optional.empty();
            toldFault = "";
            return edit;
        } catch (OtaException e) {
            if (isNews(e.getMessage(), tellAll)) {
                e.getMessage().lines().forEach(LOG::error);
                tellRefusal();
            }
        } catch (RuntimeException e) {
            // The configuration before is known to work: better than to go on with half of this one.
            if (isNews(e.toString(), tellAll)) {
                LOG.error("{} cannot be taken over, by a defect of the server: undo the edit", file, e);
                tellRefusal();
            }
        }
        return Optional.empty();
    }

    /** Remembers the fault; says whether it is to be told. */
    private boolean isNews(String fault, boolean tellAll) {
        boolean isNews = tellAll || !fault.equals(toldFault);
        toldFault = fault;
        return isNews;
    }

    private void tellRefusal() {
        LOG.error("{}: the edit is not in force; the configuration before it goes on", file);
    }

    /** Who published has edited nothing. */
    private void tellChange(ServerConfig before, ServerConfig edited, boolean isFileEdited) {
        if (before.equals(edited)) {
            LOG.info("{}: read again, nothing changed", file);
        } else if (!isFileEdited && before.differsInOffersOnly(edited)) {
            LOG.info("{}: what is on offer has changed", edited.offers().folder());
        } else {
            LOG.info("{}: the edit is in force", file);
        }
    }

    private ServerConfig load() {
        IniFile ini = IniFile.read(file);
        watch(ini);
        List<String> unknown = ini.unknownKeys(KnownKeys.bySection());
        if (!unknown.equals(warned)) {
            unknown.forEach(LOG::warn);
            warned = unknown;
        }
        return ServerConfig.read(ini, environment);
    }

    /** What is named from now on has no stamp yet: the next look finds a change, and reads once more. */
    private void watch(IniFile ini) {
        IniSection section = ini.section(KnownKeys.SERVER, new ConfigFaults());
        Stream<Path> named = Stream.of("path", "security_file", "devices", "tls_cert", "tls_key", "tls_client_ca")
                .flatMap(key -> section.path(key).stream());
        Path offers = OfferBook.folder(ServerConfig.stateFolder(section, environment));
        watched = Stream.concat(Stream.of(file, offers), named).toList();
    }

    private List<FileStamp> stamps() {
        return watched.stream().map(FileStamp::of).toList();
    }
}
