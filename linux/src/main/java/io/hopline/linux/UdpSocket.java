package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.List;

/**
 * A UDP socket over IPv4 or IPv6 that moves many datagrams per call: UDP_SEGMENT going out, UDP_GRO coming in (udp(7)).
 * Non-blocking; one thread receives and sends.
 */
public final class UdpSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IP_RECVTOS = 13;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_RECVTCLASS = 66;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_PMTUDISC_DO = 2;
    private static final int SOL_UDP = 17;
    private static final int UDP_GRO = 104;
    private static final int MSG_DONTWAIT = 0x40;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Descriptor socket;
    private final boolean ipv6;

    private UdpSocket(Descriptor socket, boolean ipv6) {
        this.socket = socket;
        this.ipv6 = ipv6;
    }

    /**
     * Opens and binds a socket in the calling thread's namespace.
     *
     * @param address local address, 4 or 16 bytes; zeros for any
     * @param port local port; 0 lets the kernel choose
     * @throws LinuxException naming address and port when they are taken or not ours
     */
    public static UdpSocket open(byte[] address, int port) {
        return open(address, port, false);
    }

    /**
     * Opens several sockets on one address and port (SO_REUSEPORT): each flow of datagrams comes to one of them, by a hash
     * of addresses and ports.
     *
     * @throws LinuxException also when another process has sockets there that would share with ours
     */
    public static List<UdpSocket> openGroup(byte[] address, int port, int sockets) {
        UdpSocket alone = open(address, port);
        if (sockets == 1) {
            return List.of(alone);
        }
        alone.close();
        return Several.open(sockets, i -> open(address, port, true));
    }

    private static UdpSocket open(byte[] address, int port, boolean shared) {
        return new UdpSocket(bound(address, port, shared), address.length == 16);
    }

    /** A bound descriptor; {@code shared} lets others bind the same (SO_REUSEPORT). */
    static Descriptor bound(byte[] address, int port, boolean shared) {
        boolean ipv6 = address.length == 16;
        Descriptor socket = SocketOptions.socket(
                ipv6 ? "AF_INET6, SOCK_DGRAM" : "AF_INET, SOCK_DGRAM",
                ipv6 ? AF_INET6 : AF_INET,
                SocketOptions.SOCK_DGRAM,
                0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sockaddr = arena.allocate(ipv6 ? 28 : 16, 8);
            sockaddr.set(ValueLayout.JAVA_SHORT, 0, (short) (ipv6 ? AF_INET6 : AF_INET));
            sockaddr.set(BE16, 2, (short) port);
            MemorySegment.copy(address, 0, sockaddr, ValueLayout.JAVA_BYTE, ipv6 ? 8 : 4, address.length);
            if (ipv6) {
                SocketOptions.set(socket, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", 1);
            }
            if (shared) {
                SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_REUSEPORT, "SO_REUSEPORT", 1);
            }
            SocketOptions.bind(socket, sockaddr, text(address, port));
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static String text(byte[] address, int port) {
        try {
            String host = InetAddress.getByAddress(address).getHostAddress();
            return address.length == 16 ? "[" + host + "]:" + port : host + ":" + port;
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + address.length, e);
        }
    }

    /** Lets the kernel hand over several datagrams of one flow as one message, see {@link MessageBatch#segmentBytes}. */
    public void receiveCoalesced() {
        SocketOptions.set(socket, SOL_UDP, UDP_GRO, "UDP_GRO", 1);
    }

    /** Asks for kernel stamps of received messages. */
    public void receiveStamps() {
        SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_TIMESTAMPNS, "SO_TIMESTAMPNS", 1);
    }

    /** Asks for the traffic class of received messages, see {@link MessageBatch#trafficClass(int)}. */
    public void receiveTrafficClass() {
        if (ipv6) {
            SocketOptions.set(socket, IPPROTO_IPV6, IPV6_RECVTCLASS, "IPV6_RECVTCLASS", 1);
        } else {
            SocketOptions.set(socket, IPPROTO_IP, IP_RECVTOS, "IP_RECVTOS", 1);
        }
    }

    /** Sets DF on everything sent: what does not fit the path fails with EMSGSIZE instead of being fragmented. */
    public void dontFragment() {
        if (ipv6) {
            SocketOptions.set(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER", IP_PMTUDISC_DO);
            return;
        }
        SocketOptions.set(socket, IPPROTO_IP, IP_MTU_DISCOVER, "IP_MTU_DISCOVER", IP_PMTUDISC_DO);
    }

    /** Kernel buffers each way, as large as privilege allows. */
    public void buffers(int bytes) {
        SocketOptions.buffers(socket, bytes);
    }

    /** Runs a program on every datagram, from its UDP header on; what it drops never reaches this socket. */
    public void filter(BpfProgram program) {
        SocketOptions.attach(socket, program);
    }

    /** The descriptor to poll for readability. */
    public int fd() {
        return socket.number();
    }

    /** The port this socket is bound to. */
    public int localPort() {
        return localPort(socket);
    }

    static int localPort(Descriptor socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(36, 8);
            address.set(ValueLayout.JAVA_INT, 32, 32);
            int result = Libc.getsockname(socket.number(), address.address(), address.address() + 32);
            if (result < 0) {
                throw LinuxException.of("getsockname", "", -result);
            }
            return address.get(BE16, 2) & 0xffff;
        }
    }

    /**
     * Receives into the buffers of messages 0 to {@code count - 1}.
     *
     * @return messages received, or errno negated: {@code -EAGAIN} when none waits
     */
    public int receive(MessageBatch batch, int count) {
        batch.arm(count);
        int received = Libc.recvmmsg(socket.number(), batch.headerAddress(0), count, MSG_DONTWAIT);
        if (received > 0) {
            batch.absorb(received);
        }
        return received;
    }

    /**
     * Sends messages {@code from} to {@code from + count - 1}, in order.
     *
     * @return messages sent, which ends before one that failed; when that is the first, its errno negated
     */
    public int send(MessageBatch batch, int from, int count) {
        return Libc.sendmmsg(socket.number(), batch.headerAddress(from), count, MSG_DONTWAIT);
    }

    @Override
    public void close() {
        socket.close();
    }
}
