package io.hopline.sla;

import io.hopline.packet.IpProtocol;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a timed request and its response travel by. */
public enum Protocol {
    /** Requests follow each other on a connection. */
    TCP(IpProtocol.TCP),
    /** A datagram asks, the first one back answers. */
    UDP(IpProtocol.UDP),
    /** Echo and echo reply (RFC 792, RFC 4443); the port of such a client is the identifier, that of the other side 0. */
    ICMP(IpProtocol.ICMP);

    private static final Protocol[] ALL = values();

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    /** The word in configurations and reports. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The protocol with this number in an IP header, ICMPv6's among them; null when such packets are not timed. */
    public static @Nullable Protocol of(int number) {
        if (number == IpProtocol.ICMPV6) {
            return ICMP;
        }
        for (Protocol protocol : ALL) {
            if (protocol.number == number) {
                return protocol;
            }
        }
        return null;
    }

    /**
     * Reads {@link #id()}.
     *
     * @throws IllegalArgumentException naming the text when there is no such protocol
     */
    public static Protocol parse(String id) {
        for (Protocol protocol : ALL) {
            if (protocol.id().equals(id)) {
                return protocol;
            }
        }
        throw new IllegalArgumentException("no protocol '" + id + "'");
    }
}
