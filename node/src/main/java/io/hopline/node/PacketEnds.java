package io.hopline.node;

import io.hopline.packet.Icmp;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Udp;
import io.hopline.sla.Direction;
import io.hopline.sla.Protocol;
import io.hopline.sla.SightingWriter;
import io.hopline.vswitch.FlowKey;
import java.lang.foreign.MemorySegment;

/**
 * Who a packet is from and to, and once its direction is known, who of the two is the client. Filled again for packet after
 * packet by one thread, without allocation. Addresses are two longs, as {@link io.hopline.packet.IpAddress#high} and
 * {@code low} say.
 */
final class PacketEnds {
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;
    private boolean request;

    /** Takes addresses and ports; of ICMP the "ports" are type and code. */
    void take(FlowKey key) {
        sourceHigh = key.ipSourceHigh();
        sourceLow = key.ipSourceLow();
        destinationHigh = key.ipDestinationHigh();
        destinationLow = key.ipDestinationLow();
        sourcePort = key.sourcePort();
        destinationPort = key.destinationPort();
    }

    /**
     * Takes addresses and ports of a packet.
     *
     * @param ip where its IP header is
     * @param l4 where its TCP or UDP header is, whose ports stand at the same place; of ICMP nothing is taken from there
     */
    void take(Protocol protocol, MemorySegment memory, long ip, long l4) {
        if (Ipv6.version(memory, ip) == 6) {
            sourceHigh = Ipv6.sourceHigh(memory, ip);
            sourceLow = Ipv6.sourceLow(memory, ip);
            destinationHigh = Ipv6.destinationHigh(memory, ip);
            destinationLow = Ipv6.destinationLow(memory, ip);
        } else {
            sourceHigh = 0;
            sourceLow = Ipv4.source(memory, ip) & 0xffff_ffffL;
            destinationHigh = 0;
            destinationLow = Ipv4.destination(memory, ip) & 0xffff_ffffL;
        }
        boolean echo = protocol == Protocol.ICMP;
        sourcePort = echo ? 0 : Udp.sourcePort(memory, l4);
        destinationPort = echo ? 0 : Udp.destinationPort(memory, l4);
    }

    /** Says which way the packet goes. */
    void direct(Direction direction) {
        request = direction == Direction.REQUEST;
    }

    /** Says which way an echo or its reply goes: its client's port is the identifier. */
    void directEcho(Direction direction, MemorySegment memory, long icmp) {
        direct(direction);
        int identifier = Icmp.identifier(memory, icmp);
        sourcePort = request ? identifier : 0;
        destinationPort = request ? 0 : identifier;
    }

    long sourceHigh() {
        return sourceHigh;
    }

    long sourceLow() {
        return sourceLow;
    }

    int sourcePort() {
        return sourcePort;
    }

    long destinationHigh() {
        return destinationHigh;
    }

    long destinationLow() {
        return destinationLow;
    }

    int destinationPort() {
        return destinationPort;
    }

    long clientHigh() {
        return request ? sourceHigh : destinationHigh;
    }

    long clientLow() {
        return request ? sourceLow : destinationLow;
    }

    int clientPort() {
        return request ? sourcePort : destinationPort;
    }

    /** Sets both in a sighting's record. */
    void write(MemorySegment record, long at) {
        SightingWriter.client(record, at, clientHigh(), clientLow(), clientPort());
        SightingWriter.service(
                record,
                at,
                request ? destinationHigh : sourceHigh,
                request ? destinationLow : sourceLow,
                request ? destinationPort : sourcePort);
    }
}
