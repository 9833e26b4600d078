package dev.otapair.server.session;

import io.netty.channel.Channel;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** How addresses are written for people. */
public final class Peer {
    private Peer() {}

    /** Returns the remote end of a connection, as {@code 192.0.2.7:51234} or {@code [2001:db8::7]:51234}. */
    static String of(Channel channel) {
        return text(channel.remoteAddress());
    }

    /** Returns an address in the same form. */
    public static String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress internet)) {
            return String.valueOf(address);
        }
        String host = internet.getAddress().getHostAddress();
        return (internet.getAddress() instanceof Inet6Address ? "[" + host + "]" : host) + ":" + internet.getPort();
    }
}
