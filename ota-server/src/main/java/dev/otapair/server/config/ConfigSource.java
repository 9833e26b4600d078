package dev.otapair.server.config;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.OtaException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running configuration, and the file it came from. An edit of the file replaces the running configuration once it
 * is valid; one that is not is logged, once, and changes nothing. Thread-safe.
 */
public final class ConfigSource {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigSource.class);

    private final Path file;
    private FileStamp stamp;
    private List<String> warned = List.of();
    private volatile ServerConfig current;

    private ConfigSource(Path file) {
        this.file = file;
        this.stamp = FileStamp.of(file);
        this.current = load();
    }

    /**
     * Reads a file for the first time.
     *
     * @param file absolute
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    public static ConfigSource open(Path file) {
        return new ConfigSource(file);
    }

    /** Returns the configuration that is in force. */
    public ServerConfig current() {
        return current;
    }

    /**
     * Takes over an edit of the file, if there is one. Costs one look at the file's attributes when there is none.
     *
     * @param changed called with the new configuration, before this returns
     */
    public synchronized void refresh(Consumer<ServerConfig> changed) {
        FileStamp now = FileStamp.of(file);
        boolean edited = !now.equals(stamp);
        if (edited || stamp.isFresh()) {
            reload(changed, now, edited);
        }
    }

    /** Takes over the file's content, whether it looks edited or not, and says so: SIGHUP. */
    public synchronized void reload(Consumer<ServerConfig> changed) {
        reload(changed, FileStamp.of(file), true);
    }

    private void reload(Consumer<ServerConfig> changed, FileStamp now, boolean tell) {
        stamp = now;
        try {
            ServerConfig edited = load();
            if (!edited.equals(current)) {
                current = edited;
                LOG.info("{}: the edit is in force", file);
                changed.accept(edited);
            } else if (tell) {
                LOG.info("{}: read again, nothing changed", file);
            }
        } catch (OtaException e) {
            if (tell) {
                e.getMessage().lines().forEach(LOG::error);
                LOG.error("{}: the edit is not in force; the configuration before it goes on", file);
            }
        }
    }

    private ServerConfig load() {
        IniFile ini = IniFile.read(file);
        List<String> unknown = ini.unknownKeys(KnownKeys.bySection());
        if (!unknown.equals(warned)) {
            unknown.forEach(LOG::warn);
            warned = unknown;
        }
        return ServerConfig.read(ini);
    }
}
