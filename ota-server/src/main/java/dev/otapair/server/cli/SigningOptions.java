package dev.otapair.server.cli;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** What the commands that make or sign releases have in common. */
final class SigningOptions {
    @Option(
            names = "--key",
            paramLabel = "FILE",
            description = "Private key to sign with, PEM (Ed25519), as 'ota-server keygen' or openssl makes it. May be"
                    + " given more than once: a release can have up to 4 signatures.")
    private List<Path> keys = List.of();

    List<SigningKey> keys() {
        return keys.stream().map(SigningOptions::read).toList();
    }

    boolean isGiven() {
        return !keys.isEmpty();
    }

    private static SigningKey read(Path file) {
        try {
            return SigningKey.read(file);
        } catch (NoSuchFileException e) {
            throw new OtaException(ErrorCode.IO_ERROR, file + " does not exist", e);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        } catch (IllegalArgumentException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID, "%s is of no use as a key: %s".formatted(file, FileFault.why(e)), e);
        }
    }
}
