package dev.otapair.client.config;

import dev.otapair.protocol.config.IniSection;
import dev.otapair.protocol.error.ErrorCode;
import dev.otapair.protocol.error.OtaException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * How a package becomes the board's software, and how it proves itself.
 *
 * @param unpack whether the package is an archive to be unpacked; else it is handed to the script as it is
 * @param keepReleases how many releases stay on the board, the installed one among them, 2 to 100
 * @param afterProcess the program that makes a release the board's software
 * @param scriptTimeout after which its process group is ended
 * @param preDownload asked before a package is fetched
 * @param preInstall asked before a release is installed
 * @param hold asked whether it is a bad moment to install
 * @param healthCheck asked whether the release works
 * @param onEvent told what happens
 * @param hookTimeout after which any of these five is ended
 * @param runAs the user whom all of them run as; empty: the client's own
 * @param health how a release proves itself
 */
public record InstallSettings(
        boolean unpack,
        int keepReleases,
        Optional<Path> afterProcess,
        Duration scriptTimeout,
        Optional<Path> preDownload,
        Optional<Path> preInstall,
        Optional<Path> hold,
        Optional<Path> healthCheck,
        Optional<Path> onEvent,
        Duration hookTimeout,
        Optional<String> runAs,
        Health health) {
    private static final String SCRIPT = "after_process";
    private static final String OLD_SCRIPT = "after_proccess";
    private static final String USER = "[a-z_][a-z0-9_-]{0,31}";

    /**
     * How a release proves itself.
     *
     * @param timeout within which the first health check has to succeed, or somebody has to confirm
     * @param window in which no check may fail after that
     * @param interval between two checks
     * @param confirm who says that it works
     */
    public record Health(Duration timeout, Duration window, Duration interval, Confirm confirm) {}

    /** Who says that a release works. */
    public enum Confirm {
        /** The health check; without one, the script's success. */
        AUTO,
        /** The application: by {@code ota-client confirm} or {@code reject}. */
        MANUAL
    }

    static InstallSettings read(IniSection section) {
        return read(section, InstallSettings::program);
    }

    /** As above; whether the programs are there is left to {@link #requirePrograms}. */
    static InstallSettings readUnchecked(IniSection section) {
        return read(section, IniSection::path);
    }

    /** As above, for commands that run no program: none of them need be there. */
    static InstallSettings readWithoutPrograms(IniSection section) {
        return read(section, (same, key) -> Optional.empty());
    }

    private static InstallSettings read(IniSection section, BiFunction<IniSection, String, Optional<Path>> program) {
        String script = section.has(SCRIPT) ? SCRIPT : OLD_SCRIPT;
        return new InstallSettings(
                section.flag("unpack", false),
                section.number("keep_releases", 2, 100, 2),
                program.apply(section, script),
                section.duration("script_timeout", Duration.ofMinutes(30)),
                program.apply(section, "pre_download"),
                program.apply(section, "pre_install"),
                program.apply(section, "hold"),
                program.apply(section, "health_check"),
                program.apply(section, "on_event"),
                section.duration("hook_timeout", Duration.ofSeconds(60)),
                section.value("run_as", "the name of a user", InstallSettings::user),
                new Health(
                        section.duration("health_timeout", Duration.ofSeconds(120)),
                        section.duration("health_window", Duration.ofSeconds(60)),
                        section.duration("health_interval", Duration.ofSeconds(5)),
                        section.choice("confirm", Confirm.class, Confirm.AUTO)));
    }

    /** Returns the programs by the key that names them. */
    public Map<String, Path> programs() {
        Map<String, Path> programs = new TreeMap<>();
        afterProcess.ifPresent(path -> programs.put(SCRIPT, path));
        preDownload.ifPresent(path -> programs.put("pre_download", path));
        preInstall.ifPresent(path -> programs.put("pre_install", path));
        hold.ifPresent(path -> programs.put("hold", path));
        healthCheck.ifPresent(path -> programs.put("health_check", path));
        onEvent.ifPresent(path -> programs.put("on_event", path));
        return programs;
    }

    /** @throws OtaException CONFIG_INVALID if one is not there */
    public void requirePrograms() {
        String faults = programs().entrySet().stream()
                .filter(program -> !Files.isRegularFile(program.getValue()))
                .map(program -> program.getKey() + " " + missing(program.getValue()))
                .collect(Collectors.joining("\n"));
        if (!faults.isEmpty()) {
            throw new OtaException(ErrorCode.CONFIG_INVALID, faults);
        }
    }

    /** A program that is named and missing would leave every package it should install on the board, uninstalled. */
    private static Optional<Path> program(IniSection section, String key) {
        Optional<Path> program = section.path(key);
        program.filter(path -> !Files.isRegularFile(path)).ifPresent(path -> section.fault(key, missing(path)));
        return program;
    }

    private static String missing(Path program) {
        return "is '%s', which is not a file; put the script there, or leave the value empty to run none"
                .formatted(program);
    }

    private static String user(String name) {
        if (!name.matches(USER)) {
            throw new IllegalArgumentException("no name of a user");
        }
        return name;
    }
}
