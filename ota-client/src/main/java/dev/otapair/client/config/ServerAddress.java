package dev.otapair.client.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a server is.
 *
 * @param host name or address, without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {
    /** Two colons at least, and a zone: {@code fe80::1%eth0}. */
    private static final String IPV6 = "(?=.*:.*:)[0-9A-Fa-f:.]+(?:%[^\\s\\[\\]]+)?";

    private static final String NAME = "[^\\s:/\\[\\]]+";

    /** {@code name}, {@code name:1234}, {@code [2001:db8::1]:1234}; {@code 2001:db8::1} as well. */
    private static final Pattern FORM = Pattern.compile(
            "(?:\\[(?<v6>%s)\\]|(?<name>%s))(?::(?<port>\\d{1,5}))?|(?<bare>%s)".formatted(IPV6, NAME, IPV6));

    /**
     * Reads a list.
     *
     * @param text separated by commas
     * @param port of those that name none
     * @return at least one; empty if one of them is no address of a server
     */
    static Optional<List<ServerAddress>> list(String text, int port) {
        List<ServerAddress> servers = new ArrayList<>();
        for (String each : text.split(",", -1)) {
            Matcher form = FORM.matcher(each.strip());
            if (!form.matches()) {
                return Optional.empty();
            }
            int itsPort = form.group("port") == null ? port : Integer.parseInt(form.group("port"));
            if (itsPort < 1 || itsPort > 65535) {
                return Optional.empty();
            }
            String host = Stream.of("v6", "name", "bare")
                    .map(form::group)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElseThrow();
            servers.add(new ServerAddress(host, itsPort));
        }
        return Optional.of(List.copyOf(servers));
    }

    @Override
    public String toString() {
        return "%s port %d".formatted(host, port);
    }
}
