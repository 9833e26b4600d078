package dev.otapair.client;

import dev.otapair.client.config.Revalidate;
import dev.otapair.client.store.Deployment;
import dev.otapair.client.store.ManifestFolder;
import dev.otapair.client.store.ReleaseFolder;
import dev.otapair.client.store.SeenFiles;
import dev.otapair.client.store.TreeIndex;
import dev.otapair.client.tree.CheckedTree;
import dev.otapair.client.tree.FolderManifest;
import dev.otapair.client.tree.ReleaseTree;
import dev.otapair.client.tree.TreeCheck;
import dev.otapair.client.tree.TreeVerifier;
import dev.otapair.protocol.archive.EntryAttributes;
import dev.otapair.protocol.error.FileFault;
import dev.otapair.protocol.error.OtaException;
import dev.otapair.protocol.log.Loggers;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.Manifest;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;

/**
 * What a board knows of the folders below {@code releases}: what the next update can build on. Losing any of it costs bytes, and nothing else.
 *
 * @param releases where they are
 * @param index which of them are as a manifest says
 * @param manifests those manifests
 * @param seen how their files looked when they were verified
 */
record BoardTrees(ReleaseFolder releases, TreeIndex index, ManifestFolder manifests, SeenFiles seen) {
    private static final Logger LOG = Loggers.of(BoardTrees.class);

    /** What of the heap a manifest's text may take: it takes several times that once it is read. */
    private static final int SHARE_OF_HEAP = 8;

    /** Returns how many bytes of a manifest's text this board has memory for. */
    static int maxManifestBytes() {
        return (int) Math.min(Manifest.MAX_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    }

    /** Says whether it is known what a release's folder should be. */
    boolean knows(Deployment deployment) {
        return index.manifestOf(deployment).isPresent();
    }

    /**
     * Says whether a release is here as its manifest says; what does not belong to it is not minded. Reads files, as far as {@code revalidate} asks.
     *
     * @param goesOn asked now and then; throws to end the work
     * @return no as well where that is not known, or cannot be read
     */
    boolean holds(Deployment deployment, Revalidate revalidate, Runnable goesOn) {
        try {
            Optional<CheckedTree> checked = of(deployment)
                    .filter(tree -> releases.holds(deployment))
                    .map(new TreeVerifier(revalidate, seen, Clock.systemUTC(), goesOn)::verify);
            checked.map(CheckedTree::damageCount)
                    .filter(count -> count > 0)
                    .ifPresent(count ->
                            LOG.warn("{} is here, and {} of it is not as it was published", deployment, count));
            return checked.filter(tree -> tree.damageCount() == 0).isPresent();
        } catch (OtaException e) {
            goesOn.run();
            LOG.warn("{}", e.getMessage());
            return false;
        } catch (OutOfMemoryError e) {
            LOG.warn("{} has too many files for this board's memory to look at them", deployment);
            return false;
        }
    }

    /** Returns a release's folder and its manifest; empty where that is not known, or the release is a package. */
    Optional<ReleaseTree> of(Deployment deployment) {
        return index.manifestOf(deployment)
                .flatMap(digest -> manifests
                        .read(digest)
                        .filter(text -> text.length <= maxManifestBytes())
                        .map(text -> new ReleaseTree(
                                releases.placeOf(deployment).toAbsolutePath(), digest, Manifest.parse(text))));
    }

    /**
     * Describes a folder that was unpacked, so that the next update can build on it. Where it cannot, that one fetches all of its release,
     * which is no failure of this one.
     *
     * @param expected manifest that should come of it
     * @param owner of all that is in it, as its archive says; empty where that has several, or says none
     * @param goesOn asked now and then; throws to end the work
     */
    void learn(Deployment unpacked, Content expected, Optional<EntryAttributes.Owner> owner, Runnable goesOn) {
        if (expected.size() > maxManifestBytes()) {
            return;
        }
        try {
            Optional<byte[]> text = FolderManifest.of(releases.placeOf(unpacked), expected, owner, goesOn);
            if (text.isPresent()) {
                index.add(unpacked, manifests.write(text.get()));
            } else {
                LOG.info(
                        "{} is not as its manifest says, file by file: the next update fetches all of its release",
                        unpacked);
            }
        } catch (IOException e) {
            LOG.warn("{} cannot be described: {}", unpacked, FileFault.why(e));
        } catch (OtaException e) {
            goesOn.run();
            LOG.warn("{} cannot be described: {}", unpacked, e.getMessage());
        } catch (OutOfMemoryError e) {
            LOG.warn("{} has too many files for this board's memory to describe them", unpacked);
        }
    }

    /**
     * Gives a folder that was built its name.
     *
     * @param manifest SHA-256 of the one that it is as
     * @throws OtaException CANNOT_WRITE
     */
    void built(Deployment next, Digest manifest) {
        forget(next);
        releases.unpacked(next);
        index.add(next, manifest);
    }

    /**
     * Nothing is to be built on a folder any more, nor is it to be taken for one that is as it was published.
     *
     * @throws OtaException CANNOT_WRITE
     */
    void forget(Deployment deployment) {
        index.remove(List.of(deployment.place().value()));
    }

    /**
     * Removes what lies in places, packages too. A file that several releases share looks changed once one of them is gone: what is known
     * of a release that stays is kept.
     *
     * @return those that are empty now
     */
    List<String> remove(Collection<String> places, Optional<Deployment> staying) {
        List<ReleaseTree> trees = staying.flatMap(this::of).stream().toList();
        List<String> empty = new ArrayList<>();
        new TreeCheck(Revalidate.SIZE, seen, Clock.systemUTC(), () -> {})
                .keepDuring(trees, () -> empty.addAll(releases.remove(places)));
        return empty;
    }

    /**
     * Removes what is known of places that are empty now. Where it cannot, says so: it is no one's failure.
     *
     * @param wanted SHA-256 of a manifest that an update has begun with; empty if there is none
     */
    void tidy(Collection<String> empty, Optional<Digest> wanted) {
        try {
            index.remove(empty);
            Set<Digest> needed = new HashSet<>(index.manifests());
            seen.keep(needed);
            wanted.ifPresent(needed::add);
            manifests.keep(needed);
        } catch (OtaException e) {
            LOG.warn("What is known of releases that are gone cannot be removed: {}", e.getMessage());
        }
    }
}
