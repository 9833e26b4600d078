package dev.otapair.protocol.release;

import dev.otapair.protocol.message.Digest;
import dev.otapair.protocol.message.Response.Content;
import dev.otapair.protocol.release.ManifestEntry.File;
import dev.otapair.protocol.release.ManifestEntry.Folder;
import dev.otapair.protocol.release.ManifestEntry.Link;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Random releases, with the names that are most trouble. Not thread-safe. */
final class Trees {
    private static final List<String> LETTERS =
            List.of("a", "b", "-", ".", " ", "%", "\t", "\n", "\u0001", "\u007f", "é", "固", "\uffff", "\ue000", "🔑");

    private final Random random;

    Trees(Random random) {
        this.random = random;
    }

    /** Returns the entries of one, in the order of a manifest. */
    List<ManifestEntry> next() {
        List<String> folders = new ArrayList<>(List.of(""));
        List<ManifestEntry> entries = new ArrayList<>();
        int count = random.nextInt(40);
        for (int i = 0; i < count; i++) {
            String path = folders.get(random.nextInt(folders.size())) + name();
            if (entries.stream().noneMatch(entry -> entry.path().equals(path))) {
                ManifestEntry entry = entry(path);
                entries.add(entry);
                if (entry instanceof Folder) {
                    folders.add(path + "/");
                }
            }
        }
        entries.sort(Comparator.comparing(
                entry -> entry.path().getBytes(StandardCharsets.UTF_8), (one, other) -> compare(one, other)));
        return entries;
    }

    private ManifestEntry entry(String path) {
        int mode = random.nextInt(ManifestEntry.MAX_MODE + 1);
        long owner = random.nextLong(ManifestEntry.MAX_ID + 1);
        long time = random.nextLong(-ManifestEntry.MAX_SECONDS, ManifestEntry.MAX_SECONDS + 1);
        return switch (random.nextInt(4)) {
            case 0, 1 -> new Folder(path, mode, owner, 0, time);
            case 2 -> file(path, mode, owner, time);
            default -> new Link(path, owner, 0, time, name() + "/" + name());
        };
    }

    private File file(String path, int mode, long owner, long time) {
        byte[] content = new byte[random.nextInt(3)];
        return new File(path, mode, 0, owner, time, contentOf(content), md5Of(content));
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        int length = 1 + random.nextInt(3);
        for (int i = 0; i < length; i++) {
            name.append(LETTERS.get(random.nextInt(LETTERS.size())));
        }
        return name.toString().matches("\\.\\.?") ? "dots" : name.toString();
    }

    private static Content contentOf(byte... bytes) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.SHA256);
        digester.update(ByteBuffer.wrap(bytes));
        return new Content(bytes.length, digester.finish(Digest.Algorithm.SHA256));
    }

    private static Digest md5Of(byte... bytes) {
        ContentDigester digester = new ContentDigester(Digest.Algorithm.MD5);
        digester.update(ByteBuffer.wrap(bytes));
        return digester.finish(Digest.Algorithm.MD5);
    }

    /** As the specification says it, and not as the code does it. */
    private static int compare(byte[] one, byte[] other) {
        for (int i = 0; i < Math.min(one.length, other.length); i++) {
            int difference = (one[i] & 0xff) - (other[i] & 0xff);
            if (difference != 0) {
                return difference;
            }
        }
        return one.length - other.length;
    }
}
