package dev.otapair.client.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is.
 *
 * @param host name or address, without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {
    /** {@code name}, {@code name:1234}, {@code 2001:db8::1}, {@code [2001:db8::1]:1234}. */
    private static final Pattern FORM =
            Pattern.compile("\\[([0-9A-Fa-f:.%a-z]+)\\](?::(\\d{1,5}))?|([^\\s:\\[\\]]+):(\\d{1,5})|([^\\s\\[\\]]+)");

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
            String own = form.group(2) == null ? form.group(4) : form.group(2);
            int itsPort = own == null ? port : Integer.parseInt(own);
            if (itsPort < 1 || itsPort > 65535) {
                return Optional.empty();
            }
            String host = form.group(1) != null ? form.group(1) : form.group(3) != null ? form.group(3) : form.group(5);
            servers.add(new ServerAddress(host, itsPort));
        }
        return Optional.of(List.copyOf(servers));
    }

    @Override
    public String toString() {
        return "%s port %d".formatted(host, port);
    }
}
