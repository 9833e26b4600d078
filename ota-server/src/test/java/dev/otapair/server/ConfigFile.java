package dev.otapair.server;

import dev.otapair.protocol.config.IniFile;
import dev.otapair.server.config.ConfigSource;
import dev.otapair.server.config.ServerConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A config.ini in a folder of the test's, with its packages beside it: a server for loopback on a port of the system's. */
public final class ConfigFile {
    public static final String TOKEN = "correct horse";
    public static final String LATEST = "fw.tar.gz";

    private final Path folder;
    private final Map<String, String> server = new LinkedHashMap<>();

    /** Writes the file, and makes its folder of packages. */
    public ConfigFile(Path folder) {
        this.folder = folder;
        server.put("port", "0");
        server.put("security", TOKEN);
        server.put("ip", "127.0.0.1");
        server.put("path", "packages");
        server.put("latest", LATEST);
        try {
            Files.createDirectories(packages());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(text());
    }

    /** Sets a key of {@code [Server]} and writes the file anew. */
    public ConfigFile with(String key, String value) {
        server.put(key, value);
        write(text());
        return this;
    }

    /** Writes another text, whole from one moment to the next. */
    public void write(String text) {
        replace(path(), text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns the text of what was set. */
    public String text() {
        return server.entrySet().stream()
                .map(key -> key.getKey() + " = " + key.getValue() + "\n")
                .collect(Collectors.joining("", "[Server]\n", ""));
    }

    public Path path() {
        return folder.resolve("config.ini");
    }

    public Path packages() {
        return folder.resolve("packages");
    }

    /** Gives a package a new content by rename, with a time of last change that no later change can have. */
    public Path put(String name, byte[] content) {
        Path file = packages().resolve(name);
        replace(file, content);
        return file;
    }

    public ServerConfig read() {
        return ServerConfig.read(IniFile.read(path()), Map.of());
    }

    public ConfigSource open() {
        return ConfigSource.open(path(), Map.of());
    }

    private void replace(Path file, byte[] content) {
        try {
            Path whole = Files.write(folder.resolve("being-written"), content);
            if (!file.equals(path())) {
                Files.setLastModifiedTime(whole, FileTime.from(Instant.parse("2021-03-23T14:05:22.152Z")));
            }
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
