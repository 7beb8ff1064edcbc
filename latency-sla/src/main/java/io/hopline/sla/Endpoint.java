package io.hopline.sla;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;

/**
 * One side of a connection.
 *
 * @param port TCP or UDP port, 0 to 65535; of ICMP as {@link Protocol#ICMP} says
 */
public record Endpoint(IpAddress address, int port) {
    private static final long FACTOR = 0x9E3779B97F4A7C15L;

    public Endpoint {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not in 0..65535");
        }
    }

    /** An endpoint of an IPv4 address as a big-endian int. */
    public static Endpoint of(int ip, int port) {
        return new Endpoint(new Ipv4Address(ip), port);
    }

    /** An endpoint of an address as {@link IpAddress#of(long, long)} takes it. */
    public static Endpoint of(long high, long low, int port) {
        return new Endpoint(IpAddress.of(high, low), port);
    }

    /**
     * Reads {@code 10.0.1.100:80} or {@code [fd00::100]:80}.
     *
     * @throws IllegalArgumentException naming the text when it is not an address, a colon and a port
     */
    public static Endpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("not an address and port: '" + text + "'");
        }
        String address = text.substring(0, colon);
        int port = Integer.parseInt(text.substring(colon + 1));
        if (address.startsWith("[") && address.endsWith("]")) {
            return new Endpoint(Ipv6Address.parse(address.substring(1, address.length() - 1)), port);
        }
        if (address.contains(":")) {
            throw new IllegalArgumentException("an IPv6 address before a port stands in brackets: '" + text + "'");
        }
        return new Endpoint(IpAddress.parse(address), port);
    }

    /** 64 bits of an endpoint, which two of IPv4 never share and others hardly ever. Allocates nothing. */
    static long digest(long high, long low, int port) {
        return high * FACTOR ^ low ^ (long) port << 48;
    }

    long digest() {
        return digest(address.high(), address.low(), port);
    }

    @Override
    public String toString() {
        return (address instanceof Ipv6Address ? "[" + address + "]" : address.toString()) + ":" + port;
    }
}
