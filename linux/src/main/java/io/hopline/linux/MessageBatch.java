package io.hopline.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The arrays that recvmmsg(2) and sendmmsg(2) work on, allocated once: per message a header, a few buffers, an address
 * and control data. One thread owns it. Buffers are positions in the caller's memory, which has to stay alive.
 */
public final class MessageBatch implements AutoCloseable {
    /** Most messages of one call that the kernel takes (UIO_MAXIOV). */
    public static final int MAX_MESSAGES = 1024;

    private static final int HEADER_BYTES = 64;
    private static final int IOVEC_BYTES = 16;
    private static final int ADDRESS_BYTES = 32;
    private static final int CONTROL_BYTES = 192;
    private static final int CMSG_BYTES = 16;
    /** Offsets in struct mmsghdr. */
    private static final int NAME_LENGTH = 8;

    private static final int IOVEC_COUNT = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int MESSAGE_LENGTH = 56;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOL_IP = 0;
    private static final int IP_TOS = 1;
    private static final int SOL_IPV6 = 41;
    private static final int IPV6_TCLASS = 67;
    private static final int SOL_SOCKET = 1;
    private static final int SOL_UDP = 17;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_AUXDATA = 8;
    private static final int UDP_SEGMENT = 103;
    private static final int UDP_GRO = 104;
    private static final int SCM_TIMESTAMPNS = 35;
    private static final int TP_STATUS_VLAN_VALID = 1 << 4;
    private static final int TP_STATUS_VLAN_TPID_VALID = 1 << 6;
    private static final int MSG_TRUNC = 0x20;
    private static final int ETH_P_8021Q = 0x8100;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong BE64 = JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final int capacity;
    private final int buffersPerMessage;
    private final MemorySegment headers;
    private final MemorySegment iovecs;
    private final MemorySegment addresses;
    private final MemorySegment controls;
    private final long[] kernelNs;
    private final int[] vlan;
    private final int[] segmentBytes;
    private final int[] wireLength;
    private final int[] trafficClass;

    /**
     * @param capacity messages, 1 to {@link #MAX_MESSAGES}
     * @param buffersPerMessage most buffers that one message is gathered from or scattered to, 1 to 1024
     */
    public MessageBatch(int capacity, int buffersPerMessage) {
        if (capacity < 1 || capacity > MAX_MESSAGES || buffersPerMessage < 1 || buffersPerMessage > MAX_MESSAGES) {
            throw new IllegalArgumentException(capacity + " messages of " + buffersPerMessage + " buffers");
        }
        this.capacity = capacity;
        this.buffersPerMessage = buffersPerMessage;
        headers = arena.allocate((long) capacity * HEADER_BYTES, 64);
        iovecs = arena.allocate((long) capacity * buffersPerMessage * IOVEC_BYTES, 64);
        addresses = arena.allocate((long) capacity * ADDRESS_BYTES, 64);
        controls = arena.allocate((long) capacity * CONTROL_BYTES, 64);
        kernelNs = new long[capacity];
        vlan = new int[capacity];
        segmentBytes = new int[capacity];
        wireLength = new int[capacity];
        trafficClass = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            long header = header(i);
            headers.set(JAVA_LONG, header, addresses.address() + (long) i * ADDRESS_BYTES);
            headers.set(JAVA_LONG, header + 16, iovecs.address() + (long) i * buffersPerMessage * IOVEC_BYTES);
            headers.set(JAVA_LONG, header + CONTROL, controls.address() + (long) i * CONTROL_BYTES);
        }
    }

    public int capacity() {
        return capacity;
    }

    private static long header(int message) {
        return (long) message * HEADER_BYTES;
    }

    long headerAddress(int message) {
        return headers.address() + header(message);
    }

    /** Gives a message one buffer and nothing else: no address, no control data. */
    public void buffer(int message, MemorySegment memory, long offset, int length) {
        start(message);
        addBuffer(message, memory, offset, length);
    }

    /** Empties a message: no buffers, no address, no control data. */
    public void start(int message) {
        long header = header(Objects.checkIndex(message, capacity));
        headers.set(JAVA_LONG, header + IOVEC_COUNT, 0L);
        headers.set(JAVA_INT, header + NAME_LENGTH, 0);
        headers.set(JAVA_LONG, header + CONTROL_LENGTH, 0L);
    }

    /** Gives a message one more buffer, behind the others. */
    public void addBuffer(int message, MemorySegment memory, long offset, int length) {
        Objects.checkFromIndexSize(offset, length, memory.byteSize());
        long header = header(Objects.checkIndex(message, capacity));
        long count = headers.get(JAVA_LONG, header + IOVEC_COUNT);
        if (count >= buffersPerMessage) {
            throw new IllegalStateException("message has " + count + " buffers already");
        }
        long iovec = ((long) message * buffersPerMessage + count) * IOVEC_BYTES;
        iovecs.set(JAVA_LONG, iovec, memory.address() + offset);
        iovecs.set(JAVA_LONG, iovec + 8, length);
        headers.set(JAVA_LONG, header + IOVEC_COUNT, count + 1);
    }

    /** Sends a message to an IPv4 address (big-endian int) and UDP port. */
    public void destination(int message, int ipv4, int port) {
        long address = (long) Objects.checkIndex(message, capacity) * ADDRESS_BYTES;
        addresses.set(JAVA_SHORT, address, (short) AF_INET);
        addresses.set(BE16, address + 2, (short) port);
        addresses.set(BE32, address + 4, ipv4);
        headers.set(JAVA_INT, header(message) + NAME_LENGTH, 16);
    }

    /** Sends a message to an IPv6 address (its two halves, big-endian) and UDP port. */
    public void destination(int message, long high, long low, int port) {
        long address = (long) Objects.checkIndex(message, capacity) * ADDRESS_BYTES;
        addresses.set(JAVA_SHORT, address, (short) AF_INET6);
        addresses.set(BE16, address + 2, (short) port);
        // No flow label: the kernel makes one of the flow's hash.
        addresses.set(BE32, address + 4, 0);
        addresses.set(BE64, address + 8, high);
        addresses.set(BE64, address + 16, low);
        addresses.set(JAVA_INT, address + 24, 0);
        headers.set(JAVA_INT, header(message) + NAME_LENGTH, 28);
    }

    /** Has the kernel cut a UDP message into datagrams of so many payload bytes, the last may be shorter (udp(7)). */
    public void segmentSize(int message, int payloadBytes) {
        controls.set(JAVA_SHORT, addControl(message, SOL_UDP, UDP_SEGMENT, 2), (short) payloadBytes);
    }

    /** Sends a message with this TOS or traffic class instead of the socket's; after its {@code destination}. */
    public void trafficClass(int message, int value) {
        boolean ipv6 =
                addresses.get(JAVA_SHORT, (long) Objects.checkIndex(message, capacity) * ADDRESS_BYTES) == AF_INET6;
        long data = addControl(message, ipv6 ? SOL_IPV6 : SOL_IP, ipv6 ? IPV6_TCLASS : IP_TOS, 4);
        controls.set(JAVA_INT, data, value);
    }

    /** Puts a header behind a message's control data; returns where up to eight bytes of data go. */
    private long addControl(int message, int level, int type, int dataBytes) {
        long header = header(Objects.checkIndex(message, capacity));
        long used = headers.get(JAVA_LONG, header + CONTROL_LENGTH);
        long control = (long) message * CONTROL_BYTES + used;
        controls.set(JAVA_LONG, control, CMSG_BYTES + dataBytes);
        controls.set(JAVA_INT, control + 8, level);
        controls.set(JAVA_INT, control + 12, type);
        headers.set(JAVA_LONG, header + CONTROL_LENGTH, used + CMSG_BYTES + 8);
        return control + CMSG_BYTES;
    }

    /** Makes room for an address and control data in the first messages, before a receive. */
    void arm(int count) {
        for (int i = 0; i < count; i++) {
            long header = header(i);
            headers.set(JAVA_INT, header + NAME_LENGTH, ADDRESS_BYTES);
            headers.set(JAVA_LONG, header + CONTROL_LENGTH, CONTROL_BYTES);
            headers.set(JAVA_INT, header + FLAGS, 0);
        }
    }

    /** Reads the control data of the first messages, after a receive. */
    void absorb(int count) {
        for (int i = 0; i < count; i++) {
            kernelNs[i] = 0;
            vlan[i] = 0;
            segmentBytes[i] = 0;
            wireLength[i] = length(i);
            trafficClass[i] = 0;
            long at = (long) i * CONTROL_BYTES;
            long end = at + Math.min(CONTROL_BYTES, headers.get(JAVA_LONG, header(i) + CONTROL_LENGTH));
            while (at + CMSG_BYTES <= end) {
                long length = controls.get(JAVA_LONG, at);
                if (length < CMSG_BYTES || at + length > end) {
                    break;
                }
                absorb(i, controls.get(JAVA_INT, at + 8), controls.get(JAVA_INT, at + 12), at + CMSG_BYTES);
                at += (length + 7) & ~7L;
            }
        }
    }

    private void absorb(int message, int level, int type, long data) {
        if (level == SOL_SOCKET && type == SCM_TIMESTAMPNS) {
            kernelNs[message] = controls.get(JAVA_LONG, data) * 1_000_000_000L + controls.get(JAVA_LONG, data + 8);
        } else if (level == SOL_UDP && type == UDP_GRO) {
            segmentBytes[message] = controls.get(JAVA_INT, data);
        } else if (level == SOL_IP && type == IP_TOS) {
            trafficClass[message] = controls.get(JAVA_BYTE, data) & 0xff;
        } else if (level == SOL_IPV6 && type == IPV6_TCLASS) {
            trafficClass[message] = controls.get(JAVA_INT, data);
        } else if (level == SOL_PACKET && type == PACKET_AUXDATA) {
            int status = controls.get(JAVA_INT, data);
            wireLength[message] = controls.get(JAVA_INT, data + 4);
            if ((status & TP_STATUS_VLAN_VALID) != 0) {
                int tci = controls.get(JAVA_SHORT, data + 16) & 0xffff;
                int tpid = (status & TP_STATUS_VLAN_TPID_VALID) != 0
                        ? controls.get(JAVA_SHORT, data + 18) & 0xffff
                        : ETH_P_8021Q;
                vlan[message] = tpid << 16 | tci;
            }
        }
    }

    /** Bytes received into a message's buffers. */
    public int length(int message) {
        return headers.get(JAVA_INT, header(message) + MESSAGE_LENGTH);
    }

    /** True when a received message was longer than its buffers. */
    public boolean truncated(int message) {
        return (headers.get(JAVA_INT, header(message) + FLAGS) & MSG_TRUNC) != 0;
    }

    /** When the kernel saw a received message, CLOCK_REALTIME nanoseconds; 0 when it did not say. */
    public long kernelNs(int message) {
        return kernelNs[message];
    }

    /** The outer VLAN tag the kernel took out of a frame, TPID in the high 16 bits, TCI in the low; 0 for none. */
    public int vlan(int message) {
        return vlan[message];
    }

    /** Payload bytes of each datagram (the last may be shorter) in a message that UDP_GRO put together; 0 for one datagram. */
    public int segmentBytes(int message) {
        return segmentBytes[message];
    }

    /** Bytes the frame had before a filter cut it, on a packet socket. */
    public int wireLength(int message) {
        return wireLength[message];
    }

    /** IPv4 address a UDP message came from, big-endian int. */
    public int sourceAddress(int message) {
        return addresses.get(BE32, (long) message * ADDRESS_BYTES + 4);
    }

    /** First eight bytes of the IPv6 address a UDP message came from. */
    public long sourceHigh(int message) {
        return addresses.get(BE64, (long) message * ADDRESS_BYTES + 8);
    }

    /** Last eight bytes of the IPv6 address a UDP message came from. */
    public long sourceLow(int message) {
        return addresses.get(BE64, (long) message * ADDRESS_BYTES + 16);
    }

    /** TOS or traffic class of a received UDP message, 0 unless asked for; the datagrams of a train share it. */
    public int trafficClass(int message) {
        return trafficClass[message];
    }

    /** UDP port a message came from. */
    public int sourcePort(int message) {
        return addresses.get(BE16, (long) message * ADDRESS_BYTES + 2) & 0xffff;
    }

    /** {@code sll_pkttype} of a frame from a packet socket (packet(7)): 4 is PACKET_OUTGOING. */
    public int packetType(int message) {
        return addresses.get(JAVA_BYTE, (long) message * ADDRESS_BYTES + 10) & 0xff;
    }

    @Override
    public void close() {
        arena.close();
    }
}
