package dev.otapair.protocol.delta;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** What is packed in the tests, of all the kinds that matter to a packer. */
final class ZstdContents {
    private static final int EXECUTABLE_BYTES = 300_000;

    private ZstdContents() {}

    static Map<String, byte[]> all(Random random) {
        Map<String, byte[]> contents = new LinkedHashMap<>();
        contents.put("empty", new byte[0]);
        contents.put("1 byte", new byte[] {7});
        contents.put("2 bytes", new byte[] {7, 8});
        contents.put("short text", text(random, 300));
        contents.put("text", text(random, 250_000));
        contents.put("a block of text", text(random, 128 * 1024));
        contents.put("a block and 1 byte of text", text(random, 128 * 1024 + 1));
        contents.put("zeros", new byte[600_000]);
        contents.put("noise", noise(random, 200_000));
        contents.put("few values", fewValues(random, 200_000));
        contents.put("mixture", mixture(random, 1_200_000));
        contents.put("executable", executable());
        return contents;
    }

    static byte[] noise(Random random, int length) {
        byte[] noise = new byte[length];
        random.nextBytes(noise);
        return noise;
    }

    /** Words of a small vocabulary. */
    static byte[] text(Random random, int length) {
        String[] words = new String[200];
        for (int i = 0; i < words.length; i++) {
            words[i] = Long.toString(random.nextLong() >>> random.nextInt(60), Character.MAX_RADIX);
        }
        StringBuilder text = new StringBuilder(length + 20);
        while (text.length() < length) {
            double skewed = random.nextDouble();
            text.append(words[(int) (skewed * skewed * words.length)]).append(random.nextInt(9) == 0 ? '\n' : ' ');
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    /** Values with hardly a match: literals that are coded. */
    private static byte[] fewValues(Random random, int length) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) (Math.abs(random.nextGaussian()) * 20);
        }
        return values;
    }

    /** Runs, noise, and pieces of what was before, near and far, that overlap themselves as well. */
    static byte[] mixture(Random random, int length) {
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < length) {
            int piece = Math.min(length - at, 1 + random.nextInt(1 << 1 + random.nextInt(17)));
            int kind = random.nextInt(8);
            if (kind == 0) {
                Arrays.fill(bytes, at, at + piece, (byte) random.nextInt());
            } else if (kind < 3 || at == 0) {
                System.arraycopy(noise(random, piece), 0, bytes, at, piece);
            } else {
                int distance = 1 + random.nextInt(Math.min(at, 1 << 1 + random.nextInt(22)));
                for (int i = 0; i < piece; i++) {
                    bytes[at + i] = bytes[at + i - distance];
                }
            }
            at += piece;
        }
        return bytes;
    }

    /** Native code of the Java that runs this. */
    static byte[] executable() {
        Path file = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(EXECUTABLE_BYTES);
            return in.readNBytes(EXECUTABLE_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Another version of a content: pieces of it changed, moved, removed and put in. */
    static byte[] edited(Random random, byte[] old) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int at = 0;
        while (at < old.length) {
            int piece = Math.min(old.length - at, 1 + random.nextInt(1 << 1 + random.nextInt(16)));
            switch (random.nextInt(6)) {
                case 0 -> out.writeBytes(noise(random, 1 + random.nextInt(40)));
                case 1 -> {
                    int from = random.nextInt(old.length);
                    out.write(old, from, Math.min(piece, old.length - from));
                }
                case 2 -> at += random.nextInt(20);
                default -> {
                    out.write(old, at, piece);
                    at += piece;
                }
            }
        }
        return out.toByteArray();
    }
}
