package io.hopline.lb;

import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a client's connection.
 *
 * @param address the client's; with a front that speaks for it, as the front says
 * @param connection the other end of the connection itself, which packets have
 * @param asked our end of the connection: the virtual address, or where the service is published
 * @param secure whether it is spoken by TLS with us
 * @param subject of the certificate that the client has shown and that was checked; null for none
 */
record Peer(
        InetSocketAddress address,
        InetSocketAddress connection,
        InetSocketAddress asked,
        boolean secure,
        @Nullable String subject) {
    /** One that speaks for itself, in clear text. */
    static Peer of(SocketChannel channel) {
        InetSocketAddress connection = channel.remoteAddress();
        return new Peer(connection, connection, channel.localAddress(), false, null);
    }

    /** The same for whom the front at the connection's other end speaks. */
    Peer onBehalfOf(InetSocketAddress client) {
        return new Peer(client, connection, asked, secure, subject);
    }

    /** The same after a TLS handshake. */
    Peer secured(@Nullable String itsSubject) {
        return new Peer(address, connection, asked, true, itsSubject);
    }
}
