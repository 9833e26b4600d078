package dev.otapair.client.torture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Releases that are unpacked: some files, each with nothing but the release's name in it, so that a mixed tree shows. */
final class Trees {
    private static final Set<String> FILES =
            new TreeSet<>(Set.of("bin/gateway", "etc/gateway.conf", "share/doc/readme", "version"));

    /** Takes two writes when it is unpacked. */
    private static final String LARGE = "bin/gateway";

    private static final int TIMES = 20_000;

    private Trees() {}

    /** Returns a release as it is published: a tar.gz. */
    static byte[] archive(String release) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream packed = new GZIPOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(packed)) {
            for (String file : FILES) {
                byte[] content = content(release, file);
                TarArchiveEntry entry = new TarArchiveEntry(file);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    /** Says whether a folder holds all of a release, and nothing else. */
    static boolean isWhole(Path tree, String release) throws IOException {
        if (!Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        Set<String> found = new TreeSet<>();
        boolean isWhole = true;
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path file : paths.filter(each -> !Files.isDirectory(each)).toList()) {
                String name = tree.relativize(file).toString();
                found.add(name);
                isWhole &= Arrays.equals(Files.readAllBytes(file), content(release, name));
            }
        }
        return isWhole && found.equals(FILES);
    }

    private static byte[] content(String release, String file) {
        return (release + "\n").repeat(file.equals(LARGE) ? TIMES : 1).getBytes(StandardCharsets.US_ASCII);
    }
}
