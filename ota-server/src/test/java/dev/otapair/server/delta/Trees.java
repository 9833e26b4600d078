package dev.otapair.server.delta;

import dev.otapair.protocol.message.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Trees of files, and what may happen to them from one release to the next. */
public final class Trees {
    private Trees() {}

    /** Returns the contents by their digests. */
    public static Map<Digest, byte[]> contents(Map<String, byte[]> files) {
        Map<Digest, byte[]> contents = new HashMap<>();
        files.values().forEach(content -> contents.put(Shelf.sha256(content), content));
        return contents;
    }

    /** Makes one of up to 40 small files. */
    public static Map<String, byte[]> randomTree(Random random) {
        Map<String, byte[]> files = new TreeMap<>();
        int count = 1 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            int size = random.nextInt(10) == 0 ? 0 : random.nextInt(20_000);
            files.put(
                    "d%d/f%d.%d".formatted(random.nextInt(4), i, random.nextInt(3)),
                    random.nextInt(8) == 0 ? noise(random, size) : program(random, size));
        }
        return files;
    }

    /** Renames, removes, adds, swaps, empties, grows, shrinks and changes some files. */
    public static Map<String, byte[]> edited(Map<String, byte[]> before, Random random) {
        Map<String, byte[]> after = new TreeMap<>(before);
        for (String path : before.keySet()) {
            byte[] content = after.get(path);
            switch (random.nextInt(12)) {
                case 0 -> after.remove(path);
                case 1 -> {
                    after.remove(path);
                    after.put("moved/" + path, content);
                }
                case 2 -> {
                    after.remove(path);
                    after.put("moved/" + path + "9", changed(content, random));
                }
                case 3 -> after.put(path, new byte[0]);
                case 4 -> after.put(path, Arrays.copyOf(content, content.length / 2));
                case 5 -> after.put(path, joined(content, "grown"));
                case 6 -> after.put(path, changed(content, random));
                case 7 -> after.put("new/" + path, program(random, 3_000));
                case 8 -> after.put("copy/" + path, content);
                case 9 -> {
                    List<String> others = new ArrayList<>(before.keySet());
                    after.put(path, before.get(others.get(random.nextInt(others.size()))));
                }
                default -> {}
            }
        }
        if (after.isEmpty()) {
            after.put("last", program(random, 100));
        }
        return after;
    }

    /** Changes a few bytes. */
    public static byte[] changed(byte[] content, Random random) {
        byte[] changed = content.clone();
        for (int i = 0; i < 5 && changed.length > 0; i++) {
            changed[random.nextInt(changed.length)]++;
        }
        return changed;
    }

    /** Bytes in which words come again. */
    public static byte[] program(Random random, int size) {
        byte[] words = new byte[8 * 300];
        random.nextBytes(words);
        byte[] content = new byte[size];
        for (int i = 0; i < size; i += 8) {
            System.arraycopy(words, 8 * random.nextInt(300), content, i, Math.min(8, size - i));
        }
        return content;
    }

    /** Bytes that nothing makes smaller. */
    public static byte[] noise(Random random, int size) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        return content;
    }

    /** Appends a text. */
    public static byte[] joined(byte[] content, String more) {
        byte[] end = more.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(content, content.length + end.length);
        System.arraycopy(end, 0, all, content.length, end.length);
        return all;
    }
}
