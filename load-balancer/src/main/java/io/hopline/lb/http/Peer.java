package io.hopline.lb.http;

import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a client's connection.
 *
 * @param address the client's; with a front that speaks for it, as the front says
 * @param connection the other end of the connection itself, which packets have
 * @param asked our end of the connection: the virtual address, or where the service is published
 * @param timing whether the connection is timed, now
 * @param secure whether it is spoken by TLS with us
 * @param subject of the certificate that the client has shown and that was checked; null for none
 */
public record Peer(
        InetSocketAddress address,
        InetSocketAddress connection,
        InetSocketAddress asked,
        BooleanSupplier timing,
        boolean secure,
        @Nullable String subject) {
    /** One that speaks for itself, in clear text. */
    public static Peer of(SocketChannel channel, BooleanSupplier timing) {
        InetSocketAddress connection = channel.remoteAddress();
        return new Peer(connection, connection, channel.localAddress(), timing, false, null);
    }

    /** Whether what the client asks now is timed. */
    public boolean isTimed() {
        return timing.getAsBoolean();
    }

    /** {@code http} or {@code https}, as the client sees it. */
    public String scheme() {
        return secure ? "https" : "http";
    }

    /** The same for whom the front at the connection's other end speaks. */
    public Peer onBehalfOf(InetSocketAddress client) {
        return new Peer(client, connection, asked, timing, secure, subject);
    }

    /** The same after a TLS handshake. */
    public Peer secured(@Nullable String itsSubject) {
        return new Peer(address, connection, asked, timing, true, itsSubject);
    }
}
