package io.hopline.bench;

import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Tcp;

/** Frames for benchmarks. */
final class Segments {
    private static final int SOURCE = Ipv4Address.parse("192.0.2.10").bits();
    private static final int DESTINATION = Ipv4Address.parse("10.0.1.11").bits();
    private static final long SOURCE_MAC = MacAddress.parse("02:00:00:00:00:01").bits();
    private static final long DESTINATION_MAC =
            MacAddress.parse("02:00:00:00:00:02").bits();

    private Segments() {}

    /** A TCP segment from a port of one client to port 80 of one server, its payload zero. */
    static Frame tcp(FramePool pool, int sourcePort, int payloadBytes) {
        Frame frame = pool.acquire();
        if (frame == null) {
            throw new IllegalStateException("the pool is empty");
        }
        frame.length(Ethernet.BYTES + Ipv4.MIN_BYTES + Tcp.MIN_BYTES + payloadBytes);
        var memory = frame.memory();
        long ethernet = frame.offset();
        long ip = ethernet + Ethernet.BYTES;
        long tcp = ip + Ipv4.MIN_BYTES;
        memory.asSlice(ethernet, frame.length()).fill((byte) 0);
        Ethernet.destination(memory, ethernet, DESTINATION_MAC);
        Ethernet.source(memory, ethernet, SOURCE_MAC);
        Ethernet.type(memory, ethernet, Ethernet.TYPE_IPV4);
        Ipv4.headerBytes(memory, ip, Ipv4.MIN_BYTES);
        Ipv4.totalBytes(memory, ip, Ipv4.MIN_BYTES + Tcp.MIN_BYTES + payloadBytes);
        Ipv4.ttl(memory, ip, 64);
        Ipv4.protocol(memory, ip, 6);
        Ipv4.source(memory, ip, SOURCE);
        Ipv4.destination(memory, ip, DESTINATION);
        Ipv4.updateChecksum(memory, ip);
        Tcp.sourcePort(memory, tcp, sourcePort);
        Tcp.destinationPort(memory, tcp, 80);
        Tcp.headerBytes(memory, tcp, Tcp.MIN_BYTES);
        Tcp.flags(memory, tcp, Tcp.ACK);
        return frame;
    }
}
