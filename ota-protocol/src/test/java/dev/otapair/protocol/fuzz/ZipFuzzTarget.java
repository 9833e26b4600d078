package dev.otapair.protocol.fuzz;

import dev.otapair.protocol.delta.Zips;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/** Whatever a form says, a zip of the right size is made or it is refused, in bounds; and whatever a zip says, it comes back of its form. */
public final class ZipFuzzTarget {
    private static final Path FOLDER = Scratch.folder("zip");

    private ZipFuzzTarget() {}

    /** @param data how long the zip is that has to come of it, by 2 bytes, and a form; or a zip */
    public static void fuzzerTestOneInput(byte[] data) {
        try {
            if (data.length >= 2) {
                rebuild(data);
            }
            if (!Zips.comesBack(FOLDER, data)) {
                throw new AssertionError("another zip comes back");
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void rebuild(byte[] data) throws IOException {
        int size = (data[0] & 0xff) << 8 | data[1] & 0xff;
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try {
            Zips.rebuild(new ByteArrayInputStream(data, 2, data.length - 2), zip, size);
            if (zip.size() != size) {
                throw new AssertionError("%d bytes are made, not %d".formatted(zip.size(), size));
            }
        } catch (OtaException e) {
            if (e.code() != ErrorCode.DIGEST_MISMATCH || zip.size() > size) {
                throw new AssertionError("%d bytes are made of %d".formatted(zip.size(), size), e);
            }
        }
    }
}
