package dev.otapair.client.release;

import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.release.ReleaseMetadata;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a board makes of an offer, before it has seen a byte of the package.
 *
 * @param answer whether it would be installed
 * @param why in a sentence
 * @param refusal what kind of fault it is; present with {@link Answer#REFUSED} only
 * @param release what its publisher said, if anything can be read; worth no more than {@code signers}
 * @param signers the trusted keys that signed; empty when it is taken, or refused, unsigned
 * @param revoked keys that count no more from now on, by what these signers say
 * @param isExpired whether it has
 */
public record Verdict(
        Answer answer,
        String why,
        Optional<ErrorCode> refusal,
        Optional<ReleaseMetadata> release,
        SortedSet<KeyId> signers,
        SortedSet<KeyId> revoked,
        boolean isExpired) {
    /** In one word. */
    public enum Answer {
        INSTALL,
        /** It is what is installed. */
        SAME,
        REFUSED
    }

    public Verdict {
        signers = Collections.unmodifiableSortedSet(new TreeSet<>(signers));
        revoked = Collections.unmodifiableSortedSet(new TreeSet<>(revoked));
    }

    /** Returns a verdict about an offer that nobody signed, or whose signatures do not count. */
    static Verdict unsigned(Answer answer, String why, Optional<ReleaseMetadata> release) {
        return new Verdict(answer, why, Optional.empty(), release, new TreeSet<>(), new TreeSet<>(), false);
    }

    /** Returns a refusal of an offer in which nothing can be believed. */
    static Verdict refused(ErrorCode code, String why) {
        return new Verdict(
                Answer.REFUSED, why, Optional.of(code), Optional.empty(), new TreeSet<>(), new TreeSet<>(), false);
    }

    /** Returns the same about an offer that is refused for another reason. */
    public Verdict butRefused(ErrorCode code, String reason) {
        return new Verdict(Answer.REFUSED, reason, Optional.of(code), release, signers, revoked, isExpired);
    }

    /** Returns what enough trusted keys signed: only that may be remembered. */
    public Optional<ReleaseMetadata> verified() {
        return release.filter(said -> !signers.isEmpty());
    }

    /**
     * Goes on unless the offer is refused.
     *
     * @throws OtaException the refusal
     */
    public void throwIfRefused() {
        if (refusal.isPresent()) {
            throw new OtaException(refusal.get(), why);
        }
    }
}
