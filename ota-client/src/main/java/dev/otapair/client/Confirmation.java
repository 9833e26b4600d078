package dev.otapair.client;

import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.PackageName;

/** Decides whether an update that is available is made. */
@FunctionalInterface
public interface Confirmation {
    /** Every update is made: what a board without a person does. */
    Confirmation ALWAYS = (installed, offered) -> true;

    /** Asked once a run, while connected; may wait for a person. */
    boolean accept(InstalledRelease installed, PackageName offered);
}
