package dev.otapair.client;

import dev.otapair.client.release.Verdict;
import dev.otapair.client.store.InstalledRelease;
import dev.otapair.protocol.message.PackageName;

/** Decides whether an update that is available is made. */
@FunctionalInterface
public interface Confirmation {
    /** Every update is made: what a board without a person does. */
    Confirmation ALWAYS = (installed, offered) -> true;

    /** What is installed is wanted once more, and nothing else is. */
    Confirmation ONCE_MORE = new Confirmation() {
        @Override
        public boolean accept(InstalledRelease installed, PackageName offered) {
            return true;
        }

        @Override
        public Verdict.Answer sought() {
            return Verdict.Answer.SAME;
        }
    };

    /** Asked once a run, while connected; may wait for a person. */
    boolean accept(InstalledRelease installed, PackageName offered);

    /** Returns what it takes for an offer to be wanted. */
    default Verdict.Answer sought() {
        return Verdict.Answer.INSTALL;
    }
}
