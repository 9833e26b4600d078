package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.LogLevel;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Whatever stands in a config.ini, reading it ends, and fails as CONFIG_INVALID or not at all. */
public final class IniFuzzTarget {
    private static final Path FILE = temporaryFile();
    private static final List<String> KEYS =
            List.of("security", "path", "latest", "port", "queue_timeout", "bandwidth");

    private IniFuzzTarget() {}

    /** @param data a config.ini */
    public static void fuzzerTestOneInput(byte[] data) {
        try {
            Files.write(FILE, data);
            read(IniFile.read(FILE));
        } catch (OtaException e) {
            if (e.code() != ErrorCode.CONFIG_INVALID || !e.getMessage().contains(FILE.toString())) {
                throw new AssertionError("refused by another code, or without the file's name", e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(IniFile file) {
        file.unknownKeys(KnownKeys.bySection());
        ConfigFaults faults = new ConfigFaults();
        for (String name : file.sectionNames()) {
            if (name.startsWith(KnownKeys.PRODUCT_PREFIX)) {
                file.section(name, faults).value("latest", "a product", Product::new);
            }
            read(file.section(name, faults));
        }
        read(file.section(KnownKeys.SERVER, faults));
        read(file.section(KnownKeys.CLIENT, faults));
        faults.throwIfAny();
    }

    private static void read(IniSection section) {
        for (String key : KEYS) {
            section.text(key);
            section.path(key);
            section.number(key, 0, 65535, 1);
            section.duration(key, Duration.ofSeconds(1));
            section.bytes(key);
            section.flag(key, true);
            section.token(key);
            section.choice(key, LogLevel.class, LogLevel.INFO);
            section.value(key, "a name", PackageName::new);
        }
    }

    private static Path temporaryFile() {
        try {
            Path shared = Path.of("/dev/shm");
            Path file = Files.isWritable(shared)
                    ? Files.createTempFile(shared, "fuzz", ".ini")
                    : Files.createTempFile("fuzz", ".ini");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
