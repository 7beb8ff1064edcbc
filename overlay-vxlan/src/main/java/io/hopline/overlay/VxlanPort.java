package io.hopline.overlay;

import io.hopline.linux.EventFd;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetNs;
import io.hopline.linux.ReadinessGroup;
import io.hopline.linux.Several;
import io.hopline.linux.UdpSocket;
import io.hopline.packet.Batch;
import io.hopline.packet.Frame;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.packet.PortCounters;
import io.hopline.packet.Vxlan;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The tunnel to all other hosts (RFC 7348), as one port: the flows choose the remote VTEP and the VNI of each frame.
 *
 * <p>Outside is IPv4 or IPv6, as the VTEP's address is, never fragmented, and UDP port 4789. {@link #mtu()} is what fits the underlay; a longer frame is dropped
 * as {@code TOO_LONG} here, so whoever hands it over tells the sender first.
 */
public final class VxlanPort implements Port {
    private static final int BUFFER_BYTES = 16 << 20;

    private final String name;
    private final MacAddress mac;
    private final PortCounters counters = new PortCounters();
    private final Deque<AutoCloseable> resources;
    private final ReadinessGroup readiness;
    private final Underlay underlay;
    private final VxlanSender sender;
    private final VxlanReceiver receiver;

    private VxlanPort(String name, IpAddress vtep, UdpSocket socket, Deque<AutoCloseable> resources) {
        this.name = name;
        this.resources = resources;
        boolean ipv6 = vtep instanceof Ipv6Address;
        mac = macOf(vtep);
        underlay = own(Underlay.open(vtep));
        socket.receiveCoalesced();
        socket.receiveStamps();
        socket.receiveTrafficClass();
        socket.buffers(BUFFER_BYTES);
        EventFd more = own(EventFd.open());
        readiness = own(ReadinessGroup.open());
        readiness.add(socket.fd());
        readiness.add(more.fd());
        receiver = own(new VxlanReceiver(socket, ipv6, more, counters));
        sender = own(new VxlanSender(own(SourcePorts.open(vtep)), ipv6, underlay, counters));
    }

    /** A locally administered address that ends as the VTEP's does. */
    private static MacAddress macOf(IpAddress vtep) {
        long end = switch (vtep) {
            case Ipv4Address ipv4 -> ipv4.bits();
            case Ipv6Address ipv6 -> ipv6.low();
        };
        return new MacAddress(0x0200_0000_0000L | end & 0xffff_ffffL);
    }

    private <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    /**
     * Opens the tunnel.
     *
     * @param hostNs where the underlay is
     * @param vtep this host's address on it; not a link-local one
     * @param portName the port's name
     * @throws LinuxException when no device has the address, or its UDP port 4789 is taken
     */
    public static VxlanPort open(NetNs hostNs, IpAddress vtep, String portName) {
        return openQueues(hostNs, vtep, portName, 1).getFirst();
    }

    /**
     * Opens the tunnel with several ports: what one remote VTEP sends from one source port comes in by one of them, and each
     * sends by sockets of its own.
     *
     * @throws LinuxException when no device has the address, or its UDP port 4789 is taken
     */
    public static List<VxlanPort> openQueues(NetNs hostNs, IpAddress vtep, String portName, int queues) {
        return hostNs.call(() -> {
            // It says more than bind(2) does about an address that is not here.
            Underlay.open(vtep).close();
            List<UdpSocket> sockets = UdpSocket.openGroup(vtep.bytes(), Vxlan.UDP_PORT, queues);
            try {
                return Several.open(queues, i -> openHere(vtep, portName, sockets.get(i)));
            } catch (RuntimeException e) {
                Several.close(sockets, e);
                throw e;
            }
        });
    }

    private static VxlanPort openHere(IpAddress vtep, String portName, UdpSocket socket) {
        Deque<AutoCloseable> resources = new ArrayDeque<>();
        resources.push(socket);
        try {
            return new VxlanPort(portName, vtep, socket, resources);
        } catch (RuntimeException e) {
            closeAll(resources);
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Kind kind() {
        return Kind.TUNNEL;
    }

    @Override
    public MacAddress mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return underlay.innerMtu();
    }

    @Override
    public boolean isUp() {
        return underlay.isUp();
    }

    @Override
    public int readinessFd() {
        return readiness.fd();
    }

    @Override
    public int receive(FramePool pool, Batch into) {
        return receiver.receive(pool, into);
    }

    @Override
    public void transmit(Frame frame) {
        sender.add(frame);
        if (sender.isFull()) {
            sender.flush();
        }
    }

    @Override
    public void flush() {
        sender.flush();
    }

    @Override
    public PortCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        closeAll(resources);
    }

    /** Last opened first. */
    private static void closeAll(Deque<AutoCloseable> resources) {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException("closing the tunnel", e);
            }
        }
    }
}
