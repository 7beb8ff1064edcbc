package io.hopline.overlay;

import io.hopline.linux.Errno;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.packet.Ethernet;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.Udp;
import io.hopline.packet.Vxlan;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;

/** The device that has the VTEP's address: whether it is up and how much it takes, asked of the kernel four times a second. */
final class Underlay implements AutoCloseable {
    /** A line per address: 32 digits, and last the device's name. */
    private static final Path IPV6_ADDRESSES = Path.of("/proc/thread-self/net/if_inet6");

    private static final int MAX_UDP_PAYLOAD_BYTES = 65_507;
    private static final long CADENCE_NS = 250_000_000L;

    private final NetDevice device;
    /** Outer IP and UDP headers. */
    private final int outerBytes;

    private volatile boolean up;
    private volatile int mtu;
    private volatile long checkedNs;

    private Underlay(NetDevice device, boolean ipv6) {
        this.device = device;
        // A device has an MTU before it has a carrier; without, nothing at all would fit until the next look.
        mtu = device.mtu();
        outerBytes = (ipv6 ? Ipv6.BYTES : Ipv4.MIN_BYTES) + Udp.BYTES;
        refresh();
    }

    /**
     * Finds the device in the calling thread's namespace.
     *
     * @throws LinuxException when no device has the address
     */
    static Underlay open(IpAddress vtep) {
        boolean ipv6 = vtep instanceof Ipv6Address;
        if (vtep instanceof Ipv6Address address && address.isLinkLocal()) {
            throw new LinuxException(
                    "VxlanPort.open", "VTEP " + vtep, Errno.EINVAL, "a link-local address says nothing to other hosts");
        }
        NetDevice device = NetDevice.open(deviceWith(vtep));
        try {
            return new Underlay(device, ipv6);
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    private static String deviceWith(IpAddress vtep) {
        try {
            Optional<String> found = vtep instanceof Ipv6Address ? ipv6DeviceWith(vtep) : ipv4DeviceWith(vtep);
            return found.orElseThrow(() -> new LinuxException(
                    "VxlanPort.open", "VTEP " + vtep, Errno.EADDRNOTAVAIL, "no network device here has that address"));
        } catch (IOException e) {
            throw new LinuxException("getifaddrs", vtep.toString(), 0, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<String> ipv4DeviceWith(IpAddress vtep) throws IOException {
        return Optional.ofNullable(NetworkInterface.getByInetAddress(InetAddress.getByAddress(vtep.bytes())))
                .map(NetworkInterface::getName);
    }

    /** From the kernel's list, because Java reads that of the process and not that of the thread's namespace. */
    private static Optional<String> ipv6DeviceWith(IpAddress vtep) throws IOException {
        String address = HexFormat.of().formatHex(vtep.bytes());
        try (Stream<String> lines = Files.lines(IPV6_ADDRESSES)) {
            return lines.filter(line -> line.startsWith(address))
                    .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                    .findFirst();
        }
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

    /** Largest IP packet inside the tunnel, in bytes: the link's MTU less the outer headers and the inner Ethernet header. */
    int innerMtu() {
        refreshWhenStale();
        return mtu - outerBytes - Vxlan.BYTES - Ethernet.BYTES;
    }

    /** Largest UDP payload that goes out unfragmented, in bytes. */
    int datagramBytes() {
        return Math.min(mtu - outerBytes, MAX_UDP_PAYLOAD_BYTES);
    }

    @Override
    public synchronized void close() {
        device.close();
    }
}
