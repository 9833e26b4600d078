package dev.otapair.client;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.control.Interruption;
import dev.otapair.client.install.Hook;
import dev.otapair.client.install.Hooks;
import dev.otapair.client.install.Subject;
import dev.otapair.client.install.Unpacker;
import dev.otapair.client.install.Unpacker.Limits;
import dev.otapair.client.install.Unpacker.LinkTargets;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.Journal.Entry;
import dev.otapair.client.store.Journal.Step;
import dev.otapair.client.store.Uptime;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Response.Content;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;

/**
 * From a verified package to a release that can be switched to, as the step PREPARING of {@link Installer}: changes nothing that the board
 * runs. One run; the caller holds the run lock.
 */
final class Preparation {
    private static final Logger LOG = Loggers.of(Preparation.class);

    private final BoardStore store;
    private final Optional<Hook> preInstall;

    /** How a folder that was here before is looked at: changed files are read, unless what is here is always taken. */
    private final Revalidate reuse;

    private final Runnable goesOn;
    private final Supplier<Uptime> uptime;

    Preparation(
            BoardStore store, Hooks hooks, Revalidate revalidate, Interruption interruption, Supplier<Uptime> uptime) {
        this.store = store;
        this.preInstall = hooks.preInstall();
        this.reuse = revalidate == Revalidate.NEVER ? Revalidate.NEVER : Revalidate.SIZE;
        this.goesOn = interruption::throwIfInterrupted;
        this.uptime = uptime;
    }

    /**
     * Asks {@code pre_install}, and unpacks.
     *
     * @param entry in the journal
     * @param subject what programs are told of it
     * @param manifest what its folder should be as; empty where nobody says that
     * @throws OtaException SCRIPT_DEFERRED, SCRIPT_FAILED by {@code pre_install}; PACKAGE_REJECTED, DIGEST_MISMATCH, CANNOT_WRITE, or the
     *     signal's code
     */
    void run(Entry entry, Subject subject, Optional<Content> manifest) {
        preInstall.ifPresent(hook ->
                require(hook.ask(subject, group -> store.note(entry.led(group, Step.PREPARING, uptime.get())))));
        if (entry.next().isUnpacked() && !isReady(entry.next())) {
            unpack(entry.next(), manifest);
        }
        goesOn.run();
    }

    private static void require(Hook.Result result) {
        switch (result.answer()) {
            case LATER -> throw new OtaException(ErrorCode.SCRIPT_DEFERRED, result.why());
            case NO -> throw new OtaException(ErrorCode.SCRIPT_FAILED, result.why());
            case YES -> {
                // As it should.
            }
        }
    }

    /** A folder that was here before is looked at before it is used again; what nobody can compare is unpacked once more. */
    private boolean isReady(Deployment next) {
        if (store.trees().knows(next)) {
            return store.trees().holds(next, reuse, goesOn);
        }
        boolean isRunning = store.releases().isCurrent(next)
                && store.history().read().stream().anyMatch(next::isWhere);
        return isRunning && store.isIntact(next, goesOn);
    }

    private void unpack(Deployment next, Optional<Content> manifest) {
        if (!store.packages().isThere(next.place())) {
            // The next run makes it anew.
            store.trees().forget(next);
            throw new OtaException(
                    ErrorCode.DIGEST_MISMATCH, "%s was put together here, and is not as it should be".formatted(next));
        }
        Path whole = store.packages().pathOf(next.place());
        LOG.info("Unpacking {}", whole);
        long room = store.packages().room();
        Unpacker unpacker = manifest.isPresent()
                ? new Unpacker(Limits.ofSigned(room), LinkTargets.ANYWHERE, goesOn)
                : new Unpacker(Limits.within(room), LinkTargets.INSIDE, goesOn);
        Optional<EntryAttributes.Owner> owner =
                unpacker.unpack(whole, store.releases().unpacking(next));
        store.trees().forget(next);
        store.releases().unpacked(next);
        manifest.ifPresent(expected -> store.trees().learn(next, expected, owner, goesOn));
    }
}
