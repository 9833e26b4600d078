package dev.otapair.client.config;

import dev.otapair.protocol.config.IniSection;

/**
 * Whether what is missing of a release is fetched in place of all of it.
 *
 * @param isWanted whether it is tried at all
 * @param revalidate how far the files that an update builds on are looked at first
 */
public record IncrementSettings(boolean isWanted, Revalidate revalidate) {
    static IncrementSettings read(IniSection section) {
        return new IncrementSettings(
                section.flag("increments", true), section.choice("revalidate", Revalidate.class, Revalidate.SIZE));
    }
}
