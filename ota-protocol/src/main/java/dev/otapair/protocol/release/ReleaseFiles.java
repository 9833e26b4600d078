package dev.otapair.protocol.release;

import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;

/**
 * The files beside a package that say what it is: metadata and signatures, by their names.
 *
 * @see "PROTOCOL.md, section 8: Releases"
 */
public final class ReleaseFiles {
    private static final Logger LOG = Loggers.of(ReleaseFiles.class);
    private static final String METADATA = ".ota.json";
    private static final String SIGNATURE = ".ota.sig.";

    private ReleaseFiles() {}

    /** Returns where the metadata of a package is, or would be. */
    public static Path metadataOf(Path packageFile) {
        return packageFile.resolveSibling(packageFile.getFileName() + METADATA);
    }

    /** Returns where the signature by a key is, or would be. */
    public static Path signatureOf(Path packageFile, KeyId signer) {
        return packageFile.resolveSibling(packageFile.getFileName() + SIGNATURE + signer);
    }

    /** Says whether a file of this name would be taken for one of these. */
    public static boolean isReserved(String fileName) {
        return fileName.endsWith(METADATA) || fileName.contains(SIGNATURE);
    }

    /** Returns the name of the package whose metadata a file holds, if its name is one of those. */
    public static Optional<String> packageNameOf(Path metadataFile) {
        String name = metadataFile.getFileName().toString();
        return name.endsWith(METADATA) && name.length() > METADATA.length()
                ? Optional.of(name.substring(0, name.length() - METADATA.length()))
                : Optional.empty();
    }

    /**
     * Reads what is there.
     *
     * @param packageFile need not exist
     * @return empty when there is no metadata; with {@link SignedMetadata#MAX_SIGNATURES} signatures at most, by key id; those
     *     that cannot be read, or have not the size of one, are left out
     * @throws IOException if the metadata is there and cannot be read, or is larger than it may be
     */
    public static Optional<SignedMetadata> read(Path packageFile) throws IOException {
        byte[] bytes;
        try {
            bytes = readAtMost(metadataOf(packageFile), SignedMetadata.MAX_BYTES);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SignedMetadata(new Octets(bytes), signaturesOf(packageFile)));
        } catch (IllegalArgumentException e) {
            throw fault(metadataOf(packageFile), e.getMessage());
        }
    }

    /**
     * Returns the files of the signatures that are there, by whose they say they are.
     *
     * @throws IOException if the folder cannot be read
     */
    public static TreeMap<KeyId, Path> signatureFilesOf(Path packageFile) throws IOException {
        TreeMap<KeyId, Path> files = new TreeMap<>();
        String start = packageFile.getFileName() + SIGNATURE;
        for (Path file : Folders.list(packageFile.toAbsolutePath().getParent(), name -> name.startsWith(start))) {
            idOf(file.getFileName().toString().substring(start.length())).ifPresent(id -> files.put(id, file));
        }
        return files;
    }

    /**
     * Reads a signature file.
     *
     * @param signer whose it is said to be
     * @throws IOException if it cannot be read, is empty, or is larger than a signature may be
     */
    public static Signature readSignature(Path file, KeyId signer) throws IOException {
        try {
            return new Signature(signer, new Octets(readAtMost(file, Signature.MAX_SIGNATURE_BYTES)));
        } catch (IllegalArgumentException e) {
            throw fault(file, e.getMessage());
        }
    }

    /** A signature file of no use must neither hide the others nor end the reading: it may be gone the next moment. */
    private static List<Signature> signaturesOf(Path packageFile) throws IOException {
        List<Signature> signatures = new ArrayList<>();
        for (var found : signatureFilesOf(packageFile).entrySet()) {
            if (signatures.size() < SignedMetadata.MAX_SIGNATURES) {
                signatureIn(found.getValue(), found.getKey()).ifPresent(signatures::add);
            }
        }
        return signatures;
    }

    private static Optional<Signature> signatureIn(Path file, KeyId signer) {
        try {
            return Optional.of(readSignature(file, signer))
                    .filter(signature -> signature.bytes().length() == VerifyingKey.SIGNATURE_BYTES);
        } catch (IOException e) {
            LOG.warn("{} is left out, boards are not told that signature: {}", file, FileFault.why(e));
            return Optional.empty();
        }
    }

    private static byte[] readAtMost(Path file, int maxBytes) throws IOException {
        // To open a pipe is to wait for somebody who writes into it.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw fault(file, "it is not a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw fault(file, "it is larger than %d bytes".formatted(maxBytes));
            }
            return bytes;
        }
    }

    private static IOException fault(Path file, String reason) {
        return new FileSystemException(file.toString(), null, reason);
    }

    private static Optional<KeyId> idOf(String text) {
        try {
            return Optional.of(new KeyId(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
