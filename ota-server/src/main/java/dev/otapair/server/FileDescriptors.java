package dev.otapair.server;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.server.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;

/** Keeps the number of connections within what the system lets this process open. */
final class FileDescriptors {
    private static final Logger LOG = Loggers.of(FileDescriptors.class);
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+([0-9]+)");

    /** For packages, pieces of plans, jars, the log, and whatever runs at the same time. */
    private static final int RESERVED = 256;

    private FileDescriptors() {}

    /** Returns the limits, with fewer connections where there would not be descriptors for all of them. */
    static ServerConfig.Limits bound(ServerConfig.Limits limits) {
        int room = Math.max(1, available() - RESERVED);
        if (limits.maxConnections() <= room) {
            return limits;
        }
        LOG.warn(
                "max_connections = {} is more than the {} the system allows; raise LimitNOFILE (ulimit -n)",
                limits.maxConnections(),
                room);
        return new ServerConfig.Limits(
                limits.maxClients(), room, limits.maxPerAddress(), limits.bandwidth(), limits.clientBandwidth());
    }

    private static int available() {
        try {
            Matcher matcher = OPEN_FILES.matcher(Files.readString(LIMITS));
            return matcher.find()
                    ? (int) Math.min(Integer.MAX_VALUE, Long.parseLong(matcher.group(1)))
                    : Integer.MAX_VALUE;
        } catch (IOException e) {
            LOG.debug("{} cannot be read: {}", LIMITS, FileFault.why(e));
            return Integer.MAX_VALUE;
        }
    }
}
