package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * An AF_PACKET socket on one network device (packet(7)): frames with their Ethernet header, a virtio_net_hdr of
 * {@link Tap#VNET_BYTES} bytes in front of each, so that super-frames and partial checksums pass whole. Non-blocking; one
 * thread receives and sends.
 *
 * <p>Stamps of received frames and an outer VLAN tag the kernel took out stand in the {@link MessageBatch}.
 */
public final class PacketSocket implements AutoCloseable {
    static final int AF_PACKET = 17;
    private static final int ETH_P_ALL = 0x0003;
    static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    static final int PACKET_AUXDATA = 8;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_FANOUT = 18;
    private static final int PACKET_FANOUT_HASH = 0;
    private static final int PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;
    private static final int FANOUT_ID = 0xffff;
    /** What a filter asks for besides the frame: SKF_AD_OFF + SKF_AD_PKTTYPE (linux/filter.h). */
    private static final int PACKET_TYPE = -0x1000 + 4;

    private static final int PACKET_OUTGOING = 4;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int PACKET_MR_PROMISC = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Descriptor socket;
    private final String device;

    private PacketSocket(Descriptor socket, String device) {
        this.socket = socket;
        this.device = device;
    }

    /**
     * Opens a socket on a device of the calling thread's namespace, promiscuous, deaf to its own transmits.
     *
     * @param bufferBytes kernel buffer each way; 16 MiB keeps TCP going where the default loses hundreds of thousands of
     *     frames
     * @throws LinuxException when there is no such device, or without the privilege
     */
    public static PacketSocket open(String device, int bufferBytes) {
        return open(device, bufferBytes, false);
    }

    /**
     * Opens several sockets among which the device's frames are divided (PACKET_FANOUT_HASH): both directions of a flow go to
     * the same one, as long as nobody translates its addresses in between.
     *
     * @throws LinuxException when there is no such device, or without the privilege
     */
    public static List<PacketSocket> openGroup(String device, int bufferBytes, int sockets) {
        if (sockets == 1) {
            return List.of(open(device, bufferBytes));
        }
        // A socket gets every frame until it has joined: those are filtered out, or they would arrive twice.
        List<PacketSocket> group = Several.open(sockets, i -> open(device, bufferBytes, true));
        try {
            join(group);
            return group;
        } catch (RuntimeException e) {
            Several.close(group, e);
            throw e;
        }
    }

    /** The first asks the kernel for a number that no other group has. */
    private static void join(List<PacketSocket> group) {
        int asked = (PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID) << Short.SIZE;
        for (PacketSocket member : group) {
            SocketOptions.set(member.socket, SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT", asked);
            int id = SocketOptions.value(member.socket, SOL_PACKET, PACKET_FANOUT, "PACKET_FANOUT") & FANOUT_ID;
            asked = PACKET_FANOUT_HASH << Short.SIZE | id;
        }
        // PACKET_IGNORE_OUTGOING does not count in a group, and a group has an option of its own only since Linux 6.2.
        BpfProgram arriving = BpfProgram.assembler()
                .loadByte(PACKET_TYPE)
                .ifEqual(PACKET_OUTGOING, "drop", BpfProgram.Assembler.NEXT)
                .returns(-1)
                .label("drop")
                .returns(0)
                .assemble();
        group.forEach(member -> member.filter(arriving));
    }

    private static PacketSocket open(String device, int bufferBytes, boolean deaf) {
        int index;
        try (NetDevice netDevice = NetDevice.open(device)) {
            index = netDevice.index();
        }
        Descriptor socket = SocketOptions.socket("AF_PACKET", AF_PACKET, SocketOptions.SOCK_RAW, 0);
        try {
            PacketSocket opened = new PacketSocket(socket, device);
            SocketOptions.set(socket, SOL_PACKET, PACKET_VNET_HDR, "PACKET_VNET_HDR", 1);
            SocketOptions.set(socket, SOL_PACKET, PACKET_AUXDATA, "PACKET_AUXDATA", 1);
            SocketOptions.set(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", 1);
            SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_TIMESTAMPNS, "SO_TIMESTAMPNS", 1);
            SocketOptions.buffers(socket, bufferBytes);
            if (deaf) {
                opened.filter(BpfProgram.drop());
            }
            bind(socket, index, device);
            opened.promiscuous(index);
            return opened;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Binding with a protocol starts the flow of frames, so it comes last. */
    static void bind(Descriptor socket, int index, String device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(20, 8);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(BE16, 2, (short) ETH_P_ALL);
            address.set(ValueLayout.JAVA_INT, 4, index);
            SocketOptions.bind(socket, address, "AF_PACKET, device '" + device + "'");
        }
    }

    private void promiscuous(int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment membership = arena.allocate(16, 8);
            membership.set(ValueLayout.JAVA_INT, 0, index);
            membership.set(ValueLayout.JAVA_SHORT, 4, (short) PACKET_MR_PROMISC);
            int result = Libc.setsockopt(socket.number(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership.address(), 16);
            if (result < 0) {
                throw LinuxException.of("setsockopt PACKET_ADD_MEMBERSHIP", "promiscuous on '" + device + "'", -result);
            }
        }
    }

    /** Runs a program on every frame; what it drops never reaches this socket. */
    public void filter(BpfProgram program) {
        SocketOptions.attach(socket, program);
    }

    /** The descriptor to poll for readability. */
    public int fd() {
        return socket.number();
    }

    /**
     * Receives into the buffers of messages 0 to {@code count - 1}.
     *
     * @return messages received, or errno negated: {@code -EAGAIN} when none waits, {@code -ENETDOWN} once when the device
     *     went down
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
