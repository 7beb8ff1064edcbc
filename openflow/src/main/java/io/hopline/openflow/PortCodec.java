package io.hopline.openflow;

import io.hopline.packet.MacAddress;

/** Port descriptions and counters on the wire (OpenFlow 1.3.5 sections 7.2.1 and 7.3.5.6). */
final class PortCodec {
    static final int NAME_BYTES = 16;

    private PortCodec() {}

    static MacAddress readMac(WireReader in) {
        return new MacAddress(in.number(6));
    }

    static PortDescription readDescription(WireReader in) {
        int number = in.u32();
        in.skip(4);
        MacAddress mac = readMac(in);
        in.skip(2);
        return new PortDescription(
                number,
                mac,
                in.text(NAME_BYTES),
                in.u32(),
                in.u32(),
                in.u32(),
                in.u32(),
                in.u32(),
                in.u32(),
                in.u32(),
                in.u32());
    }

    static void writeDescription(WireWriter out, PortDescription port) {
        out.u32(port.number()).zeros(4).number(port.mac().bits(), 6).zeros(2);
        out.text(port.name(), NAME_BYTES).u32(port.config()).u32(port.state());
        out.u32(port.current()).u32(port.advertised()).u32(port.supported()).u32(port.peer());
        out.u32(port.currentSpeedKbps()).u32(port.maxSpeedKbps());
    }

    static PortStats readStats(WireReader in) {
        int port = in.u32();
        in.skip(4);
        return new PortStats(
                port,
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                in.u64(),
                Duration.read(in));
    }

    static void writeStats(WireWriter out, PortStats stats) {
        out.u32(stats.port()).zeros(4);
        out.u64(stats.rxPackets()).u64(stats.txPackets()).u64(stats.rxBytes()).u64(stats.txBytes());
        out.u64(stats.rxDropped()).u64(stats.txDropped()).u64(stats.rxErrors()).u64(stats.txErrors());
        out.u64(stats.rxFrameErrors()).u64(stats.rxOverrunErrors()).u64(stats.rxCrcErrors());
        out.u64(stats.collisions());
        Duration.write(out, stats.durationNs());
    }
}
