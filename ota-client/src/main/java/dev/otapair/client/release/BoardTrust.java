package dev.otapair.client.release;

import dev.otapair.client.config.TrustSettings;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.client.store.TrustFile;
import dev.otapair.client.store.TrustState;
import dev.otapair.client.store.VerifiedFile;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.Product;
import dev.otapair.protocol.message.Request.Standing;
import dev.otapair.protocol.message.Response.Offer;
import dev.otapair.protocol.release.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;
import org.slf4j.Logger;

/**
 * Whom this board trusts, and what it remembers of it: the {@link ReleasePolicy} with its files. One thread, one run.
 *
 * @see "PROTOCOL.md, section 8.3: What a board checks"
 */
public final class BoardTrust {
    private static final Logger LOG = Loggers.of(BoardTrust.class);

    private final Product product;
    private final TrustSettings settings;
    private final KeyRing ring;
    private final TrustFile file;
    private final TrustedTime time;
    private final VerifiedFile verified;
    private TrustState known;
    private ReleasePolicy policy;

    private BoardTrust(
            Product product,
            TrustSettings settings,
            KeyRing ring,
            TrustFile file,
            TrustedTime time,
            VerifiedFile verified) {
        this.product = product;
        this.settings = settings;
        this.ring = ring;
        this.file = file;
        this.time = time;
        this.verified = verified;
        know(file.read());
    }

    /**
     * Reads the keys and what is remembered; says what is wrong with them.
     *
     * @throws OtaException CONFIG_INVALID if the keys are there and cannot be read, or are there and not to be used; IO_ERROR if
     *     what is remembered cannot be read
     */
    public static BoardTrust open(
            Product product, TrustSettings settings, TrustFile file, TrustedTime time, VerifiedFile verified) {
        KeyRing ring = ringOf(settings, verified);
        ring.faults().forEach(LOG::warn);
        return new BoardTrust(product, settings, ring, file, time, verified);
    }

    /** Says so where nothing is checked. */
    public void warnIfUnsigned() {
        if (!requiresSignatures()) {
            LOG.warn(
                    "Unsigned mode: this board installs whatever a server that knows the token offers. To install only what you"
                            + " signed, put your public key into {}{}",
                    settings.keys(),
                    adviceAboutNames());
        }
    }

    /**
     * Remembers, for good, that a key is here: from now on signatures are required, also when it is taken away.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void rememberKeys() {
        if (!ring.isEmpty()) {
            write(known.requiring());
        }
    }

    /** Returns the keys that count. */
    public SortedSet<KeyId> keys() {
        return ring.without(known.revoked()).ids();
    }

    /** Returns what is remembered. */
    public TrustState known() {
        return known;
    }

    /** Says whether unsigned packages are refused. */
    public boolean requiresSignatures() {
        return policy.requiresSignatures();
    }

    /** Returns what the server is told. */
    public Standing standing(InstalledRelease installed) {
        return policy.standing(installed);
    }

    /** As {@link ReleasePolicy#judge}. */
    public Verdict judge(Offer offer, InstalledRelease installed, OptionalLong serverNow) {
        return policy.judge(offer, installed, serverNow);
    }

    /** As {@link ReleasePolicy#judgeByHand}. */
    public Verdict judgeByHand(Offer offer, InstalledRelease installed, boolean allowDowngrade) {
        return policy.judgeByHand(offer, installed, allowDowngrade);
    }

    /**
     * Remembers, for good, what a verdict is worth remembering; before anything of the release is fetched.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void remember(Verdict verdict, OptionalLong serverNow) {
        write(policy.remembering(verdict, serverNow));
    }

    /**
     * Raises the floor to that of a release that is installed, or about to be recorded as such.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void raiseFloor(long floor) {
        write(known.atLeast(floor));
    }

    /**
     * Sets the floor, down as well; for somebody at the console.
     *
     * @throws OtaException CANNOT_WRITE
     */
    public void resetFloor(long release) {
        write(known.reset(release));
    }

    private void write(TrustState next) {
        if (!next.equals(known)) {
            file.write(next);
            know(next);
        }
    }

    private void know(TrustState state) {
        known = state;
        policy = new ReleasePolicy(product, settings, ring, state, time, verified);
    }

    private String adviceAboutNames() {
        try {
            List<String> ignored = Files.isDirectory(settings.keys()) ? KeyRing.ignoredIn(settings.keys()) : List.of();
            return ignored.isEmpty()
                    ? ""
                    : ". Only files named *.pub are read there, these are not: " + String.join(", ", ignored);
        } catch (IOException e) {
            return "";
        }
    }

    private static KeyRing ringOf(TrustSettings settings, VerifiedFile verified) {
        try {
            return KeyRing.read(settings.keys(), verified::knows);
        } catch (NoSuchFileException e) {
            return KeyRing.EMPTY;
        } catch (IOException e) {
            throw new OtaException(
                    ErrorCode.CONFIG_INVALID,
                    "trusted_keys: %s cannot be read: %s".formatted(settings.keys(), FileFault.why(e)),
                    e);
        }
    }
}
