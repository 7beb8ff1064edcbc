package io.hopline.sla;

import io.hopline.packet.Ipv4Address;

/**
 * One side of a connection.
 *
 * @param address IPv4 address
 * @param port TCP or UDP port, 0 to 65535; of ICMP as {@link Protocol#ICMP} says
 */
public record Endpoint(Ipv4Address address, int port) {
    public Endpoint {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not in 0..65535");
        }
    }

    /** An endpoint of an address as a big-endian int. */
    public static Endpoint of(int ip, int port) {
        return new Endpoint(new Ipv4Address(ip), port);
    }

    /**
     * Reads {@code 10.0.1.100:80}.
     *
     * @throws IllegalArgumentException naming the text when it is not an IPv4 address, a colon and a port
     */
    public static Endpoint parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("not an address and port: '" + text + "'");
        }
        return new Endpoint(Ipv4Address.parse(text.substring(0, colon)), Integer.parseInt(text.substring(colon + 1)));
    }

    /** The endpoint in the low 48 bits: address, then port. */
    long packed() {
        return pack(address.bits(), port);
    }

    static long pack(int ip, int port) {
        return (ip & 0xffff_ffffL) << 16 | port & 0xffffL;
    }

    static Endpoint unpack(long packed) {
        return of((int) (packed >>> 16), (int) (packed & 0xffff));
    }

    @Override
    public String toString() {
        return address + ":" + port;
    }
}
