package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A UDP socket over IPv4 that moves many datagrams per call: UDP_SEGMENT going out, UDP_GRO coming in (udp(7)).
 * Non-blocking; one thread receives and sends.
 */
public final class UdpSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int IPPROTO_IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IP_PMTUDISC_DO = 2;
    private static final int SOL_UDP = 17;
    private static final int UDP_GRO = 104;
    private static final int MSG_DONTWAIT = 0x40;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Descriptor socket;

    private UdpSocket(Descriptor socket) {
        this.socket = socket;
    }

    /**
     * Opens and binds a socket in the calling thread's namespace.
     *
     * @param ipv4 local address, big-endian int; 0 for any
     * @param port local port; 0 lets the kernel choose
     * @throws LinuxException naming address and port when they are taken or not ours
     */
    public static UdpSocket open(int ipv4, int port) {
        Descriptor socket = SocketOptions.socket("AF_INET, SOCK_DGRAM", AF_INET, SocketOptions.SOCK_DGRAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(16, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
            address.set(BE16, 2, (short) port);
            address.set(BE32, 4, ipv4);
            SocketOptions.bind(socket, address, dotted(ipv4) + ":" + port);
            return new UdpSocket(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static String dotted(int ipv4) {
        return (ipv4 >>> 24) + "." + (ipv4 >>> 16 & 0xff) + "." + (ipv4 >>> 8 & 0xff) + "." + (ipv4 & 0xff);
    }

    /** Lets the kernel hand over several datagrams of one flow as one message, see {@link MessageBatch#segmentBytes}. */
    public void receiveCoalesced() {
        SocketOptions.set(socket, SOL_UDP, UDP_GRO, "UDP_GRO", 1);
    }

    /** Asks for kernel stamps of received messages. */
    public void receiveStamps() {
        SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_TIMESTAMPNS, "SO_TIMESTAMPNS", 1);
    }

    /** Sets DF on everything sent: what does not fit the path fails with EMSGSIZE instead of being fragmented. */
    public void dontFragment() {
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
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(24, 8);
            address.set(ValueLayout.JAVA_INT, 16, 16);
            int result = Libc.getsockname(socket.number(), address.address(), address.address() + 16);
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
