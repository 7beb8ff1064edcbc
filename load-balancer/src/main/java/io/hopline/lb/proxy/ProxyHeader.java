package io.hopline.lb.proxy;

import io.hopline.lb.http.AddressText;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/** What the PROXY protocol says at the beginning of a connection: who the client is, and where it came to (HAProxy's proxy-protocol.txt). */
final class ProxyHeader {
    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int VERSION_2_PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;

    private ProxyHeader() {}

    /**
     * The header, which the caller owns.
     *
     * @param version 1 for text, 2 for binary
     * @param client and {@code listen} of one family, or it is left unsaid who the client is
     */
    static ByteBuf of(int version, InetSocketAddress client, InetSocketAddress listen, ByteBufAllocator allocator) {
        boolean ipv4 = client.getAddress() instanceof Inet4Address;
        boolean known = ipv4 == listen.getAddress() instanceof Inet4Address;
        return version == 1
                ? text(known, ipv4, client, listen, allocator)
                : binary(known, ipv4, client, listen, allocator);
    }

    private static ByteBuf text(
            boolean known,
            boolean ipv4,
            InetSocketAddress client,
            InetSocketAddress listen,
            ByteBufAllocator allocator) {
        String line = known
                ? "PROXY " + (ipv4 ? "TCP4 " : "TCP6 ") + AddressText.of(client.getAddress()) + " "
                        + AddressText.of(listen.getAddress()) + " " + client.getPort() + " " + listen.getPort()
                : "PROXY UNKNOWN";
        return ByteBufUtil.writeAscii(allocator, line + "\r\n");
    }

    private static ByteBuf binary(
            boolean known,
            boolean ipv4,
            InetSocketAddress client,
            InetSocketAddress listen,
            ByteBufAllocator allocator) {
        ByteBuf header = allocator.directBuffer(52);
        header.writeBytes(SIGNATURE).writeByte(VERSION_2_PROXY);
        if (!known) {
            return header.writeByte(0).writeShort(0);
        }
        header.writeByte(ipv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        header.writeShort(ipv4 ? 12 : 36);
        header.writeBytes(client.getAddress().getAddress());
        header.writeBytes(listen.getAddress().getAddress());
        return header.writeShort(client.getPort()).writeShort(listen.getPort());
    }
}
