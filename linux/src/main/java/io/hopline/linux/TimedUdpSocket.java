package io.hopline.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A UDP socket for measuring: one datagram per call, with the kernel's software stamps of its coming and going and the TTL
 * it came with (SO_TIMESTAMPING in Documentation/networking/timestamping.rst; IP_RECVTTL in ip(7), IPV6_RECVHOPLIMIT in
 * ipv6(7)). Non-blocking; one thread uses it.
 *
 * <p>A datagram's send stamp comes by the error queue, as a copy of the frame with all its headers in front: while one
 * waits, poll(2) finds the socket failed.
 */
public final class TimedUdpSocket implements AutoCloseable {
    /** Largest datagram that is received whole. */
    public static final int MAX_BYTES = 2048;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_IP = 0;
    private static final int IP_TTL = 2;
    private static final int IP_RECVTTL = 12;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_UNICAST_HOPS = 16;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_HOPLIMIT = 52;
    private static final int SCM_TIMESTAMPING = 37;
    private static final int TX_SOFTWARE = 1 << 1;
    private static final int RX_SOFTWARE = 1 << 3;
    private static final int SOFTWARE = 1 << 4;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_ERRQUEUE = 0x2000;

    /** Where things are in the memory: struct mmsghdr, struct iovec, an address, control data, a datagram. */
    private static final int NAME = 0;

    private static final int NAME_LENGTH = 8;
    private static final int IOVECS = 16;
    private static final int IOVEC_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int MESSAGE_LENGTH = 56;
    private static final int IOVEC_AT = 64;
    private static final int ADDRESS_AT = 80;
    private static final int ADDRESS_BYTES = 32;
    private static final int CONTROL_AT = 112;
    private static final int CONTROL_BYTES = 400;
    private static final int DATAGRAM_AT = 512;
    private static final int CMSG_BYTES = 16;
    private static final ValueLayout.OfShort BE16 = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Descriptor socket;
    private final boolean ipv6;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(DATAGRAM_AT + MAX_BYTES, 64);
    private final MemorySegment datagram = memory.asSlice(DATAGRAM_AT, MAX_BYTES);
    private long kernelNs;
    private int ttl;

    private TimedUdpSocket(Descriptor socket, boolean ipv6) {
        this.socket = socket;
        this.ipv6 = ipv6;
        memory.set(JAVA_LONG, NAME, memory.address() + ADDRESS_AT);
        memory.set(JAVA_LONG, IOVECS, memory.address() + IOVEC_AT);
        memory.set(JAVA_LONG, IOVEC_COUNT, 1);
        memory.set(JAVA_LONG, IOVEC_AT, datagram.address());
    }

    /**
     * Opens and binds a socket in the calling thread's namespace; what it sends has a TTL of 255.
     *
     * @param address local address, 4 or 16 bytes
     * @param port local port; 0 lets the kernel choose
     * @param sendStamps whether the kernel is to stamp what is sent, too
     * @throws LinuxException naming address and port when they are taken or not ours
     */
    public static TimedUdpSocket open(byte[] address, int port, boolean sendStamps) {
        Descriptor socket = UdpSocket.bound(address, port, false);
        boolean ipv6 = address.length == 16;
        try {
            SocketOptions.set(
                    socket,
                    SocketOptions.SOL_SOCKET,
                    SocketOptions.SO_TIMESTAMPING,
                    "SO_TIMESTAMPING",
                    (sendStamps ? TX_SOFTWARE : 0) | RX_SOFTWARE | SOFTWARE);
            if (ipv6) {
                SocketOptions.set(socket, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, "IPV6_RECVHOPLIMIT", 1);
                SocketOptions.set(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS", 255);
            } else {
                SocketOptions.set(socket, IPPROTO_IP, IP_RECVTTL, "IP_RECVTTL", 1);
                SocketOptions.set(socket, IPPROTO_IP, IP_TTL, "IP_TTL", 255);
            }
            return new TimedUdpSocket(socket, ipv6);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** The descriptor to poll: readable when a datagram waits, failed when a send stamp does. */
    public int fd() {
        return socket.number();
    }

    public int localPort() {
        return UdpSocket.localPort(socket);
    }

    /** Holds what was received last, from its first byte, and what is sent next; {@link #MAX_BYTES} long. */
    public MemorySegment datagram() {
        return datagram;
    }

    /**
     * Receives a datagram.
     *
     * @return its bytes, 0 for an empty one and for one longer than {@link #MAX_BYTES}; or errno negated, {@code -EAGAIN}
     *     when none waits
     */
    public int receive() {
        return receive(MSG_DONTWAIT);
    }

    /**
     * Receives the stamp of a datagram sent before, from the error queue. {@link #datagram} has the frame, headers and
     * all, whose end is the datagram; {@link #kernelNs} is when the kernel gave it to the network device.
     *
     * @return the frame's bytes, or errno negated, {@code -EAGAIN} when none waits
     */
    public int receiveSent() {
        return receive(MSG_DONTWAIT | MSG_ERRQUEUE);
    }

    private int receive(int flags) {
        memory.set(JAVA_INT, NAME_LENGTH, ADDRESS_BYTES);
        memory.set(JAVA_LONG, CONTROL, memory.address() + CONTROL_AT);
        memory.set(JAVA_LONG, CONTROL_LENGTH, CONTROL_BYTES);
        memory.set(JAVA_INT, FLAGS, 0);
        memory.set(JAVA_LONG, IOVEC_AT + 8, MAX_BYTES);
        int received = Libc.recvmmsg(socket.number(), memory.address(), 1, flags);
        if (received < 0) {
            return received;
        }
        absorb();
        return (memory.get(JAVA_INT, FLAGS) & MSG_TRUNC) != 0 ? 0 : memory.get(JAVA_INT, MESSAGE_LENGTH);
    }

    private void absorb() {
        kernelNs = 0;
        ttl = 0;
        long at = CONTROL_AT;
        long end = at + Math.min(CONTROL_BYTES, memory.get(JAVA_LONG, CONTROL_LENGTH));
        while (at + CMSG_BYTES <= end) {
            long length = memory.get(JAVA_LONG, at);
            if (length < CMSG_BYTES || at + length > end) {
                break;
            }
            int level = memory.get(JAVA_INT, at + 8);
            int type = memory.get(JAVA_INT, at + 12);
            long data = at + CMSG_BYTES;
            if (level == SocketOptions.SOL_SOCKET && type == SCM_TIMESTAMPING) {
                kernelNs = memory.get(JAVA_LONG, data) * 1_000_000_000L + memory.get(JAVA_LONG, data + 8);
            } else if (level == IPPROTO_IP && type == IP_TTL || level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT) {
                ttl = memory.get(JAVA_INT, data);
            }
            at += (length + 7) & ~7L;
        }
    }

    /** When the kernel saw what was received last, CLOCK_REALTIME nanoseconds; 0 when it did not say. */
    public long kernelNs() {
        return kernelNs;
    }

    /** TTL or hop limit of the datagram received last, 0 when the kernel did not say. */
    public int ttl() {
        return ttl;
    }

    /** Address that the datagram received last came from, 4 or 16 bytes. */
    public byte[] sourceAddress() {
        return memory.asSlice(ADDRESS_AT + (ipv6 ? 8 : 4), ipv6 ? 16 : 4).toArray(JAVA_BYTE);
    }

    /** UDP port that the datagram received last came from. */
    public int sourcePort() {
        return memory.get(BE16, ADDRESS_AT + 2) & 0xffff;
    }

    /**
     * Sends the first bytes of {@link #datagram} to where the datagram received last came from.
     *
     * @return 0, or errno negated
     */
    public int reply(int bytes) {
        memory.set(JAVA_INT, NAME_LENGTH, ipv6 ? 28 : 16);
        memory.set(JAVA_LONG, CONTROL, 0);
        memory.set(JAVA_LONG, CONTROL_LENGTH, 0);
        memory.set(JAVA_LONG, IOVEC_AT + 8, bytes);
        return Math.min(0, Libc.sendmmsg(socket.number(), memory.address(), 1, MSG_DONTWAIT));
    }

    /**
     * Sends the first bytes of {@link #datagram}.
     *
     * @param address of the socket's own IP version, 4 or 16 bytes
     * @return 0, or errno negated
     */
    public int send(int bytes, byte[] address, int port) {
        memory.asSlice(ADDRESS_AT, ADDRESS_BYTES).fill((byte) 0);
        memory.set(JAVA_SHORT, ADDRESS_AT, (short) (ipv6 ? AF_INET6 : AF_INET));
        memory.set(BE16, ADDRESS_AT + 2, (short) port);
        MemorySegment.copy(address, 0, memory, JAVA_BYTE, ADDRESS_AT + (ipv6 ? 8 : 4), ipv6 ? 16 : 4);
        return reply(bytes);
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
