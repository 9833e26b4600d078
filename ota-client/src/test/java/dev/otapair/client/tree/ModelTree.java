package dev.otapair.client.tree;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ContentDigester;
import dev.otapair.protocol.release.Manifest;
import dev.otapair.protocol.release.ManifestEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A release in memory: made at random, changed at random, written to a folder, and compared with one. */
final class ModelTree {
    private static final Comparator<String> BY_BYTES = (one, other) ->
            Arrays.compareUnsigned(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    private static final List<String> NAMES =
            List.of("a", "a.b", "a b", "ä", "b", "c-1", "lib", "usr", "x%y", "\u56fa", "z\tz", "-", "~", "new\nline");
    private static final int[] FILE_MODES = {0644, 0644, 0644, 0755, 0755, 0600, 0444, 04755, 0, 0222, 01644};
    private static final int[] FOLDER_MODES = {0755, 0755, 0755, 0700, 0555, 02755, 01777};
    private static final int MAX_SIZE = 20_000;

    private final TreeMap<String, Node> nodes = new TreeMap<>(BY_BYTES);

    /** What lies under a path. */
    sealed interface Node {
        int mode();

        long owner();

        long time();
    }

    record FolderNode(int mode, long owner, long time) implements Node {}

    record FileNode(int mode, long owner, long time, byte[] content) implements Node {
        Content identity() {
            return new Content(content.length, digestOf(Digest.Algorithm.SHA256, content));
        }
    }

    record LinkNode(int mode, long owner, long time, String target) implements Node {}

    static ModelTree random(Random random) {
        ModelTree tree = new ModelTree();
        int count = random.nextInt(30);
        for (int i = 0; i < count; i++) {
            tree.add(random);
        }
        return tree;
    }

    /** Returns another one, which has something in common with this. */
    ModelTree edited(Random random) {
        ModelTree next = new ModelTree();
        next.nodes.putAll(nodes);
        int edits = random.nextInt(8);
        for (int i = 0; i < edits; i++) {
            next.edit(random);
        }
        return next;
    }

    SortedMap<String, Node> nodes() {
        return Collections.unmodifiableSortedMap(nodes);
    }

    ModelTree put(String path, Node node) {
        nodes.put(path, node);
        return this;
    }

    ModelTree folder(String path) {
        return put(path, new FolderNode(0755, 0, 1_700_000_000));
    }

    ModelTree file(String path, String content) {
        return file(path, 0644, 1_700_000_001, content);
    }

    ModelTree file(String path, int mode, long time, String content) {
        return put(path, new FileNode(mode, 0, time, content.getBytes(StandardCharsets.UTF_8)));
    }

    ModelTree link(String path, String target) {
        return put(path, new LinkNode(0777, 0, 1_700_000_002, target));
    }

    Manifest manifest() {
        List<ManifestEntry> entries = new ArrayList<>();
        nodes.forEach((path, node) -> entries.add(entry(path, node)));
        return new Manifest(entries);
    }

    /** Returns the content of one of the manifest's objects. */
    byte[] object(Content wanted) {
        return nodes.values().stream()
                .filter(node -> node instanceof FileNode file && file.identity().equals(wanted))
                .map(node -> ((FileNode) node).content())
                .findFirst()
                .orElseThrow();
    }

    /** Writes it as a builder would. */
    void writeTo(Path root, boolean isRoot) throws IOException {
        Files.createDirectory(root);
        for (Map.Entry<String, Node> each : nodes.entrySet()) {
            Path place = root.resolve(each.getKey());
            if (each.getValue() instanceof FolderNode) {
                Files.createDirectory(place);
            } else if (each.getValue() instanceof FileNode file) {
                Files.write(place, file.content());
            } else if (each.getValue() instanceof LinkNode link) {
                Files.createSymbolicLink(place, Path.of(link.target()));
            }
        }
        for (Map.Entry<String, Node> each : nodes.descendingMap().entrySet()) {
            Path place = root.resolve(each.getKey());
            Node node = each.getValue();
            if (isRoot) {
                Files.setAttribute(place, "unix:uid", (int) node.owner(), LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(place, "unix:gid", (int) node.owner(), LinkOption.NOFOLLOW_LINKS);
            }
            Files.getFileAttributeView(place, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(FileTime.from(node.time(), TimeUnit.SECONDS), null, null);
            if (!(node instanceof LinkNode)) {
                Files.setAttribute(place, "unix:mode", isRoot ? node.mode() : node.mode() & 01777);
            }
        }
    }

    /** Returns what a folder should look like that holds this. */
    SortedMap<String, String> described(boolean isRoot) {
        SortedMap<String, String> lines = new TreeMap<>(BY_BYTES);
        nodes.forEach((path, node) -> lines.put(path, describe(node, isRoot)));
        return lines;
    }

    /** Returns what a folder looks like. */
    static SortedMap<String, String> describe(Path root, boolean isRoot) throws IOException {
        SortedMap<String, String> lines = new TreeMap<>(BY_BYTES);
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                if (!path.equals(root)) {
                    lines.put(root.relativize(path).toString(), describe(nodeOf(path, isRoot), isRoot));
                }
            }
        }
        return lines;
    }

    static Digest digestOf(Digest.Algorithm algorithm, byte[] bytes) {
        ContentDigester digester = new ContentDigester(algorithm);
        digester.update(ByteBuffer.wrap(bytes));
        return digester.finish(algorithm);
    }

    private static Node nodeOf(Path path, boolean isRoot) throws IOException {
        Map<String, Object> said = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
        int mode = (Integer) said.get("mode") & 07777;
        long owner = Integer.toUnsignedLong((Integer) said.get("uid"));
        long time = ((FileTime) said.get("lastModifiedTime")).to(TimeUnit.SECONDS);
        if (Files.isSymbolicLink(path)) {
            return new LinkNode(0777, owner, time, Files.readSymbolicLink(path).toString());
        }
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return new FolderNode(mode, owner, time);
        }
        if (isRoot || (mode & 0400) != 0) {
            return new FileNode(mode, owner, time, Files.readAllBytes(path));
        }
        Files.setAttribute(path, "unix:mode", 0600);
        byte[] content = Files.readAllBytes(path);
        Files.setAttribute(path, "unix:mode", mode);
        return new FileNode(mode, owner, time, content);
    }

    private static String describe(Node node, boolean isRoot) {
        String owner = isRoot ? Long.toString(node.owner()) : "-";
        int mode = isRoot ? node.mode() : node.mode() & 01777;
        String start = "%o %s %d ".formatted(mode, owner, node.time());
        if (node instanceof FileNode file) {
            return "f " + start + file.content().length + " "
                    + digestOf(Digest.Algorithm.MD5, file.content()).hex();
        }
        return node instanceof LinkNode link ? "l " + start + link.target() : "d " + start;
    }

    private static ManifestEntry entry(String path, Node node) {
        if (node instanceof FileNode file) {
            return new ManifestEntry.File(
                    path,
                    file.mode(),
                    file.owner(),
                    file.owner(),
                    file.time(),
                    file.identity(),
                    digestOf(Digest.Algorithm.MD5, file.content()));
        }
        if (node instanceof LinkNode link) {
            return new ManifestEntry.Link(path, link.owner(), link.owner(), link.time(), link.target());
        }
        return new ManifestEntry.Folder(path, node.mode(), node.owner(), node.owner(), node.time());
    }

    private void add(Random random) {
        String path = newPath(random);
        nodes.put(path, newNode(random));
    }

    private Node newNode(Random random) {
        int kind = random.nextInt(10);
        if (kind < 3) {
            return new FolderNode(pick(random, FOLDER_MODES), owner(random), time(random));
        }
        if (kind == 3) {
            return new LinkNode(0777, owner(random), time(random), random.nextBoolean() ? "../a" : "/etc/passwd");
        }
        return new FileNode(pick(random, FILE_MODES), owner(random), time(random), content(random));
    }

    private byte[] content(Random random) {
        List<byte[]> others = nodes.values().stream()
                .filter(FileNode.class::isInstance)
                .map(node -> ((FileNode) node).content())
                .toList();
        if (!others.isEmpty() && random.nextInt(4) == 0) {
            return others.get(random.nextInt(others.size()));
        }
        byte[] content = new byte[random.nextInt(5) == 0 ? random.nextInt(3) : random.nextInt(MAX_SIZE)];
        byte[] word = new byte[1 + random.nextInt(300)];
        random.nextBytes(word);
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (word[i % word.length] + i / 5000);
        }
        return content;
    }

    private void edit(Random random) {
        if (nodes.isEmpty()) {
            add(random);
            return;
        }
        String path = List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size()));
        Node node = nodes.get(path);
        switch (random.nextInt(9)) {
            case 0 -> add(random);
            case 1 -> remove(path);
            case 2 -> move(path, random);
            case 3 -> {
                remove(path);
                nodes.put(path, newNode(random));
            }
            case 4 -> nodes.put(path, withAttributes(node, pick(random, FILE_MODES), node.owner(), node.time()));
            case 5 -> nodes.put(path, withAttributes(node, node.mode(), owner(random), time(random)));
            default -> {
                if (node instanceof FileNode file) {
                    nodes.put(
                            path,
                            new FileNode(file.mode(), file.owner(), time(random), changed(file.content(), random)));
                } else {
                    add(random);
                }
            }
        }
    }

    private static byte[] changed(byte[] content, Random random) {
        byte[] changed = Arrays.copyOf(content, random.nextInt(3) == 0 ? random.nextInt(MAX_SIZE) : content.length);
        for (int i = random.nextInt(5); i > 0 && changed.length > 0; i--) {
            changed[random.nextInt(changed.length)] += (byte) (1 + random.nextInt(255));
        }
        return changed;
    }

    private static Node withAttributes(Node node, int mode, long owner, long time) {
        if (node instanceof FileNode file) {
            return new FileNode(mode, owner, time, file.content());
        }
        return node instanceof LinkNode link
                ? new LinkNode(link.mode(), owner, time, link.target())
                : new FolderNode(mode | 0700, owner, time);
    }

    private void move(String path, Random random) {
        ModelTree moved = new ModelTree();
        below(path).forEach((each, node) -> moved.nodes.put(each.substring(path.length()), node));
        remove(path);
        String place = newPath(random);
        moved.nodes.forEach((rest, node) -> nodes.put(place + rest, node));
    }

    private void remove(String path) {
        below(path).keySet().forEach(nodes::remove);
    }

    private Map<String, Node> below(String path) {
        Map<String, Node> found = new TreeMap<>(BY_BYTES);
        nodes.forEach((each, node) -> {
            if (each.equals(path) || each.startsWith(path + "/")) {
                found.put(each, node);
            }
        });
        return found;
    }

    /** Returns a path under which nothing is. */
    private String newPath(Random random) {
        List<String> folders = new ArrayList<>(List.of(""));
        nodes.forEach((path, node) -> {
            if (node instanceof FolderNode) {
                folders.add(path + "/");
            }
        });
        String path;
        do {
            String name = NAMES.get(random.nextInt(NAMES.size())) + (random.nextBoolean() ? random.nextInt(20) : "");
            path = folders.get(random.nextInt(folders.size())) + name;
        } while (nodes.containsKey(path));
        return path;
    }

    private static int pick(Random random, int[] modes) {
        return modes[random.nextInt(modes.length)];
    }

    private static long owner(Random random) {
        return random.nextInt(3) == 0 ? 1000 + random.nextInt(3) : 0;
    }

    private static long time(Random random) {
        return random.nextInt(10) == 0 ? -random.nextInt(1000) : 1_600_000_000L + random.nextInt(10);
    }
}
