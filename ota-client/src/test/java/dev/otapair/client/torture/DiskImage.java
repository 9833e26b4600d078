package dev.otapair.client.torture;

import dev.otapair.client.torture.DiskChange.Cut;
import dev.otapair.client.torture.DiskChange.Made;
import dev.otapair.client.torture.DiskChange.Node;
import dev.otapair.client.torture.DiskChange.Removed;
import dev.otapair.client.torture.DiskChange.Renamed;
import dev.otapair.client.torture.DiskChange.Written;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/** What is on a disk: names, and bytes behind them. Not thread-safe. */
final class DiskImage {
    /** The bytes of a file, which are never changed in place. */
    private static final class Content {
        private static final Content NONE = new Content(new byte[0]);

        private final byte[] bytes;
        private long fingerprint;

        private Content(byte[] bytes) {
            this.bytes = bytes;
        }

        /** Computed once, and hardly ever zero. */
        private long fingerprint() {
            if (fingerprint == 0) {
                CRC32C crc = new CRC32C();
                crc.update(bytes);
                fingerprint = crc.getValue() << 32 | bytes.length;
            }
            return fingerprint;
        }
    }

    private final TreeMap<String, Node> names;
    private final Map<Node, Content> contents;

    private DiskImage(TreeMap<String, Node> names, Map<Node, Content> contents) {
        this.names = names;
        this.contents = contents;
    }

    /** Returns an empty disk. */
    static DiskImage empty() {
        DiskImage image = new DiskImage(new TreeMap<>(), new HashMap<>());
        image.names.put("/", new Node(0, true, ""));
        return image;
    }

    /** Returns another one with the same on it. */
    DiskImage copy() {
        return new DiskImage(new TreeMap<>(names), new HashMap<>(contents));
    }

    /** Makes a change, whether or not those before it have been made. */
    void apply(DiskChange change) {
        if (change instanceof Made made) {
            names.put(made.path(), made.node());
        } else if (change instanceof Removed removed) {
            names.remove(removed.path());
        } else if (change instanceof Renamed renamed) {
            names.remove(renamed.from());
            names.put(renamed.to(), renamed.node());
        } else if (change instanceof Written written) {
            byte[] before = content(written.node());
            int end = written.position() + written.bytes().length;
            byte[] after = Arrays.copyOf(before, Math.max(before.length, end));
            System.arraycopy(written.bytes(), 0, after, written.position(), written.bytes().length);
            contents.put(written.node(), new Content(after));
        } else if (change instanceof Cut cut) {
            contents.put(cut.node(), new Content(Arrays.copyOf(content(cut.node()), cut.size())));
        }
    }

    /** Forgets what no name leads to: files without a folder, bytes without a file. */
    void drop() {
        for (String name : List.copyOf(names.keySet())) {
            Node parent = names.get(DiskChange.parent(name));
            if (parent == null || !parent.isFolder()) {
                names.remove(name);
            }
        }
        contents.keySet().retainAll(names.values());
    }

    Optional<Node> find(String path) {
        return Optional.ofNullable(names.get(path));
    }

    /** Returns all paths, and what they lead to. */
    Map<String, Node> names() {
        return Collections.unmodifiableMap(names);
    }

    boolean hasNameFor(Node node) {
        return names.containsValue(node);
    }

    byte[] content(Node node) {
        return contents.getOrDefault(node, Content.NONE).bytes;
    }

    /** Returns the paths of what is in a folder. */
    List<String> list(String folder) {
        return names.keySet().stream()
                .filter(path -> !path.equals("/") && DiskChange.parent(path).equals(folder))
                .toList();
    }

    /** Returns the first number that no file has had. */
    int nextNumber() {
        return 1 + names.values().stream().mapToInt(Node::number).max().orElse(0);
    }

    /** Returns a number that two images with different names or bytes do not share, but for an accident. */
    long fingerprint() {
        long mixed = 1;
        for (Map.Entry<String, Node> entry : names.entrySet()) {
            Content content = contents.getOrDefault(entry.getValue(), Content.NONE);
            mixed = mixed * 0x9E3779B97F4A7C15L
                    + entry.getKey().hashCode()
                    + entry.getValue().target().hashCode();
            mixed = (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L + content.fingerprint();
        }
        return mixed;
    }

    /** Returns what is there, for a report. */
    @Override
    public String toString() {
        return names.entrySet().stream()
                .filter(entry -> !entry.getValue().isFolder())
                .map(entry -> entry.getKey() + ":" + content(entry.getValue()).length)
                .collect(Collectors.joining(" "));
    }
}
