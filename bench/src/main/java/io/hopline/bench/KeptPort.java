package io.hopline.bench;

import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;

/** A port that keeps the frames it is given until they are taken back. */
final class KeptPort implements Port {
    private final String name;
    private final PortCounters counters = new PortCounters();
    private final Frame[] kept;
    private int size;

    KeptPort(String name, int frames) {
        this.name = name;
        kept = new Frame[frames];
    }

    /** Hands back what was transmitted, into the first places, and returns how many there were. */
    int take(Frame[] into) {
        int taken = size;
        System.arraycopy(kept, 0, into, 0, taken);
        size = 0;
        return taken;
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
        return 1500;
    }

    @Override
    public boolean isUp() {
        return true;
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
        kept[size++] = frame;
    }

    @Override
    public void flush() {}

    @Override
    public PortCounters counters() {
        return counters;
    }

    @Override
    public void close() {}
}
