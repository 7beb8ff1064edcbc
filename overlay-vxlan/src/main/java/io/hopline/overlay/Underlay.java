package io.hopline.overlay;

import io.hopline.linux.Errno;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Vxlan;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;

/** The device that has the VTEP's address: whether it is up and how much it takes, asked of the kernel four times a second. */
final class Underlay implements AutoCloseable {
    /** Outer Ethernet is the link's; IPv4, UDP and VXLAN headers and the inner Ethernet header come off its MTU. */
    static final int OVERHEAD_BYTES = 20 + 8 + Vxlan.BYTES + 14;

    private static final int IP_UDP_BYTES = 28;
    private static final int MAX_UDP_PAYLOAD_BYTES = 65_507;
    private static final long CADENCE_NS = 250_000_000L;

    private final NetDevice device;
    private volatile boolean up;
    private volatile int mtu;
    private volatile long checkedNs;

    private Underlay(NetDevice device) {
        this.device = device;
        refresh();
    }

    /**
     * Finds the device in the calling thread's namespace.
     *
     * @throws LinuxException when no device has the address
     */
    static Underlay open(Ipv4Address vtep) {
        NetDevice device = NetDevice.open(deviceWith(vtep));
        try {
            return new Underlay(device);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private static String deviceWith(Ipv4Address vtep) {
        try {
            int bits = vtep.bits();
            byte[] address = {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
            NetworkInterface found = NetworkInterface.getByInetAddress(InetAddress.getByAddress(address));
            if (found != null) {
                return found.getName();
            }
        } catch (SocketException | UnknownHostException e) {
            throw new LinuxException("getifaddrs", vtep.toString(), 0, String.valueOf(e.getMessage()));
        }
        throw new LinuxException(
                "VxlanPort.open", "VTEP " + vtep, Errno.EADDRNOTAVAIL, "no network device here has that address");
    }

    private void refreshWhenStale() {
        if (System.nanoTime() - checkedNs > CADENCE_NS) {
            refresh();
        }
    }

    private synchronized void refresh() {
        checkedNs = System.nanoTime();
        up = device.isUp();
        if (up) {
            mtu = device.mtu();
        }
    }

    boolean isUp() {
        refreshWhenStale();
        return up;
    }

    /** Largest IP packet inside the tunnel, in bytes. */
    int innerMtu() {
        refreshWhenStale();
        return mtu - OVERHEAD_BYTES;
    }

    /** Largest UDP payload that goes out unfragmented, in bytes. */
    int datagramBytes() {
        return Math.min(mtu - IP_UDP_BYTES, MAX_UDP_PAYLOAD_BYTES);
    }

    @Override
    public synchronized void close() {
        device.close();
    }
}
