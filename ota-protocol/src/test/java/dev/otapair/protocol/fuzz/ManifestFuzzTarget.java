package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** What somebody with a key may have signed: read as the one manifest that is written like that, or refused; and all of it in its folder. */
public final class ManifestFuzzTarget {
    private static final Path FOLDER = Path.of("/releases/1");

    private ManifestFuzzTarget() {}

    /** @param data a manifest's text */
    public static void fuzzerTestOneInput(byte[] data) {
        Manifest manifest;
        try {
            manifest = Manifest.parse(data.clone());
        } catch (OtaException e) {
            if (e.code() != ErrorCode.METADATA_REJECTED) {
                throw new AssertionError("refused as something else", e);
            }
            return;
        }
        require(Arrays.equals(manifest.toBytes(), data), "written in another way");
        require(new Manifest(manifest.entries()).equals(manifest), "its entries are another one");
        require(manifest.changeFrom(Optional.of(manifest)).added() == 0, "it differs from itself");
        for (int i = 0; i < manifest.entries().size(); i++) {
            ManifestEntry entry = manifest.entries().get(i);
            Path path = FOLDER.resolve(entry.path());
            require(path.normalize().equals(path) && path.startsWith(FOLDER) && !path.equals(FOLDER), entry.path());
            require(
                    !(entry instanceof ManifestEntry.File file)
                            || manifest.objects().get(manifest.objectOf(i)).equals(file.content()),
                    "a file is another object");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
