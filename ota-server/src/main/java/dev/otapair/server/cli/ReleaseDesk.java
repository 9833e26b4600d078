package dev.otapair.server.cli;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.log.Count;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.VerifyingKey;
import dev.otapair.protocol.wire.JsonReport;
import dev.otapair.server.Warnings;
import dev.otapair.server.config.ServerConfig;
import dev.otapair.server.release.Housekeeper;
import dev.otapair.server.release.Publisher;
import dev.otapair.server.release.SignedRelease;
import dev.otapair.server.tree.TreeSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/** Where the commands about releases work: the folders of config.ini, and the results they print. */
final class ReleaseDesk {
    private static final Logger LOG = Loggers.of(ReleaseDesk.class);

    private final ServerConfig config;
    private final KeyRing trusted;
    private final PrintWriter out;
    private final boolean json;

    private ReleaseDesk(ServerConfig config, KeyRing trusted, PrintWriter out, boolean json) {
        this.config = config;
        this.trusted = trusted;
        this.out = out;
        this.json = json;
    }

    /**
     * Opens the folders that config.ini names.
     *
     * @param publicKeys trusted besides those of {@code trusted_keys}
     * @throws OtaException CONFIG_INVALID, naming every fault
     */
    static ReleaseDesk open(Path configFile, List<Path> publicKeys, PrintWriter out, boolean json) {
        ServerConfig config = ServerConfig.read(IniFile.read(configFile), System.getenv());
        config.logLevel().apply();
        return new ReleaseDesk(config, ring(config.trustedKeys(), publicKeys), out, json);
    }

    Publisher publisher() {
        return new Publisher(
                config.offers().folder(),
                config.stateFolder(),
                trusted,
                new DurableFiles(),
                Clock.systemUTC(),
                ProgressLine.ofThisProcess());
    }

    Housekeeper housekeeper() {
        return new Housekeeper(config.offers().folder(), config.stateFolder(), new DurableFiles(), Clock.systemUTC());
    }

    /** Removes what config.ini does not say to keep. */
    Housekeeper.Cleaned clean(boolean isRehearsal) {
        return housekeeper()
                .clean(
                        config.keepReleases(),
                        Set.copyOf(config.offers().latest().values()),
                        isRehearsal);
    }

    Path packages() {
        return config.offers().folder();
    }

    /** Says what was offered, and who may not see it. */
    void tellOffered(Publisher.Step step) {
        ReleaseMetadata metadata = step.release().metadata();
        Map<String, Object> members = members(step);
        Optional<String> hidden = hiddenBy(metadata.product(), step.release());
        members.put("offered", true);
        members.put("hidden", hidden.isPresent());
        hidden.ifPresent(LOG::warn);
        if (step.release().signed().signatures().isEmpty()) {
            LOG.warn(
                    "{} is unsigned: only boards without a key take it. docs/signing.md shows the first key",
                    metadata.name());
        }
        print(
                members,
                "%s is offered to boards of product %s as release %d, %s%s"
                        .formatted(
                                metadata.name(),
                                metadata.product(),
                                metadata.release(),
                                signedBy(step.release()),
                                treeIn(treeOf(step.release()))));
    }

    /** Says what is to be signed, and how. */
    void tellStaged(Publisher.Step step) {
        ReleaseMetadata metadata = step.release().metadata();
        Map<String, Object> members = members(step);
        members.put("offered", false);
        members.put("metadata_file", step.metadataFile());
        String signature = ShellWord.of(metadata.name() + ".sig");
        print(members, """
                %s is staged as release %d%s. Sign %s where the key is:
                  openssl pkeyutl -sign -rawin -inkey ota.key -in %s -out %s
                then here:
                  ota-server publish --signature %s %s""".formatted(
                        metadata.name(),
                        metadata.release(),
                        treeIn(treeOf(step.release())),
                        step.metadataFile(),
                        ShellWord.of(metadata.name() + ".ota.json"),
                        signature,
                        signature,
                        ShellWord.of(metadata.name().value())));
    }

    /** Prints a result: as one JSON object where that was asked for. */
    void print(Map<String, ?> members, String text) {
        out.println(json ? JsonReport.of(members) : text);
    }

    /** Warns of every published release that config.ini keeps from its boards. */
    void warnOfHidden() {
        config.offers()
                .hidden()
                .forEach((product, published) -> LOG.warn(
                        Warnings.hiding(product, config.offers().named(product).orElseThrow(), published)));
    }

    /** Warns where config.ini goes on to offer something to these boards. */
    void warnOfNamed(List<Product> products) {
        for (Product product : products) {
            config.offers()
                    .named(product)
                    .ifPresent(name -> LOG.warn(
                            "latest = {} in config.ini is what boards of product {} are offered, whatever is published",
                            name,
                            product));
        }
    }

    /** Says so where config.ini offers something else than what was just offered. */
    private Optional<String> hiddenBy(Product product, SignedRelease published) {
        return config.offers()
                .named(product)
                .filter(name -> !name.equals(published.metadata().name()))
                .map(name -> Warnings.hiding(product, name, published));
    }

    /** Returns what machines are told of a release. */
    Map<String, Object> members(Publisher.Step step) {
        return members(step.release(), treeOf(step.release()));
    }

    /** What has been done is done, whatever the manifest is like. */
    private Optional<TreeSize> treeOf(SignedRelease release) {
        try {
            return publisher().treeOf(release);
        } catch (OtaException e) {
            LOG.warn("{}", e.getMessage());
            return Optional.empty();
        }
    }

    /** @param tree how large its tree is, where that is known */
    static Map<String, Object> members(SignedRelease release, Optional<TreeSize> tree) {
        ReleaseMetadata metadata = release.metadata();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("name", metadata.name());
        members.put("product", metadata.product());
        members.put("release", metadata.release());
        members.put("version", metadata.version());
        members.put("size", metadata.content().size());
        members.put("sha256", metadata.content().sha256().hex());
        members.put(
                "manifest", metadata.manifest().map(text -> text.sha256().hex()).orElse(""));
        tree.ifPresent(known -> {
            members.put("files", known.files());
            members.put("bytes", known.bytes());
        });
        members.put("created", metadata.created());
        members.put("expires", metadata.expires().map(Object::toString).orElse(""));
        members.put("revoked", metadata.revoked());
        members.put("notes", metadata.notes());
        members.put(
                "signatures",
                release.signed().signatures().stream()
                        .map(SignedMetadata.Signature::signer)
                        .toList());
        return members;
    }

    /** Says in words how large a tree is, with a separator before it; nothing where there is none. */
    static String treeIn(Optional<TreeSize> tree) {
        return tree.map(known -> ", a tree of %s with %s"
                        .formatted(Count.of(known.files(), "file"), Count.of(known.bytes(), "byte")))
                .orElse("");
    }

    /** Says in words who signed. */
    static String signedBy(SignedRelease release) {
        List<SignedMetadata.Signature> signatures = release.signed().signatures();
        return signatures.isEmpty()
                ? "unsigned"
                : "signed by "
                        + signatures.stream()
                                .map(signature -> signature.signer().value())
                                .collect(Collectors.joining(", "));
    }

    private static KeyRing ring(Path folder, List<Path> more) {
        try {
            boolean isThere = Files.isDirectory(folder);
            KeyRing ring = isThere ? KeyRing.read(folder) : KeyRing.EMPTY;
            ring.faults().forEach(LOG::warn);
            List<String> ignored = isThere && ring.isEmpty() ? KeyRing.ignoredIn(folder) : List.of();
            if (!ignored.isEmpty()) {
                LOG.warn("{}: only files named *.pub are read, these are not: {}", folder, String.join(", ", ignored));
            }
            List<VerifyingKey> keys = new ArrayList<>(ring.keys());
            for (Path file : more) {
                keys.add(VerifyingKey.read(file));
            }
            return new KeyRing(keys.stream().distinct().toList(), ring.faults());
        } catch (IOException | IllegalArgumentException e) {
            throw new OtaException(ErrorCode.CONFIG_INVALID, "a public key cannot be read: " + FileFault.why(e), e);
        }
    }
}
