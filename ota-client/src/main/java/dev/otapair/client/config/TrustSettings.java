package dev.otapair.client.config;

import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.config.TrustedKeys;
import dev.otapair.protocol.message.KeyId;
import dev.otapair.protocol.message.SignedMetadata;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whose releases are installed.
 *
 * @param keys folder of the public keys; need not exist
 * @param requireSignature whether only signed releases are; empty: as soon as a key is there
 * @param recoveryKeys those whose signature may revoke keys
 * @param threshold how many different keys must have signed, 1 to {@value SignedMetadata#MAX_SIGNATURES}: more signatures a
 *     release cannot have
 * @param onExpired what is done about a release that has expired
 * @see "PROTOCOL.md, section 8.3: What a board checks"
 */
public record TrustSettings(
        Path keys,
        Optional<Boolean> requireSignature,
        SortedSet<KeyId> recoveryKeys,
        int threshold,
        OnExpired onExpired) {
    private static final String REQUIRE_SIGNATURE = "require_signature";

    /** What is done about a release that has expired. */
    public enum OnExpired {
        /** It is installed if it is newer, and a warning is logged. */
        WARN,
        /** It is not installed. */
        REFUSE
    }

    static TrustSettings read(IniSection section) {
        return new TrustSettings(
                TrustedKeys.folderOf(section),
                section.text(REQUIRE_SIGNATURE).isPresent()
                        ? Optional.of(section.flag(REQUIRE_SIGNATURE, true))
                        : Optional.empty(),
                section.value("recovery_keys", "key ids of 16 hex digits, separated by commas", TrustSettings::ids)
                        .orElseGet(TreeSet::new),
                section.number("threshold", 1, SignedMetadata.MAX_SIGNATURES, 1),
                section.choice("on_expired", OnExpired.class, OnExpired.WARN));
    }

    private static SortedSet<KeyId> ids(String text) {
        return Arrays.stream(text.split("[,\\s]+")).map(KeyId::new).collect(Collectors.toCollection(TreeSet::new));
    }
}
