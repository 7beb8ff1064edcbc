package io.hopline.controller;

import io.hopline.packet.Ipv4Address;

/**
 * An IPv4 address and a TCP or UDP port.
 *
 * @param port 1 to 65535
 */
public record Endpoint(Ipv4Address ip, int port) {
    /** Reads {@code 10.0.1.100:80}; {@code field} is named when it cannot. */
    static Endpoint parse(String field, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw StateException.invalid(
                    field, "not an address and port like 10.0.1.100:80: '" + Fields.shown(text) + "'");
        }
        return new Endpoint(
                Fields.address(field, text.substring(0, colon)), Fields.port(field, text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return ip + ":" + port;
    }
}
