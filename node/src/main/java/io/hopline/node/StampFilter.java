package io.hopline.node;

import io.hopline.linux.BpfProgram;
import io.hopline.linux.StampSocket;
import io.hopline.sla.Sighting;

/**
 * The packet filter of a stamp socket: lets through IPv4 TCP segments from or to a measured port of which either end could
 * be a timed client, by the same hash that {@link io.hopline.sla.ConnectionSampler} computes. Which end is the client is
 * decided afterwards; of what goes to a measured port only what begins a connection or ends a request passes, as
 * {@link io.hopline.sla.TellingSegments} would have it. Where nothing is measured nothing passes.
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

    private static final int SYN_PSH = Sighting.SYN | Sighting.PSH;

    /** With more ports than this the ports are not looked at; a program's jumps reach 255 instructions. */
    private static final int MAX_PORTS = 32;

    private StampFilter() {}

    static BpfProgram of(TimedConnections timed) {
        int[] ports = timed.ports();
        if (ports.length == 0) {
            return BpfProgram.drop();
        }
        BpfProgram.Assembler program = BpfProgram.assembler()
                .loadHalf(ETHER_TYPE)
                .ifEqual(0x0800, BpfProgram.Assembler.NEXT, "drop")
                .loadByte(PROTOCOL)
                .ifEqual(6, BpfProgram.Assembler.NEXT, "drop")
                .loadHalf(FRAGMENT)
                .ifAnyBit(0x1fff, "drop", BpfProgram.Assembler.NEXT);
        for (int proxy : timed.proxies()) {
            program.loadWord(SOURCE)
                    .ifEqual(proxy, "keep", BpfProgram.Assembler.NEXT)
                    .loadWord(DESTINATION)
                    .ifEqual(proxy, "keep", BpfProgram.Assembler.NEXT);
        }
        if (ports.length <= MAX_PORTS) {
            measured(program, 0, ports, "measured");
            measured(program, 2, ports, "request");
            program.jump("drop").label("request").loadByteAtX(IP + FLAGS).ifAnyBit(SYN_PSH, "measured", "drop");
            program.label("measured");
        }
        int mask = timed.sampler().mask();
        sampled(program, SOURCE, 0, mask).ifEqual(0, "keep", BpfProgram.Assembler.NEXT);
        sampled(program, DESTINATION, 2, mask).ifEqual(0, "keep", BpfProgram.Assembler.NEXT);
        return program.label("drop")
                .returns(0)
                .label("keep")
                .returns(StampSocket.SNAP_BYTES)
                .assemble();
    }

    private static void measured(BpfProgram.Assembler program, int portOffset, int[] ports, String label) {
        program.loadXIpHeaderLength(IP).loadHalfAtX(IP + portOffset);
        for (int port : ports) {
            program.ifEqual(port, label, BpfProgram.Assembler.NEXT);
        }
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
