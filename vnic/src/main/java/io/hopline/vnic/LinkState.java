package io.hopline.vnic;

import io.hopline.linux.NetDevice;
import io.hopline.packet.MacAddress;

/** Whether a device is up, asked of the kernel at most four times a second. Any thread. */
final class LinkState implements AutoCloseable {
    private static final long CADENCE_NS = 250_000_000L;

    private final NetDevice device;
    private volatile boolean up;
    private volatile long checkedNs;

    private LinkState(NetDevice device) {
        this.device = device;
        refresh();
    }

    /** Of a device in the calling thread's namespace. */
    static LinkState open(String ifName) {
        return new LinkState(NetDevice.open(ifName));
    }

    synchronized MacAddress mac() {
        return MacAddress.of(device.hardwareAddress());
    }

    synchronized int mtu() {
        return device.mtu();
    }

    boolean isUp() {
        if (System.nanoTime() - checkedNs > CADENCE_NS) {
            refresh();
        }
        return up;
    }

    /** Asks the kernel now. */
    synchronized void refresh() {
        checkedNs = System.nanoTime();
        up = device.isUp();
    }

    @Override
    public synchronized void close() {
        device.close();
    }
}
