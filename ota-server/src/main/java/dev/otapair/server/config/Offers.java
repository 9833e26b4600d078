package dev.otapair.server.config;

import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.error.Causes;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.server.release.OfferBook;
import dev.otapair.server.release.PublishedOffer;
import dev.otapair.server.release.SignedRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is on offer: what config.ini names as {@code latest}, and for the other products what was published.
 *
 * @param folder where packages are; a folder when this was read
 * @param byProduct the offer of each product; a product that is not here has none
 * @param latest what config.ini itself names, by product
 * @param hidden what was published and is not offered, because {@code latest} names something
 * @param withdrawn what was published and taken back, and is offered to nobody
 * @param faults what is wrong with offers and metadata, for the operator; a sentence each
 */
public record Offers(
        Path folder,
        Map<Product, Offered> byProduct,
        Map<Product, PackageName> latest,
        Map<Product, SignedRelease> hidden,
        Set<Content> withdrawn,
        List<String> faults) {
    private static final String LATEST = "latest";

    public Offers {
        byProduct = Map.copyOf(byProduct);
        latest = Map.copyOf(latest);
        hidden = Map.copyOf(hidden);
        withdrawn = Set.copyOf(withdrawn);
        faults = List.copyOf(faults);
    }

    /** Returns what a board that runs {@code product} is offered. */
    public Optional<Offered> of(Product product) {
        return Optional.ofNullable(byProduct.get(product));
    }

    /** Returns what config.ini names for a product: that wins over what is published. */
    public Optional<PackageName> named(Product product) {
        return Optional.ofNullable(latest.get(product));
    }

    static Offers read(IniFile file, IniSection server, Path stateFolder, ConfigFaults configFaults) {
        Path folder = folder(server);
        List<String> faults = new ArrayList<>();
        Map<Product, Offered> byProduct = new LinkedHashMap<>();
        Map<Product, PackageName> latest = configured(file, server, configFaults);
        Map<Product, PublishedOffer> book = new OfferBook(stateFolder, new DurableFiles()).read(faults);
        latest.forEach((product, name) -> {
            Optional<SignedRelease> published = Optional.ofNullable(book.get(product))
                    .map(PublishedOffer::release)
                    .filter(release -> release.metadata().name().equals(name));
            Optional<SignedRelease> beside = releaseOf(folder, product, name, faults);
            byProduct.put(product, new Offered(name, newest(beside, published)));
        });
        Map<Product, SignedRelease> hidden = new LinkedHashMap<>();
        Set<Content> withdrawn = new HashSet<>();
        for (PublishedOffer offer : book.values()) {
            SignedRelease release = offer.release();
            Product product = release.metadata().product();
            if (offer.isWithdrawn()) {
                withdrawn.add(release.metadata().content());
            } else if (byProduct.containsKey(product)) {
                if (!byProduct.get(product).name().equals(release.metadata().name())) {
                    hidden.put(product, release);
                }
            } else {
                byProduct.put(product, new Offered(release.metadata().name(), Optional.of(release)));
            }
        }
        byProduct
                .values()
                .forEach(offered -> offered.release()
                        .ifPresent(
                                release -> withdrawn.remove(release.metadata().content())));
        return new Offers(folder, byProduct, latest, hidden, withdrawn, faults);
    }

    /** Returns what config.ini itself names. */
    private static Map<Product, PackageName> configured(IniFile file, IniSection server, ConfigFaults faults) {
        Map<Product, PackageName> byProduct = new LinkedHashMap<>();
        latest(server).ifPresent(name -> byProduct.put(Product.DEFAULT, name));
        for (String name : file.sectionNames()) {
            if (name.startsWith(KnownKeys.PRODUCT_PREFIX)) {
                IniSection section = file.section(name, faults);
                product(section, name)
                        .ifPresent(product -> latest(section).ifPresent(latest -> byProduct.put(product, latest)));
            }
        }
        return byProduct;
    }

    /**
     * The files beside a package are replaced one by one when it is offered again; the book has the same in one piece. Without
     * files a package is one that somebody just put there, whatever was published under its name before.
     */
    private static Optional<SignedRelease> newest(Optional<SignedRelease> beside, Optional<SignedRelease> published) {
        return beside.map(here -> published
                .filter(known -> known.metadata().release() >= here.metadata().release())
                .orElse(here));
    }

    /**
     * Metadata that cannot be read is as good as none. That of something else goes out all the same: boards that check it refuse it,
     * the others take the package as ever, and the operator is told.
     */
    private static Optional<SignedRelease> releaseOf(
            Path folder, Product product, PackageName name, List<String> faults) {
        try {
            Optional<SignedRelease> release = ReleaseFiles.read(name.in(folder)).map(SignedRelease::of);
            release.filter(known -> !known.metadata().product().equals(product)
                            || !known.metadata().name().equals(name))
                    .ifPresent(
                            other -> faults.add("%s is offered to boards of product %s, but was published as %s for %s"
                                    .formatted(
                                            name,
                                            product,
                                            other.metadata().name(),
                                            other.metadata().product())));
            return release;
        } catch (OtaException | IOException | IllegalArgumentException e) {
            faults.add(
                    "%s is offered without its metadata, which is of no use: %s. Publish it again, or remove the metadata"
                            .formatted(name, Causes.why(e)));
            return Optional.empty();
        }
    }

    private static Optional<PackageName> latest(IniSection section) {
        Optional<PackageName> latest = section.value(LATEST, "a plain file name", PackageName::new);
        if (latest.isPresent() && !isFileName(latest.get())) {
            section.fault(
                    LATEST,
                    "is '%s', which is no file name in the present locale; start the program with LC_ALL=C.UTF-8"
                            .formatted(latest.get()));
        }
        return latest;
    }

    private static boolean isFileName(PackageName name) {
        try {
            return !name.in(Path.of("")).toString().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<Product> product(IniSection section, String sectionName) {
        try {
            return Optional.of(new Product(
                    sectionName.substring(KnownKeys.PRODUCT_PREFIX.length()).strip()));
        } catch (IllegalArgumentException e) {
            section.fault(LATEST, "belongs to no product: in the section's name, " + e.getMessage());
            return Optional.empty();
        }
    }

    private static Path folder(IniSection section) {
        Optional<Path> folder = section.path("path");
        if (folder.isEmpty()) {
            section.fault("path", "is missing, expected the folder of the packages");
            return Path.of("");
        }
        if (!Files.isDirectory(folder.get())) {
            section.fault("path", "is '%s', which is not a folder; create it or name another".formatted(folder.get()));
        }
        return folder.get();
    }
}
