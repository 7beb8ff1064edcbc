package io.hopline.lb;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a client's connection.
 *
 * @param address the client's; with a front that speaks for it, as the front says
 * @param connection the other end of the connection itself, which packets have
 * @param secure whether it is spoken by TLS with us
 * @param subject of the certificate that the client has shown and that was checked; null for none
 */
record Peer(
        InetSocketAddress address,
        InetSocketAddress connection,
        boolean secure,
        @Nullable String subject) {
    /** One that speaks for itself, in clear text. */
    static Peer of(InetSocketAddress connection) {
        return new Peer(connection, connection, false, null);
    }

    /** The same for whom the front at the connection's other end speaks. */
    Peer onBehalfOf(InetSocketAddress client) {
        return new Peer(client, connection, secure, subject);
    }

    /** The same after a TLS handshake. */
    Peer secured(@Nullable String itsSubject) {
        return new Peer(address, connection, true, itsSubject);
    }
}
