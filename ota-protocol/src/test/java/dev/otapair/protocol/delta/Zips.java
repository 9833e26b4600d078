package dev.otapair.protocol.delta;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Zips in memory, and their expanded forms, for tests. */
public final class Zips {
    private static final int MAX_BYTES = 1 << 30;

    private Zips() {}

    /** Files of many kinds and sizes. */
    static Map<String, byte[]> files(Random random, int count) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            int size = random.nextInt(1 << 1 + random.nextInt(17));
            byte[] content = switch (random.nextInt(4)) {
                case 0 -> ZstdContents.noise(random, size);
                case 1 -> ZstdContents.mixture(random, size);
                default -> ZstdContents.text(random, size);
            };
            files.put("folder/" + Integer.toString(random.nextInt(), Character.MAX_RADIX) + i, content);
        }
        return files;
    }

    /** A zip as Java writes it: a descriptor behind each content. */
    static byte[] deflated(int level, Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.setLevel(level);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(entry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    static byte[] stored(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                ZipEntry entry = entry(file.getKey());
                CRC32 crc = new CRC32();
                crc.update(file.getValue());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(file.getValue().length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(file.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static ZipEntry entry(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(1_700_000_000_000L + name.hashCode());
        return entry;
    }

    /** Some content of some files edited, some files gone, some new. */
    static Map<String, byte[]> edited(Random random, Map<String, byte[]> files) {
        Map<String, byte[]> edited = new LinkedHashMap<>();
        files.forEach((name, content) -> {
            int kind = random.nextInt(8);
            if (kind == 0 && content.length > 0) {
                edited.put(name, ZstdContents.edited(random, content));
            } else if (kind > 1) {
                edited.put(name, content);
            }
            if (kind == 2) {
                edited.put(name + "new", name.repeat(20).getBytes(StandardCharsets.UTF_8));
            }
        });
        return edited;
    }

    /** A form with what was found out. */
    record Form(byte[] bytes, ZipExpansion expansion) {}

    /** Expands a zip as for a board to make, without the check that it can. */
    static Form expanded(Path folder, byte[] zip) throws IOException {
        Path file = Files.createTempFile(folder, "form", "");
        try (FileChannel form = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                ZipLevels levels = new ZipLevels(Patches.old(zip), OldContent.of(form, MAX_BYTES));
                ZipExpander expander = new ZipExpander(Patches.old(zip), form, MAX_BYTES, levels)) {
            ZipExpansion expansion = expander.write().orElseThrow();
            return new Form(Files.readAllBytes(file), expansion);
        } finally {
            Files.delete(file);
        }
    }

    /** Makes a zip of its form, which may be anything and is read to its end. */
    public static void rebuild(InputStream form, OutputStream zip, long size) throws IOException {
        try (ZipRebuild rebuild = new ZipRebuild(zip, size)) {
            form.transferTo(rebuild);
            rebuild.finish();
        }
    }

    /** Says whether a zip that may be anything comes back of its form. */
    public static boolean comesBack(Path folder, byte[] zip) throws IOException {
        ByteArrayOutputStream made = new ByteArrayOutputStream();
        rebuild(new ByteArrayInputStream(expanded(folder, zip).bytes()), made, zip.length);
        return Arrays.equals(made.toByteArray(), zip);
    }

    /** Expands a zip as one that a board has. */
    static byte[] expandedOld(Path folder, byte[] zip) throws IOException {
        Path file = Files.createTempFile(folder, "form", "");
        try (FileChannel form = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ZipForm.expandOld(Patches.old(zip), form, MAX_BYTES).orElseThrow();
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }
}
