package dev.otapair.server.tree;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Folders with all that a release can have, by a seed. Needs root: whom files belong to is random as well. */
public final class RandomTree {
    private static final int MAX_DEPTH = 5;
    private static final List<String> NAMES = List.of(
            "a",
            "A",
            "a-b",
            "a.b",
            "a b",
            "-x",
            "..x",
            "%41",
            "tab\there",
            "line\nend",
            "quote'\"",
            "back\\slash",
            "固件",
            "ü",
            "\uD83D\uDE00",
            "\uFB01",
            "~",
            "#",
            "*",
            "con",
            "lib.so.1",
            "x".repeat(120));

    private final Random random;
    private final int entries;
    private int left;

    public RandomTree(long seed, int entries) {
        this.random = new Random(seed);
        this.entries = entries;
    }

    /** Makes a folder. */
    public void make(Path folder) throws IOException {
        left = entries;
        Files.createDirectory(folder);
        fill(folder, 0);
    }

    /** Changes some of it. */
    public void edit(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .forEach(files::add);
        }
        files.sort(Comparator.naturalOrder());
        for (Path file : files) {
            switch (random.nextInt(6)) {
                case 0 -> Files.write(file, bytes());
                case 1 -> Files.delete(file);
                case 2 -> Files.setAttribute(file, "unix:mode", 0600 | random.nextInt(0100));
                default -> {
                    // Stays.
                }
            }
        }
    }

    private void fill(Path folder, int depth) throws IOException {
        int count = 1 + random.nextInt(8);
        for (int i = 0; i < count && left > 0; i++) {
            Path child = folder.resolve(name());
            if (!Files.exists(child, LinkOption.NOFOLLOW_LINKS)) {
                left--;
                add(child, depth);
            }
        }
    }

    private void add(Path child, int depth) throws IOException {
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                Files.createDirectory(child);
                if (depth < MAX_DEPTH && random.nextInt(4) > 0) {
                    fill(child, depth + 1);
                }
                Files.setAttribute(child, "unix:mode", 0700 | random.nextInt(010000) & 03777);
            }
            case 2 -> Files.createSymbolicLink(child, Path.of(target()));
            case 3 -> hardLinkOrFile(child);
            default -> write(child);
        }
        own(child);
    }

    private void write(Path file) throws IOException {
        Files.write(file, bytes());
    }

    private void hardLinkOrFile(Path child) throws IOException {
        Path other = child.resolveSibling("a");
        if (Files.isRegularFile(other, LinkOption.NOFOLLOW_LINKS)) {
            Files.createLink(child, other);
        } else {
            write(child);
        }
    }

    private void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", random.nextInt(4) * 1000, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", random.nextInt(3) * 70_000, LinkOption.NOFOLLOW_LINKS);
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            Files.setAttribute(path, "unix:mode", random.nextInt(010000));
        }
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(FileTime.fromMillis(random.nextLong(-1_000_000_000_000L, 2_000_000_000_000L)), null, null);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(5) == 0 ? 0 : random.nextInt(5000)];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        }
        return bytes;
    }

    private String name() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        return random.nextBoolean() ? name : name + random.nextInt(100);
    }

    private String target() {
        return switch (random.nextInt(4)) {
            case 0 -> "/etc/" + name();
            case 1 -> "../../" + name();
            case 2 -> "./" + name() + "//" + name() + "/";
            default -> name();
        };
    }

    /** Removes a folder, if it is there. */
    public static void remove(Path folder) {
        try {
            Process remove = new ProcessBuilder("rm", "-rf", folder.toString()).start();
            byte[] said = remove.getErrorStream().readAllBytes();
            if (said.length > 0) {
                throw new IOException(new String(said, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
