package dev.otapair.server.fuzz;

import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Product;
import dev.otapair.server.release.OfferBook;
import dev.otapair.server.release.PublishedOffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Whatever is found in the folder of offers: an offer as it was written, or a fault; never half of one. */
public final class OfferFuzzTarget {
    private static final DurableFiles FILES = new DurableFiles();
    private static final Path STATE = folder();
    private static final Path FILE = OfferBook.folder(STATE).resolve("default");

    private OfferFuzzTarget() {}

    /** @param data with an odd first byte the whole file, else its lines, to which the right checksum is put */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(data, 1, data.length);
        byte[] content =
                (data[0] & 1) == 1 ? rest : CheckedText.seal("ota-offer/1", new String(rest, StandardCharsets.UTF_8));
        try {
            Files.write(FILE, content);
            OfferBook book = new OfferBook(STATE, FILES);
            List<String> faults = new ArrayList<>();
            Map<Product, PublishedOffer> offers = book.read(faults);
            if (offers.size() + faults.size() != 1) {
                throw new AssertionError("one file is %s and %s".formatted(offers, faults));
            }
            for (PublishedOffer offer : offers.values()) {
                book.put(offer);
                if (!Arrays.equals(Files.readAllBytes(FILE), content)) {
                    throw new AssertionError("an offer that nobody wrote was believed: " + offer);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder() {
        try {
            Path shared = Path.of("/dev/shm");
            Path state = Files.isWritable(shared)
                    ? Files.createTempDirectory(shared, "fuzz-offers")
                    : Files.createTempDirectory("fuzz-offers");
            Files.createDirectory(OfferBook.folder(state));
            return state;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
