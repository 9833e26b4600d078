package dev.otapair.client.store;

import dev.otapair.protocol.auth.RandomBytes;
import dev.otapair.protocol.auth.Sha256;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Alphabet;
import dev.otapair.protocol.message.DeviceId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;

/**
 * Who a board is when nobody has named it: a hash of the system's machine-id, which itself is nobody's business; where
 * there is none, a random id that is kept.
 */
public final class BoardIdentity {
    private static final Logger LOG = Loggers.of(BoardIdentity.class);
    private static final List<Path> MACHINE_IDS =
            List.of(Path.of("/etc/machine-id"), Path.of("/var/lib/dbus/machine-id"));
    private static final int HEX_DIGITS = 32;

    private BoardIdentity() {}

    /**
     * Returns the board's id, the same in every run.
     *
     * @param stateFolder where a random id is kept
     * @throws OtaException CANNOT_WRITE if there is no machine-id and a random id cannot be kept
     */
    public static DeviceId of(Path stateFolder, DurableFiles files) {
        return of(MACHINE_IDS, stateFolder, files);
    }

    /** As above, with other places of the machine-id. */
    static DeviceId of(List<Path> machineIds, Path stateFolder, DurableFiles files) {
        for (Path each : machineIds) {
            Optional<String> machineId = read(each);
            if (machineId.isPresent()) {
                return hashed(machineId.get());
            }
        }
        return kept(stateFolder.resolve("device-id"), files);
    }

    private static DeviceId kept(Path file, DurableFiles files) {
        Optional<String> before = read(file);
        if (before.isPresent()) {
            return new DeviceId(before.get());
        }
        if (Files.exists(file)) {
            LOG.warn(
                    "{} is damaged, or cannot be read: the board gets another id; 'device_id' in config.ini keeps one",
                    file);
        }
        String id = HexFormat.of().formatHex(RandomBytes.of(HEX_DIGITS / 2));
        try {
            files.ensureWritableFolder(file.getParent());
            new UnlockedFiles(files).replace(file, (id + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CANNOT_WRITE,
                    "%s cannot be written: %s; this board has no machine-id, so set device_id"
                            .formatted(file, FileFault.why(e)),
                    e);
        }
        return new DeviceId(id);
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip())
                    .filter(text -> Alphabet.LOWER_HEX.isWord(text, HEX_DIGITS, HEX_DIGITS));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static DeviceId hashed(String machineId) {
        byte[] salted = ("ota-device-id\0" + machineId).getBytes(StandardCharsets.US_ASCII);
        return new DeviceId(Sha256.hex(salted).substring(0, HEX_DIGITS));
    }
}
