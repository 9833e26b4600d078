package dev.otapair.client.store;

import dev.otapair.protocol.files.DurableFiles;
import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.PackageName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which folders below {@code releases} are as a manifest says, and which manifest that is: what the next update can build on. A folder
 * that is not in it was unpacked from a package that nobody has described.
 */
public final class TreeIndex {
    private static final String KIND = "ota-client-trees/1";
    private static final int FIELDS = 3;

    private final CheckedFile file;

    private record Tree(Digest content, Digest manifest, PackageName place) {
        boolean isOf(Deployment deployment) {
            return deployment.isUnpacked() && place.equals(deployment.place()) && content.equals(deployment.digest());
        }

        String toLine() {
            return "%s %s %s\n".formatted(content.hex(), manifest.hex(), place);
        }

        static Tree ofLine(String line) {
            String[] fields = line.split(" ", FIELDS);
            if (fields.length != FIELDS) {
                throw new IllegalArgumentException("not " + FIELDS + " fields");
            }
            return new Tree(
                    new Digest(Digest.Algorithm.SHA256, fields[0]),
                    new Digest(Digest.Algorithm.SHA256, fields[1]),
                    new PackageName(fields[2]));
        }
    }

    /** @param folder the state folder; must exist before anything is written */
    public TreeIndex(Path folder, DurableFiles files) {
        this.file = new CheckedFile(folder.resolve("trees"), KIND, files);
    }

    /** Returns the SHA-256 of the manifest that a release's folder is as; empty where none is known. */
    public Optional<Digest> manifestOf(Deployment deployment) {
        return read().stream()
                .filter(tree -> tree.isOf(deployment))
                .map(Tree::manifest)
                .findFirst();
    }

    /** Says whether another content than that of a release lies in its place. */
    public boolean isOfAnother(Deployment deployment) {
        return read().stream()
                .anyMatch(tree -> tree.place().equals(deployment.place())
                        && !tree.content().equals(deployment.digest()));
    }

    /** Returns the manifests of all folders that are known. */
    public Set<Digest> manifests() {
        return read().stream().map(Tree::manifest).collect(Collectors.toSet());
    }

    /**
     * Remembers for good that a folder is as a manifest says, in place of what was known of that place.
     *
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE
     */
    public void add(Deployment deployment, Digest manifest) {
        List<Tree> trees = new ArrayList<>(read());
        trees.removeIf(tree -> tree.place().equals(deployment.place()));
        trees.add(new Tree(deployment.digest(), manifest, deployment.place()));
        write(trees);
    }

    /**
     * Forgets places that are empty now.
     *
     * @throws dev.otapair.protocol.error.OtaException CANNOT_WRITE
     */
    public void remove(Collection<String> places) {
        List<Tree> trees = new ArrayList<>(read());
        if (trees.removeIf(tree -> places.contains(tree.place().value()))) {
            write(trees);
        }
    }

    private List<Tree> read() {
        return file.read(text -> text.lines().map(Tree::ofLine).toList(), "the next update fetches all of its release")
                .orElse(List.of());
    }

    private void write(List<Tree> trees) {
        file.write(trees.stream().map(Tree::toLine).collect(Collectors.joining()));
    }
}
