package io.hopline.vswitch;

import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.packet.VnetHeader;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** A port that keeps what it is given. */
final class FakePort implements Port {
    /** A transmitted frame with what the slot said besides its bytes. */
    record Sent(
            byte[] bytes, byte[] vnet, long tunnelId, int tunnelDestination, Ipv6Address ipv6Destination, int mark) {
        boolean needsChecksum() {
            return (vnet[0] & VnetHeader.NEEDS_CHECKSUM) != 0;
        }
    }

    private final String name;
    private final PortCounters counters = new PortCounters();
    final List<Sent> sent = new ArrayList<>();
    int mtu = 1500;
    boolean up = true;
    int flushes;

    FakePort(String name) {
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Kind kind() {
        return Kind.VNIC;
    }

    @Override
    public MacAddress mac() {
        return new MacAddress(0x02ff_0000_0000L | name.hashCode() & 0xffff);
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean isUp() {
        return up;
    }

    @Override
    public int readinessFd() {
        return -1;
    }

    @Override
    public int receive(FramePool pool, Batch into) {
        return 0;
    }

    @Override
    public void transmit(Frame frame) {
        byte[] bytes = frame.memory().asSlice(frame.offset(), frame.length()).toArray(ValueLayout.JAVA_BYTE);
        byte[] vnet = frame.memory().asSlice(frame.vnet(), VnetHeader.BYTES).toArray(ValueLayout.JAVA_BYTE);
        Ipv6Address six = new Ipv6Address(frame.tunnelDestinationHigh(), frame.tunnelDestinationLow());
        sent.add(new Sent(bytes, vnet, frame.tunnelId(), frame.tunnelDestination(), six, frame.mark()));
        counters.transmitted(1, bytes.length);
        frame.release();
    }

    @Override
    public void flush() {
        flushes++;
    }

    @Override
    public PortCounters counters() {
        return counters;
    }

    @Override
    public void close() {}
}
