package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;

/**
 * An address of either IP version and a TCP or UDP port.
 *
 * @param port 1 to 65535; 0 for the address alone, of echoes
 */
public record Endpoint(IpAddress ip, int port) {
    /** Reads {@code 10.0.1.100:80} or {@code [fd00:1::100]:80}; {@code field} is named when it cannot. */
    static Endpoint parse(String field, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw StateException.invalid(
                    field, "not an address and port like 10.0.1.100:80: '" + Fields.shown(text) + "'");
        }
        int port = Fields.port(field, text.substring(colon + 1));
        if (text.startsWith("[") && text.charAt(colon - 1) == ']') {
            return new Endpoint(Fields.ipv6(field, text.substring(1, colon - 1)), port);
        }
        return new Endpoint(Fields.address(field, text.substring(0, colon)), port);
    }

    Endpoint withPort(int other) {
        return new Endpoint(ip, other);
    }

    /** The same as the latency's parts know it. */
    io.hopline.sla.Endpoint timed() {
        return new io.hopline.sla.Endpoint(ip, port);
    }

    @Override
    public String toString() {
        return (ip instanceof Ipv6Address ? "[" + ip + "]" : ip.toString()) + ":" + port;
    }
}
