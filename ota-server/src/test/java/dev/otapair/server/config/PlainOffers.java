package dev.otapair.server.config;

import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Offers of files that were only put there, and named in config.ini. */
public final class PlainOffers {
    private PlainOffers() {}

    public static Offers of(Path folder, Map<Product, PackageName> latest) {
        Map<Product, Offered> byProduct = latest.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> offered(entry.getValue())));
        return new Offers(folder, byProduct, latest, Map.of(), Set.of(), List.of());
    }

    private static Offered offered(PackageName name) {
        return new Offered(name, Optional.empty());
    }
}
