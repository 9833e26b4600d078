package dev.otapair.client.torture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A network of its own for some processes, whose loopback can be as bad as any line. Needs root, iproute2 and nftables. */
final class NetworkNamespace implements AutoCloseable {
    private static final String TABLE = "inet line";
    private static final String SBIN = "PATH=$PATH:/usr/sbin:/sbin; ";

    private final String name;

    private NetworkNamespace(String name) {
        this.name = name;
    }

    /** Makes one, with a perfect line. */
    static NetworkNamespace make() throws IOException {
        String name = "torture-" + ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36);
        run("", "ip", "netns", "add", name);
        NetworkNamespace made = new NetworkNamespace(name);
        made.inside("", "ip", "link", "set", "lo", "up");
        // What is larger than this the shaper would drop; and a packet is to be one, not many that share their luck.
        made.inside("", "ip", "link", "set", "lo", "mtu", "1500", "gso_max_segs", "1");
        return made;
    }

    /** Says why there can be none here; empty if there can. */
    static String obstacle() {
        try (NetworkNamespace probe = make()) {
            probe.slow(1_000_000);
            probe.filter("counter name passed");
            return "";
        } catch (IOException e) {
            return "no network namespace with tc and nft: "
                    + e.getMessage().replaceAll("\\s+", " ").strip();
        }
    }

    /** Returns what starts a command inside. */
    String[] prefix() {
        return new String[] {"/bin/sh", "-c", shell(), "sh"};
    }

    /** Returns a line of /bin/sh in which "$@" is a command, and runs inside. */
    String shell() {
        return SBIN + "exec ip netns exec " + name + " \"$@\"";
    }

    /** Lets no more than a rate pass, in bits per second, both directions together. */
    void slow(long rate) throws IOException {
        inside(
                "",
                "tc",
                "qdisc",
                "replace",
                "dev",
                "lo",
                "root",
                "tbf",
                "rate",
                rate + "bit",
                "burst",
                "8kb",
                "latency",
                "400ms");
    }

    /** Puts a rule of nft on the packets of TCP, in place of what was there; what passes it is counted. */
    void filter(String rule) throws IOException {
        perfect();
        inside("""
                table %s {
                  counter passed {
                  }
                  chain input {
                    type filter hook input priority 0; policy accept;
                    meta l4proto tcp %s
                    meta l4proto tcp counter name passed
                  }
                }
                """.formatted(TABLE, rule), "nft", "-f", "-");
    }

    /** Lets the kernel forget what earlier connections have met: each begins alike. */
    void forget() throws IOException {
        inside("", "ip", "tcp_metrics", "flush");
    }

    /** Takes the rule away. */
    void perfect() throws IOException {
        inside("", "nft", "flush", "ruleset");
    }

    /** Returns how many bytes have passed the rule, those of IP and TCP and repeated ones included. */
    long passed() throws IOException {
        String said = inside("", "nft", "list", "counter", "inet", "line", "passed");
        return Long.parseLong(said.replaceAll("(?s).*bytes (\\d+).*", "$1"));
    }

    /** Runs a command inside, to its end, and returns what it said. */
    String inside(String input, String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of(prefix()));
        words.addAll(List.of(command));
        return run(input, words.toArray(String[]::new));
    }

    @Override
    public void close() throws IOException {
        run("", "ip", "netns", "del", name);
    }

    private static String run(String input, String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", SBIN + "exec \"$@\"", "sh"));
        words.addAll(List.of(command));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream out = process.getInputStream()) {
            String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(String.join(" ", command) + " was interrupted", e);
        }
    }
}
