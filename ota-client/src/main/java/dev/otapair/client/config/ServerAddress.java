package dev.otapair.client.config;

import dev.otapair.protocol.message.Alphabet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where a server is.
 *
 * @param host name or address, without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {
    /**
     * Reads a list: {@code name}, {@code name:1234}, {@code [2001:db8::1]:1234}, {@code 2001:db8::1}.
     *
     * @param text separated by commas
     * @param port of those that name none
     * @return at least one; empty if one of them is no address of a server
     */
    static Optional<List<ServerAddress>> list(String text, int port) {
        List<ServerAddress> servers = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            Optional<ServerAddress> server = one(each.strip(), port);
            if (server.isEmpty()) {
                return Optional.empty();
            }
            servers.add(server.get());
        }
        return Optional.of(List.copyOf(servers));
    }

    private static Optional<ServerAddress> one(String text, int port) {
        int bracket = text.startsWith("[") ? text.indexOf(']') : -1;
        if (bracket > 0) {
            String host = text.substring(1, bracket);
            return isIpv6(host) ? at(host, text.substring(bracket + 1), port) : Optional.empty();
        }
        if (isIpv6(text)) {
            return at(text, "", port);
        }
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        return isWord(name) ? at(name, text.substring(name.length()), port) : Optional.empty();
    }

    /** @param suffix empty, or a colon and the port */
    private static Optional<ServerAddress> at(String host, String suffix, int absent) {
        if (suffix.isEmpty()) {
            return Optional.of(new ServerAddress(host, absent));
        }
        String digits = suffix.substring(1);
        boolean isNumber = suffix.startsWith(":") && Alphabet.DIGITS.isWord(digits, 1, 5);
        int port = isNumber ? Integer.parseInt(digits) : 0;
        return port >= 1 && port <= 65535 ? Optional.of(new ServerAddress(host, port)) : Optional.empty();
    }

    /** Two colons at least, and a zone: {@code fe80::1%eth0}. */
    private static boolean isIpv6(String text) {
        int sign = text.indexOf('%');
        String address = sign < 0 ? text : text.substring(0, sign);
        boolean isZone = sign < 0 || isWord(text.substring(sign + 1).replace(":", "-"));
        return isZone
                && address.indexOf(':') != address.lastIndexOf(':')
                && Alphabet.IPV6.isWord(address, 1, address.length());
    }

    private static boolean isWord(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i)) || ":/[]".indexOf(text.charAt(i)) >= 0) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    @Override
    public String toString() {
        return host + " port " + port;
    }
}
