package dev.otapair.server.session;

import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** How addresses are written for people. */
public final class Peer {
    private Peer() {}

    /** Returns the remote end of a connection, as {@code 192.0.2.7:51234} or {@code [2001:db8::7]:51234}. */
    static String of(Channel channel) {
        return text(channel.remoteAddress());
    }

    /** Returns the remote end's address without its port, which is another one for each connection. */
    static String address(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress internet
                ? internet.getAddress().getHostAddress()
                : String.valueOf(channel.remoteAddress());
    }

    /** Returns an address in the same form. */
    public static String text(SocketAddress address) {
        return address instanceof InetSocketAddress internet
                ? NetUtil.toSocketAddressString(internet)
                : String.valueOf(address);
    }
}
