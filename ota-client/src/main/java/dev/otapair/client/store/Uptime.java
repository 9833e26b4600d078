package dev.otapair.client.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How long the board has been up: a clock that nobody sets, and that begins anew with another name.
 *
 * @param boot of this start of the kernel
 * @param seconds since then
 */
public record Uptime(String boot, long seconds) {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path UPTIME = Path.of("/proc/uptime");

    /** Reads it; a system that does not tell has one boot that never ends. */
    public static Uptime now() {
        try {
            String boot = Files.readString(BOOT).strip();
            String uptime = Files.readString(UPTIME);
            return new Uptime(boot, Long.parseLong(uptime.substring(0, uptime.indexOf('.'))));
        } catch (IOException | RuntimeException e) {
            return new Uptime("unknown", 0);
        }
    }
}
