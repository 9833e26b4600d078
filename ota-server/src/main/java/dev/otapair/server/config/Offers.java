package dev.otapair.server.config;

import dev.otapair.protocol.config.ConfigFaults;
import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.KnownKeys;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is on offer.
 *
 * @param folder where packages are; a folder when this was read
 * @param byProduct the package of each product; a product that is not here has none
 */
public record Offers(Path folder, Map<Product, PackageName> byProduct) {
    private static final String LATEST = "latest";

    public Offers {
        byProduct = Map.copyOf(byProduct);
    }

    /** Returns what a board that runs {@code product} is offered. */
    public Optional<PackageName> of(Product product) {
        return Optional.ofNullable(byProduct.get(product));
    }

    static Offers read(IniFile file, IniSection server, ConfigFaults faults) {
        Map<Product, PackageName> byProduct = new LinkedHashMap<>();
        latest(server).ifPresent(name -> byProduct.put(Product.DEFAULT, name));
        for (String name : file.sectionNames()) {
            if (name.startsWith(KnownKeys.PRODUCT_PREFIX)) {
                IniSection section = file.section(name, faults);
                product(section, name)
                        .ifPresent(product -> latest(section).ifPresent(latest -> byProduct.put(product, latest)));
            }
        }
        return new Offers(folder(server), byProduct);
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
