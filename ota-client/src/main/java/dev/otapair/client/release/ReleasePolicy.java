package dev.otapair.client.release;

import dev.otapair.client.config.TrustSettings;
import dev.otapair.client.config.TrustSettings.OnExpired;
import dev.otapair.client.release.Verdict.Answer;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.VerifiedFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.message.SignedMetadata;
import dev.otapair.protocol.release.KeyRing;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;

/**
 * Decides what this board installs: signatures first, then what they stand under, then whether that is newer. Asks nobody. One run.
 *
 * @see "PROTOCOL.md, section 8.3: What a board checks"
 */
public final class ReleasePolicy {
    private static final Logger LOG = Loggers.of(ReleasePolicy.class);

    private final Product product;
    private final TrustSettings settings;
    private final KeyRing trusted;
    private final TrustState known;
    private final TrustedTime time;
    private final VerifiedFile verified;

    /** How an offer came. */
    private enum Way {
        /** By a server; a program decides. */
        SERVER,
        /** By somebody at the console. */
        HAND,
        /** By somebody at the console, who wants an older one. */
        HAND_DOWN
    }

    /**
     * @param product of this board
     * @param ring the keys that are here, the revoked ones included
     * @param known what was remembered
     * @param verified believed where there is nothing to do, and told then what was verified
     * @throws OtaException CONFIG_INVALID if signatures are not to be required, and keys are here
     */
    public ReleasePolicy(
            Product product,
            TrustSettings settings,
            KeyRing ring,
            TrustState known,
            TrustedTime time,
            VerifiedFile verified) {
        this.product = product;
        this.settings = settings;
        this.trusted = ring.without(known.revoked());
        this.known = known;
        this.time = time;
        this.verified = verified;
        if (!ring.isEmpty() && settings.requireSignature().equals(Optional.of(false))) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    "require_signature is no, but %s holds keys: remove the one or the other"
                            .formatted(settings.keys()));
        }
    }

    /** Says whether unsigned packages are refused: by config.ini, by a key that is here, or because one was here before. */
    public boolean requiresSignatures() {
        return settings.requireSignature().orElse(known.signed() || !trusted.isEmpty());
    }

    /** Returns what the server is told. */
    public Standing standing(InstalledRelease installed) {
        return new Standing(
                installed.release(),
                requiresSignatures() ? Math.max(1, trusted.keys().size()) : 0);
    }

    /**
     * Judges what a server offers.
     *
     * @param serverNow what its sealed answer says of the time
     */
    public Verdict judge(Offer offer, InstalledRelease installed, OptionalLong serverNow) {
        return judge(offer, installed, serverNow, Way.SERVER);
    }

    /**
     * Judges what somebody brought on a stick.
     *
     * @param allowDowngrade whether it may be older than what is installed; the floor holds all the same
     */
    public Verdict judgeByHand(Offer offer, InstalledRelease installed, boolean allowDowngrade) {
        return judge(offer, installed, OptionalLong.empty(), allowDowngrade ? Way.HAND_DOWN : Way.HAND);
    }

    /** Returns what to remember of a release that was verified. */
    public TrustState remembering(Verdict verdict, OptionalLong serverNow) {
        TrustState more = requiresSignatures() ? known.requiring() : known;
        if (verdict.verified().isEmpty()) {
            return more;
        }
        ReleaseMetadata release = verdict.verified().get();
        TrustState revoked = more.revoking(verdict.revoked());
        boolean isRefuted = serverNow.isPresent()
                && revoked.newest()
                        .filter(newest -> time.isAhead(newest, serverNow))
                        .isPresent();
        TrustState sound = isRefuted ? revoked.timeless() : revoked;
        return time.isAhead(release.created(), serverNow) ? sound : sound.notBefore(release.created());
    }

    private Verdict judge(Offer offer, InstalledRelease installed, OptionalLong serverNow, Way way) {
        if (!requiresSignatures()) {
            return unsigned(offer, installed, way);
        }
        if (trusted.keys().size() < settings.threshold()) {
            return Verdict.refused(
                    ErrorCode.SIGNATURE_REJECTED,
                    "this board requires signatures; keys that must sign: %d, keys of use in %s: %d"
                            .formatted(
                                    settings.threshold(),
                                    settings.keys(),
                                    trusted.keys().size()));
        }
        if (offer.signed().isEmpty()) {
            return Verdict.refused(
                    ErrorCode.SIGNATURE_REJECTED,
                    "%s is unsigned; this board takes what %s signed"
                            .formatted(offer.name(), KeyId.words(trusted.ids())));
        }
        return signed(offer, offer.signed().get(), installed, serverNow, way);
    }

    /** From a server the name is all that tells, as in v1; who stands here may have a reason to install it once more. */
    private Verdict unsigned(Offer offer, InstalledRelease installed, Way way) {
        Optional<ReleaseMetadata> said = offer.signed().flatMap(ReleasePolicy::read);
        boolean isOther = offer.content()
                .flatMap(content -> installed.sha256().filter(digest -> !digest.equals(content.sha256())))
                .isPresent();
        boolean isWantedAgain = way == Way.HAND_DOWN || way == Way.HAND && isOther;
        return installed.is(offer.name()) && !isWantedAgain
                ? Verdict.unsigned(Answer.SAME, "it has the name of what is installed", said)
                : Verdict.unsigned(
                        Answer.INSTALL, "it is not what is installed, and this board checks no signatures", said);
    }

    private Verdict signed(
            Offer offer, SignedMetadata signed, InstalledRelease installed, OptionalLong serverNow, Way way) {
        Optional<Verdict> asBefore = verified.signersOf(trusted, signed)
                .map(signers -> signedBy(signers, offer, signed, installed, serverNow, way))
                .filter(verdict -> verdict.answer() == Answer.SAME);
        if (asBefore.isPresent()) {
            return asBefore.get();
        }
        SortedSet<KeyId> signers = trusted.signersOf(signed);
        Verdict verdict = signedBy(new TreeSet<>(signers), offer, signed, installed, serverNow, way);
        if (verdict.answer() == Answer.SAME) {
            verified.remember(trusted, signed, signers);
        }
        return verdict;
    }

    /** @param signers those whose signatures are right; those that the release revokes are taken out */
    private Verdict signedBy(
            SortedSet<KeyId> signers,
            Offer offer,
            SignedMetadata signed,
            InstalledRelease installed,
            OptionalLong serverNow,
            Way way) {
        if (signers.size() < settings.threshold()) {
            return notEnough(offer, signers);
        }
        ReleaseMetadata release;
        try {
            release = ReleaseMetadata.parse(signed.bytes().toBytes());
        } catch (OtaException e) {
            return Verdict.refused(e.code(), e.getMessage());
        }
        SortedSet<KeyId> revoked = revokedBy(release, signers);
        signers.removeAll(revoked);
        if (signers.size() < settings.threshold()) {
            return notEnough(offer, signers);
        }
        boolean isExpired = release.expires().isPresent() && release.isExpiredAt(time.now(serverNow, known.newest()));
        Optional<OtaException> refusal = refusalOf(offer, release, installed, isExpired, way);
        boolean isSame = refusal.isEmpty() && isSame(release, installed) && way != Way.HAND_DOWN;
        Answer answer = refusal.isPresent() ? Answer.REFUSED : isSame ? Answer.SAME : Answer.INSTALL;
        String why = refusal.map(OtaException::getMessage)
                .orElse(
                        isSame
                                ? whySame(release, installed)
                                : "it is newer than what is installed, signed, and for this board");
        if (isExpired && refusal.isEmpty()) {
            LOG.warn(
                    "{} has expired on {}: a newer release may be held back, or nobody has published one",
                    release.name(),
                    release.expires().orElseThrow());
        }
        return new Verdict(
                answer,
                why,
                refusal.map(OtaException::code),
                Optional.of(release),
                signers,
                refusal.isPresent() ? new TreeSet<>() : revoked,
                isExpired);
    }

    private Verdict notEnough(Offer offer, SortedSet<KeyId> signers) {
        return Verdict.refused(
                ErrorCode.SIGNATURE_REJECTED,
                "%s is not signed by enough keys: signed by %d, must be %d, of %s"
                        .formatted(offer.name(), signers.size(), settings.threshold(), KeyId.words(trusted.ids())));
    }

    /** A key that leaked could else revoke the others, and win. */
    private SortedSet<KeyId> revokedBy(ReleaseMetadata release, SortedSet<KeyId> signers) {
        SortedSet<KeyId> revoked = new TreeSet<>(release.revoked());
        revoked.removeAll(known.revoked());
        if (revoked.isEmpty()) {
            return revoked;
        }
        if (signers.stream().noneMatch(settings.recoveryKeys()::contains)) {
            LOG.warn(
                    "{} revokes {}, but no key of recovery_keys signed it: ignored",
                    release.name(),
                    KeyId.words(revoked));
            return new TreeSet<>();
        }
        if (trusted.without(revoked).keys().size() < settings.threshold()) {
            LOG.warn("{} revokes {}, which would leave too few keys: ignored", release.name(), KeyId.words(revoked));
            return new TreeSet<>();
        }
        return revoked;
    }

    private Optional<OtaException> refusalOf(
            Offer offer, ReleaseMetadata release, InstalledRelease installed, boolean isExpired, Way way) {
        if (!release.name().equals(offer.name())
                || offer.content()
                        .filter(content -> !content.equals(release.content()))
                        .isPresent()) {
            return refusal(
                    ErrorCode.METADATA_REJECTED,
                    "%s is not what was signed: %s".formatted(offer.name(), release.name()));
        }
        if (!release.product().equals(product)) {
            return refusal(
                    ErrorCode.RELEASE_REFUSED,
                    "%s is for boards of product %s, this one is of %s"
                            .formatted(release.name(), release.product(), product));
        }
        if (release.release() < known.floor()) {
            return refusal(
                    ErrorCode.ROLLBACK_REFUSED,
                    "%s is release %d, below this board's floor %d"
                            .formatted(release.name(), release.release(), known.floor()));
        }
        if (release.release() < installed.release() && way != Way.HAND_DOWN) {
            return refusal(
                    ErrorCode.ROLLBACK_REFUSED,
                    "%s is release %d, older than %d, which is installed"
                            .formatted(release.name(), release.release(), installed.release()));
        }
        if (installed.release() > 0 && release.release() - installed.release() > ReleaseMetadata.MAX_STEP) {
            return refusal(
                    ErrorCode.RELEASE_REFUSED,
                    ("%s is release %d, more than %d ahead of %d, which is installed: nobody publishes that many. If it is"
                                    + " right, 'ota-client reset-floor' takes the board there")
                            .formatted(
                                    release.name(), release.release(), ReleaseMetadata.MAX_STEP, installed.release()));
        }
        if (isSame(release, installed)) {
            return Optional.empty();
        }
        if (installed.release() < release.minFrom()) {
            return refusal(
                    ErrorCode.RELEASE_REFUSED,
                    "%s needs release %d or a later one installed first, here is %d"
                            .formatted(release.name(), release.minFrom(), installed.release()));
        }
        // Offline nobody says what time it is, and who stands there can see for himself.
        if (isExpired && settings.onExpired() == OnExpired.REFUSE && way == Way.SERVER) {
            return refusal(
                    ErrorCode.RELEASE_EXPIRED,
                    "%s has expired on %s, and on_expired = refuse"
                            .formatted(release.name(), release.expires().orElseThrow()));
        }
        return Optional.empty();
    }

    /**
     * A package can be offered again under another counter, and what came unsigned has none: then name and content tell. Of what
     * came by v1 only the name is known.
     */
    private static boolean isSame(ReleaseMetadata release, InstalledRelease installed) {
        boolean hasContent =
                installed.sha256().map(release.content().sha256()::equals).orElse(installed.release() == 0);
        return installed.release() == release.release() || installed.is(release.name()) && hasContent;
    }

    /** Who publishes gives no counter twice, unless he has lost count. */
    private static String whySame(ReleaseMetadata release, InstalledRelease installed) {
        boolean isOther = installed
                .sha256()
                .filter(digest -> !digest.equals(release.content().sha256()))
                .isPresent();
        if (!isOther) {
            return "it is what is installed";
        }
        String why =
                ("release %d is installed, but with another content, as %s: were counters given twice? Publish %s again,"
                                + " under a higher one")
                        .formatted(installed.release(), installed, release.name());
        LOG.warn("{} is left alone: {}", release.name(), why);
        return why;
    }

    private static Optional<OtaException> refusal(ErrorCode code, String why) {
        return Optional.of(new OtaException(code, why));
    }

    private static Optional<ReleaseMetadata> read(SignedMetadata unverified) {
        try {
            return Optional.of(ReleaseMetadata.parse(unverified.bytes().toBytes()));
        } catch (OtaException e) {
            return Optional.empty();
        }
    }
}
