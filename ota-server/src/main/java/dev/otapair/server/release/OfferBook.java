package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.CheckedText;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.files.Folders;
import dev.otapair.protocol.log.LogText;
import dev.otapair.protocol.message.Octets;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is offered, by product: a file each, in {@code offers} of the state folder, with all that boards are told. So one rename
 * switches from one offer to the next, and any server that reads the folder offers the same.
 *
 * <pre>
 * ota-offer/1
 * state=offered
 * meta=BASE64
 * sig=KEYID:BASE64
 * crc32c=0a1b2c3d
 * </pre>
 *
 * Written by the administrator's commands, under a {@link PublishLock}; only read by the daemon. Stateless.
 */
public final class OfferBook {
    private static final String KIND = "ota-offer/1";
    private static final String OFFERED = "state=offered";
    private static final String WITHDRAWN = "state=withdrawn";
    private static final String METADATA = "meta=";
    private static final String SIGNATURE = "sig=";

    private final Path folder;
    private final DurableFiles files;

    /** @param stateFolder of the server; need not exist */
    public OfferBook(Path stateFolder, DurableFiles files) {
        this.folder = folder(stateFolder);
        this.files = files;
    }

    /** Returns where the offers are; whatever changes there changes the folder's own time. */
    public static Path folder(Path stateFolder) {
        return stateFolder.resolve("offers");
    }

    /**
     * Reads all offers.
     *
     * @param faults gets a sentence for each one that cannot be read, and is left out
     */
    public Map<Product, PublishedOffer> read(List<String> faults) {
        Map<Product, PublishedOffer> offers = new TreeMap<>();
        try {
            for (Path file : Folders.list(folder, name -> !name.startsWith("."))) {
                try {
                    Product product = new Product(file.getFileName().toString());
                    read(product).ifPresent(offer -> offers.put(product, offer));
                } catch (OtaException e) {
                    faults.add("an offer is left out: " + e.getMessage());
                } catch (IllegalArgumentException e) {
                    faults.add("%s is left out, it is no offer: %s".formatted(file, e.getMessage()));
                }
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        } catch (IOException e) {
            faults.add("%s cannot be read: %s".formatted(folder, FileFault.why(e)));
        }
        return offers;
    }

    /**
     * Reads the offer of one product.
     *
     * @throws OtaException IO_ERROR if it is damaged or cannot be read
     */
    public Optional<PublishedOffer> read(Product product) {
        Path file = fileOf(product);
        try {
            String lines = CheckedText.read(file, KIND)
                    .orElseThrow(() -> new IllegalArgumentException("it is damaged, or no offer"));
            PublishedOffer offer = parse(lines.lines().toList());
            if (!offer.release().metadata().product().equals(product)) {
                throw new IllegalArgumentException("it is of another product");
            }
            return Optional.of(offer);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException | OtaException e) {
            throw new OtaException(
                    ErrorCode.IO_ERROR,
                    "%s: %s. Remove the file, and publish for that product anew".formatted(file, e.getMessage()),
                    e);
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    /**
     * Makes this the offer of its product, from one moment to the next, for good.
     *
     * @throws OtaException CANNOT_WRITE; then the offer before is the offer
     */
    public void put(PublishedOffer offer) {
        Path file = fileOf(offer.release().metadata().product());
        try {
            files.ensureWritableFolder(folder);
            files.replace(file, CheckedText.seal(KIND, textOf(offer)), DurableFiles.Readers.EVERYBODY);
        } catch (IOException e) {
            throw FileFault.unwritable(file, e);
        }
    }

    private Path fileOf(Product product) {
        return folder.resolve(product.value());
    }

    private static String textOf(PublishedOffer offer) {
        SignedMetadata signed = offer.release().signed();
        StringBuilder text = new StringBuilder(offer.isWithdrawn() ? WITHDRAWN : OFFERED)
                .append('\n')
                .append(METADATA)
                .append(signed.bytes().toBase64())
                .append('\n');
        signed.signatures()
                .forEach(signature ->
                        text.append(SIGNATURE).append(signature.toText()).append('\n'));
        return text.toString();
    }

    private static PublishedOffer parse(List<String> lines) {
        Iterator<String> left = lines.iterator();
        String state = next(left, "state=");
        Octets metadata = Octets.ofBase64(next(left, METADATA).substring(METADATA.length()));
        List<Signature> signatures = new ArrayList<>();
        while (left.hasNext()) {
            signatures.add(Signature.ofText(next(left, SIGNATURE).substring(SIGNATURE.length())));
        }
        if (!state.equals(OFFERED) && !state.equals(WITHDRAWN)) {
            throw new IllegalArgumentException("'%s' is no state".formatted(LogText.ofPeer(state)));
        }
        return new PublishedOffer(SignedRelease.of(new SignedMetadata(metadata, signatures)), state.equals(WITHDRAWN));
    }

    private static String next(Iterator<String> lines, String start) {
        String line = lines.hasNext() ? lines.next() : "";
        if (!line.startsWith(start)) {
            throw new IllegalArgumentException("a line '%s' is missing".formatted(start));
        }
        return line;
    }
}
