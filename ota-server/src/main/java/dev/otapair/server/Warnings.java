package dev.otapair.server;

import dev.otapair.protocol.auth.Secret;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.message.PackageName;
import dev.otapair.protocol.message.Product;
import dev.otapair.server.config.Offered;
import dev.otapair.server.config.Offers;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.release.SignedRelease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What works and more often than not is not meant: told at start, after an edit, and by check-config. */
public final class Warnings {
    /** What config.ini.example has for a token. */
    private static final Secret PLACEHOLDER = new Secret("REPLACE-THIS-WITH-A-TOKEN-OF-YOUR-OWN");

    private Warnings() {}

    /** Returns one sentence each; none with a token in it. */
    public static List<String> about(ServerConfig config) {
        List<String> warnings = new ArrayList<>();
        addAboutTokens(config.access(), warnings);
        addAboutOffers(config.offers(), warnings);
        return warnings;
    }

    private static void addAboutOffers(Offers offers, List<String> warnings) {
        if (offers.byProduct().isEmpty()) {
            warnings.add("nothing is on offer: 'ota-server publish' a package, or set latest in [Server]");
        }
        for (Offered offered : offers.byProduct().values()) {
            Path file = offered.name().in(offers.folder());
            if (!Files.isReadable(file)) {
                warnings.add(file + " is on offer, but is missing or unreadable");
            }
        }
        offers.hidden()
                .forEach((product, published) ->
                        warnings.add(hiding(product, offers.named(product).orElseThrow(), published)));
        warnings.addAll(offers.faults());
    }

    /** Returns what to tell somebody whose published release is not what boards get. */
    public static String hiding(Product product, PackageName latest, SignedRelease published) {
        return "latest = %s in config.ini hides the published offer %s for product %s; empty it to offer that"
                .formatted(latest, published, product);
    }

    private static void addAboutTokens(ServerConfig.Access access, List<String> warnings) {
        boolean sharedOpens = access.allowLegacy() || access.devices().isEmpty();
        if (sharedOpens && access.secret().isEmpty()) {
            warnings.add("security is empty: whoever reaches this server gets the packages");
        } else if (sharedOpens && access.secret().equals(PLACEHOLDER)) {
            warnings.add("security is still the one of config.ini.example, which everybody knows;"
                    + " 'ota-server token' makes one of your own");
        } else if (sharedOpens && access.secret().isWeak()) {
            warnings.add("security is shorter than %d characters and can be guessed from one recorded session;"
                            .formatted(Secret.STRONG_LENGTH)
                    + " 'ota-server token' makes a strong one");
        }
        long weak = access.devices().stream()
                .flatMap(tokens -> tokens.values().stream())
                .filter(Secret::isWeak)
                .count();
        if (weak > 0) {
            warnings.add("devices: %s of less than %d characters; 'ota-server token' makes strong ones"
                    .formatted(Count.of(weak, "token"), Secret.STRONG_LENGTH));
        }
        if (access.devices().isPresent() && access.allowLegacy()) {
            warnings.add("devices are listed, but allow_legacy = yes still lets in whoever knows the shared token");
        }
    }
}
