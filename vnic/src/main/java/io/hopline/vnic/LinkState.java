package io.hopline.vnic;

import io.hopline.linux.NetDevice;
import io.hopline.linux.PacketSocket;
import io.hopline.packet.MacAddress;

/**
 * Whether a device is up, asked of the kernel at most four times a second. Any thread.
 *
 * <p>Also decides about going past the queueing discipline: a device that does not segment needs the discipline's
 * software segmentation (the direct path drops such frames), and a VMM's TAP learns what its guest can do only when the
 * guest's driver comes up.
 */
final class LinkState implements AutoCloseable {
    private static final long CADENCE_NS = 250_000_000L;

    private final NetDevice device;
    private final PacketSocket socket;
    private final boolean mayBypass;
    private volatile boolean up;
    private volatile long checkedNs;
    private boolean bypassing;

    private LinkState(NetDevice device, PacketSocket socket, boolean mayBypass) {
        this.device = device;
        this.socket = socket;
        this.mayBypass = mayBypass;
        refresh();
    }

    /** Of a device in the calling thread's namespace. */
    static LinkState open(String ifName, PacketSocket socket, boolean mayBypass) {
        return new LinkState(NetDevice.open(ifName), socket, mayBypass);
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
        boolean bypass = mayBypass && up && device.segmentsTcp();
        if (bypass != bypassing) {
            socket.bypassQdisc(bypass);
            bypassing = bypass;
        }
    }

    @Override
    public synchronized void close() {
        device.close();
    }
}
