package io.hopline.node;

import io.hopline.linux.BpfProgram;
import io.hopline.linux.StampSocket;
import io.hopline.packet.Icmp;
import io.hopline.packet.IpProtocol;
import io.hopline.sla.Protocol;
import io.hopline.sla.Sighting;

/**
 * The packet filter of a stamp socket: lets through IPv4 TCP segments and UDP datagrams from or to a measured port, and echoes
 * and their replies, of which either end could be a timed client, by the same hash that
 * {@link io.hopline.sla.ConnectionSampler} computes. Which end is the client is decided afterwards; of TCP that goes to a
 * measured port only what begins a connection or ends a request passes, as {@link io.hopline.sla.TellingSegments} would
 * have it. Where nothing is measured nothing passes.
 */
final class StampFilter {
    private static final int ETHER_TYPE = 12;
    private static final int IP = 14;
    private static final int FRAGMENT = IP + 6;
    private static final int PROTOCOL = IP + 9;
    private static final int SOURCE = IP + 12;
    private static final int DESTINATION = IP + 16;

    /** Offset in the TCP header. */
    private static final int FLAGS = 13;
    /** Offset in the ICMP header. */
    private static final int IDENTIFIER = 4;

    private static final int SYN_PSH = Sighting.SYN | Sighting.PSH;

    /** With more ports than this the ports are not looked at; a program's jumps reach 255 instructions. */
    private static final int MAX_PORTS = 32;

    private StampFilter() {}

    static BpfProgram of(TimedConnections timed) {
        if (timed.isEmpty()) {
            return BpfProgram.drop();
        }
        BpfProgram.Assembler program = BpfProgram.assembler()
                .loadHalf(ETHER_TYPE)
                .ifEqual(0x0800, BpfProgram.Assembler.NEXT, "other")
                .loadHalf(FRAGMENT)
                .ifAnyBit(0x1fff, "other", BpfProgram.Assembler.NEXT)
                .loadByte(PROTOCOL)
                .ifEqual(IpProtocol.TCP, "tcp", BpfProgram.Assembler.NEXT);
        // Each protocol has instructions of its own, reached by jumps that may be long.
        if (timed.ports(Protocol.UDP).length > 0) {
            program.ifEqual(IpProtocol.UDP, "to-udp", BpfProgram.Assembler.NEXT);
        }
        if (timed.echoes()) {
            program.ifEqual(IpProtocol.ICMP, "to-icmp", BpfProgram.Assembler.NEXT);
        }
        program.label("other").returns(0);
        program.label("to-udp").jump("udp").label("to-icmp").jump("icmp").label("tcp");
        tcp(program, timed);
        program.label("udp");
        ports(program, timed.ports(Protocol.UDP), "udp-measured", "udp-measured");
        program.returns(0).label("udp-measured");
        client(program, "udp", 0, 2, timed.sampler().mask());
        program.label("icmp");
        program.loadXIpHeaderLength(IP)
                .loadByteAtX(IP)
                .ifEqual(Icmp.ECHO_REQUEST, "echo", BpfProgram.Assembler.NEXT)
                .ifEqual(Icmp.ECHO_REPLY, "echo", BpfProgram.Assembler.NEXT)
                .returns(0)
                .label("echo");
        client(program, "icmp", IDENTIFIER, IDENTIFIER, timed.sampler().mask());
        return program.assemble();
    }

    private static void tcp(BpfProgram.Assembler program, TimedConnections timed) {
        ports(program, timed.ports(Protocol.TCP), "measured", "request");
        program.returns(0).label("request").loadXIpHeaderLength(IP);
        program.loadByteAtX(IP + FLAGS)
                .ifAnyBit(SYN_PSH, "measured", "tcp-drop")
                .label("measured");
        client(program, "tcp", 0, 2, timed.sampler().mask());
    }

    /** Jumps by the measured port that a packet is from or to; falls through when it is neither. */
    private static void ports(BpfProgram.Assembler program, int[] ports, String from, String to) {
        if (ports.length > MAX_PORTS) {
            program.jump(from);
            return;
        }
        measured(program, 0, ports, from);
        measured(program, 2, ports, to);
    }

    private static void measured(BpfProgram.Assembler program, int portOffset, int[] ports, String label) {
        program.loadXIpHeaderLength(IP).loadHalfAtX(IP + portOffset);
        for (int port : ports) {
            program.ifEqual(port, label, BpfProgram.Assembler.NEXT);
        }
    }

    /** Keeps the packet if either end could be a timed client, and drops it else. */
    private static void client(
            BpfProgram.Assembler program, String protocol, int sourceOffset, int destinationOffset, int mask) {
        String keep = protocol + "-keep";
        sampled(program, SOURCE, sourceOffset, mask).ifEqual(0, keep, BpfProgram.Assembler.NEXT);
        sampled(program, DESTINATION, destinationOffset, mask).ifEqual(0, keep, BpfProgram.Assembler.NEXT);
        program.label(protocol + "-drop").returns(0).label(keep).returns(StampSocket.SNAP_BYTES);
    }

    /** A = hash(address, port) & mask. */
    private static BpfProgram.Assembler sampled(
            BpfProgram.Assembler program, int addressOffset, int portOffset, int mask) {
        return program.loadXIpHeaderLength(IP)
                .loadHalfAtX(IP + portOffset)
                .multiply(0x9E3779B1)
                .toX()
                .loadWord(addressOffset)
                .xorX()
                .store(0)
                .shiftRight(15)
                .loadXScratch(0)
                .xorX()
                .multiply(0x85EBCA6B)
                .store(0)
                .shiftRight(13)
                .loadXScratch(0)
                .xorX()
                .and(mask);
    }
}
