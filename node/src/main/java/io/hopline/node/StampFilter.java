package io.hopline.node;

import io.hopline.linux.BpfProgram;
import io.hopline.linux.BpfProgram.Assembler;
import io.hopline.linux.StampSocket;
import io.hopline.packet.Ethernet;
import io.hopline.packet.Icmp;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Ipv6;
import io.hopline.sla.Protocol;
import io.hopline.sla.Sighting;

/**
 * The packet filter of a stamp socket: lets through TCP segments and UDP datagrams from or to a measured port, and echoes
 * and their replies, of which either end could be a timed client, by the same hash that
 * {@link io.hopline.sla.ConnectionSampler} computes. Which end is the client is decided afterwards; of TCP that goes to a
 * measured port only what begins a connection or ends a request passes, as {@link io.hopline.sla.TellingSegments} would
 * have it. Where nothing is measured nothing passes, nor do later fragments and IPv6 packets with more than {@value #MAX_EXTENSIONS}
 * extension headers, or with one that authenticates (RFC 4302).
 */
final class StampFilter {
    private static final int ETHER_TYPE = 12;
    private static final int IP = Ethernet.BYTES;
    private static final int IPV4_FRAGMENT = IP + 6;

    /** Offset in the TCP header. */
    private static final int FLAGS = 13;
    /** Offset in the ICMP header. */
    private static final int IDENTIFIER = 4;

    /** Extension headers that are walked, one after the other, as a program cannot jump back. */
    private static final int MAX_EXTENSIONS = 4;
    /** In an extension header: its length beyond 8 bytes, in steps of 8, and in a fragment's where the offset is. */
    private static final int EXTENSION_LENGTH = 1;

    private static final int FRAGMENT_OFFSET = 2;
    private static final int FRAGMENT_OFFSET_MASK = 0xfff8;
    /** In scratch memory: length of IPv6's header and extension headers. */
    private static final int HEADER_BYTES = 2;

    private static final int SYN_PSH = Sighting.SYN | Sighting.PSH;

    /** With more ports than this the ports are not looked at; a program's jumps reach 255 instructions. */
    private static final int MAX_PORTS = 32;

    /**
     * Where an IP version has what is looked at.
     *
     * @param protocol of the next header, from the frame's beginning; as {@code source} and {@code destination}
     * @param words of four bytes in an address
     */
    private record Version(
            String name,
            int protocol,
            int source,
            int destination,
            int words,
            int icmp,
            int echoRequest,
            int echoReply) {
        boolean is6() {
            return words > 1;
        }
    }

    private static final Version IPV4 =
            new Version("ipv4", IP + 9, IP + 12, IP + 16, 1, IpProtocol.ICMP, Icmp.ECHO_REQUEST, Icmp.ECHO_REPLY);
    private static final Version IPV6 =
            new Version("ipv6", IP + 6, IP + 8, IP + 24, 4, IpProtocol.ICMPV6, Icmpv6.ECHO_REQUEST, Icmpv6.ECHO_REPLY);

    private final Assembler program;
    private final TimedConnections timed;
    private final Version version;

    private StampFilter(Assembler program, TimedConnections timed, Version version) {
        this.program = program;
        this.timed = timed;
        this.version = version;
    }

    static BpfProgram of(TimedConnections timed) {
        if (timed.isEmpty()) {
            return BpfProgram.drop();
        }
        Assembler program = BpfProgram.assembler()
                .loadHalf(ETHER_TYPE)
                .ifEqual(Ethernet.TYPE_IPV4, "ipv4", Assembler.NEXT)
                .ifEqual(Ethernet.TYPE_IPV6, "to-ipv6", Assembler.NEXT)
                .returns(0)
                .label("to-ipv6")
                .jump("ipv6");
        new StampFilter(program, timed, IPV4).write();
        new StampFilter(program, timed, IPV6).write();
        return program.assemble();
    }

    /** The instructions for packets of this version, reached by a jump that may be long, as those for each protocol are. */
    private void write() {
        program.label(version.name);
        if (!version.is6()) {
            program.loadHalf(IPV4_FRAGMENT).ifAnyBit(0x1fff, label("other"), Assembler.NEXT);
        }
        int[] tcp = timed.ports(Protocol.TCP, version.is6());
        int[] udp = timed.ports(Protocol.UDP, version.is6());
        boolean echoes = timed.echoes(version.is6());
        if (version.is6()) {
            program.load(Ipv6.BYTES).store(HEADER_BYTES);
        }
        program.loadByte(version.protocol);
        toward(tcp.length > 0, udp.length > 0, echoes);
        for (int header = 0; version.is6() && header < MAX_EXTENSIONS; header++) {
            extension(header);
            toward(tcp.length > 0, udp.length > 0, echoes);
        }
        program.label(label("other")).returns(0);
        if (tcp.length > 0) {
            program.label(label("to-tcp")).jump(label("tcp"));
        }
        if (udp.length > 0) {
            program.label(label("to-udp")).jump(label("udp"));
        }
        if (echoes) {
            program.label(label("to-icmp")).jump(label("icmp"));
        }
        if (tcp.length > 0) {
            tcp(tcp);
        }
        if (udp.length > 0) {
            program.label(label("udp"));
            ports(udp, label("udp-measured"), label("udp-measured"));
            program.returns(0).label(label("udp-measured"));
            client("udp", 0, 2);
        }
        if (echoes) {
            echoes();
        }
    }

    private String label(String name) {
        return version.name + "-" + name;
    }

    /** By the protocol in A. */
    private void toward(boolean tcp, boolean udp, boolean echoes) {
        toward(tcp, IpProtocol.TCP, "tcp");
        toward(udp, IpProtocol.UDP, "udp");
        toward(echoes, version.icmp, "icmp");
    }

    /** Goes behind an extension header of the kind in A, of which its successor's kind is in A then; drops what is none. */
    private void extension(int number) {
        String options = label("options-" + number);
        String next = label("next-" + number);
        program.ifEqual(IpProtocol.HOP_BY_HOP, options, Assembler.NEXT)
                .ifEqual(IpProtocol.ROUTING, options, Assembler.NEXT)
                .ifEqual(IpProtocol.DESTINATION_OPTIONS, options, Assembler.NEXT)
                .ifEqual(IpProtocol.FRAGMENT, Assembler.NEXT, label("other"));
        loadXHeaderLength();
        program.loadHalfAtX(IP + FRAGMENT_OFFSET)
                .ifAnyBit(FRAGMENT_OFFSET_MASK, label("other"), Assembler.NEXT)
                .fromX()
                .add(8)
                .store(HEADER_BYTES)
                .loadByteAtX(IP)
                .jump(next)
                .label(options);
        loadXHeaderLength();
        program.loadByteAtX(IP + EXTENSION_LENGTH)
                .add(1)
                .shiftLeft(3)
                .addX()
                .store(HEADER_BYTES)
                .loadByteAtX(IP)
                .label(next);
    }

    private void toward(boolean timed, int protocol, String name) {
        if (timed) {
            program.ifEqual(protocol, label("to-" + name), Assembler.NEXT);
        }
    }

    private Assembler loadXHeaderLength() {
        return version.is6() ? program.loadXScratch(HEADER_BYTES) : program.loadXIpHeaderLength(IP);
    }

    private void tcp(int[] ports) {
        program.label(label("tcp"));
        ports(ports, label("measured"), label("request"));
        program.returns(0).label(label("request"));
        loadXHeaderLength();
        program.loadByteAtX(IP + FLAGS)
                .ifAnyBit(SYN_PSH, label("measured"), label("tcp-drop"))
                .label(label("measured"));
        client("tcp", 0, 2);
    }

    private void echoes() {
        program.label(label("icmp"));
        loadXHeaderLength();
        program.loadByteAtX(IP)
                .ifEqual(version.echoRequest, label("echo"), Assembler.NEXT)
                .ifEqual(version.echoReply, label("echo"), Assembler.NEXT)
                .returns(0)
                .label(label("echo"));
        client("icmp", IDENTIFIER, IDENTIFIER);
    }

    /** Jumps by the measured port that a packet is from or to; falls through when it is neither. */
    private void ports(int[] ports, String from, String to) {
        if (ports.length > MAX_PORTS) {
            program.jump(from);
            return;
        }
        measured(0, ports, from);
        measured(2, ports, to);
    }

    private void measured(int portOffset, int[] ports, String label) {
        loadXHeaderLength();
        program.loadHalfAtX(IP + portOffset);
        for (int port : ports) {
            program.ifEqual(port, label, Assembler.NEXT);
        }
    }

    /** Keeps the packet if either end could be a timed client, and drops it else. */
    private void client(String protocol, int sourceOffset, int destinationOffset) {
        String keep = label(protocol + "-keep");
        sampled(version.source, sourceOffset);
        program.ifEqual(0, keep, Assembler.NEXT);
        sampled(version.destination, destinationOffset);
        program.ifEqual(0, keep, Assembler.NEXT)
                .label(label(protocol + "-drop"))
                .returns(0)
                .label(keep)
                .returns(StampSocket.SNAP_BYTES);
    }

    /** A = the address's words XORed; X is lost. */
    private void fold(int address) {
        program.loadWord(address);
        for (int word = 1; word < version.words; word++) {
            program.toX().loadWord(address + word * Integer.BYTES).xorX();
        }
    }

    /** A = hash(address, port) & mask. */
    private void sampled(int address, int portOffset) {
        fold(address);
        program.store(1);
        loadXHeaderLength();
        program.loadHalfAtX(IP + portOffset)
                .multiply(0x9E3779B1)
                .loadXScratch(1)
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
                .and(timed.sampler().mask());
    }
}
