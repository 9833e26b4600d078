package dev.otapair.server.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.message.SignedMetadata.Signature;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseFiles;
import dev.otapair.protocol.release.ReleaseMetadata;
import dev.otapair.protocol.release.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;

/**
 * What a release must have before it is offered: the same that boards will ask of it, as far as this machine knows the keys they
 * trust. Stateless.
 */
final class OfferRules {
    private static final Logger LOG = Loggers.of(OfferRules.class);

    private final KeyRing trusted;
    private final OfferBook book;

    /** @param trusted empty: no key is known, any will do */
    OfferRules(KeyRing trusted, OfferBook book) {
        this.trusted = trusted;
        this.book = book;
    }

    /** @throws OtaException SIGNATURE_REJECTED if keys are known and none of them signed */
    void requireTrusted(SignedMetadata signed) {
        if (!trusted.isEmpty() && trusted.signersOf(signed).isEmpty()) {
            throw new OtaException(
                    ErrorCode.SIGNATURE_REJECTED,
                    "none of the keys in trusted_keys has signed it, so boards would refuse it; give --key, or use"
                            + " --stage-only and sign it where the key is");
        }
    }

    /** Before anything is copied, and before a counter is given. */
    void requireSignable(List<SigningKey> keys) {
        boolean isTrusted = keys.stream().anyMatch(key -> trusted.keys().contains(key.publicHalf()));
        if (!trusted.isEmpty() && !isTrusted) {
            throw new OtaException(
                    ErrorCode.SIGNATURE_REJECTED,
                    keys.isEmpty()
                            ? "boards that trust a key refuse what nobody signed: give --key, or use --stage-only and sign"
                                    + " it where the key is"
                            : "the key is none of those in trusted_keys of [Server], so boards would refuse the release");
        }
    }

    /** Tells what only some boards will make of it: those that have seen a key revoked, and those that have not. */
    void warnOfRevoked(SignedRelease release) {
        Set<KeyId> signers = signersOf(release);
        Optional<SignedRelease> last = book.read(release.metadata().product()).map(PublishedOffer::release);
        Set<KeyId> revoked = new TreeSet<>(release.metadata().revoked());
        last.ifPresent(before -> revoked.addAll(before.metadata().revoked()));
        signers.stream()
                .filter(revoked::contains)
                .forEach(key -> LOG.warn(
                        "{} is signed by {}, which is revoked: boards that know it do not count that", release, key));
        Set<KeyId> carried = new TreeSet<>(release.metadata().revoked());
        carried.retainAll(last.map(before -> before.metadata().revoked()).orElse(List.of()));
        Set<KeyId> missing = new TreeSet<>(last.map(OfferRules::signersOf).orElse(Set.of()));
        missing.removeAll(signers);
        missing.removeAll(revoked);
        if (!carried.isEmpty() && !missing.isEmpty()) {
            LOG.warn(
                    "{} goes on revoking {}, and {}, which signed that before, does not sign it: if that is the boards' recovery"
                            + " key, those that were off then do not learn it",
                    release,
                    words(carried),
                    words(missing));
        }
    }

    /**
     * @param isPublished whether it has its place already, so that its package can be offered again
     * @throws OtaException ROLLBACK_REFUSED if a newer release was offered to the same product
     */
    void requireNewestOf(ReleaseMetadata metadata, boolean isPublished) {
        book.read(metadata.product())
                .map(offer -> offer.release().metadata())
                .filter(last -> last.release() > metadata.release())
                .ifPresent(last -> {
                    throw new OtaException(
                            ErrorCode.ROLLBACK_REFUSED,
                            ("%s is release %d, and release %d (%s) was offered since: boards go to higher counters only. "
                                            + (isPublished
                                                    ? "'offer --again %s' offers it under a new one"
                                                    : "'publish' the file of %s again, to be signed again: that gives it a new one"))
                                    .formatted(
                                            metadata.name(),
                                            metadata.release(),
                                            last.release(),
                                            last.name(),
                                            metadata.name()));
                });
    }

    /** Finds out whose signature a file holds: openssl does not write that down. */
    Signature identified(Path file, SignedMetadata metadata) {
        try {
            Signature unknown = ReleaseFiles.readSignature(file, new KeyId("0".repeat(KeyId.HEX_DIGITS)));
            SortedSet<KeyId> signers = trusted.signersOf(new SignedMetadata(metadata.bytes(), List.of(unknown)));
            if (signers.isEmpty()) {
                throw new OtaException(
                        ErrorCode.SIGNATURE_REJECTED,
                        ("%s is no signature of this metadata by a key that is known here. Put the public key into"
                                        + " trusted_keys of [Server], or name it by --public-key")
                                .formatted(file));
            }
            return new Signature(signers.first(), unknown.bytes());
        } catch (IOException e) {
            throw FileFault.unreadable(file, e);
        }
    }

    private static Set<KeyId> signersOf(SignedRelease release) {
        return release.signed().signatures().stream()
                .map(Signature::signer)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String words(Set<KeyId> keys) {
        return keys.stream().map(KeyId::value).collect(Collectors.joining(", "));
    }

    /** Returns one signature per key, the later ones in place of earlier ones. */
    static List<Signature> merged(Collection<Signature> before, Collection<Signature> more) {
        TreeMap<KeyId, Signature> byKey = new TreeMap<>();
        before.forEach(signature -> byKey.put(signature.signer(), signature));
        more.forEach(signature -> byKey.put(signature.signer(), signature));
        if (byKey.size() > SignedMetadata.MAX_SIGNATURES) {
            throw new OtaException(
                    ErrorCode.SIGNATURE_REJECTED,
                    "%d keys would have signed, %d may".formatted(byKey.size(), SignedMetadata.MAX_SIGNATURES));
        }
        return List.copyOf(byKey.values());
    }
}
