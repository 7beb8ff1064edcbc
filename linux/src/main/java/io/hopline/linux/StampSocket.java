package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Sees what tcpdump would see on a network device, both directions, with the kernel's stamps: the beginnings of the frames
 * that a filter chooses. It is read by a thread that forwards nothing; frames are copies and the originals go their way.
 *
 * <p>Until it has its first filter it costs the device's traffic nothing. One thread sets filters and reads: {@link #next}
 * goes to the next frame, which the other methods then describe.
 */
public final class StampSocket implements AutoCloseable {
    /** Bytes kept of each frame. */
    public static final int SNAP_BYTES = 128;

    /** Frames that may wait to be read. */
    public static final int FRAMES = StampRing.SLOTS;

    private static final int PACKET_STATISTICS = 6;

    private final Descriptor socket;
    private final String device;
    private final int index;
    private @Nullable StampRing ring;
    private boolean onFrame;
    private long lost;

    private StampSocket(Descriptor socket, String device, int index) {
        this.socket = socket;
        this.device = device;
        this.index = index;
    }

    /**
     * Opens on a device in a namespace, which the open socket keeps alive.
     *
     * @throws LinuxException when there is no such device, or without the privilege
     */
    public static StampSocket open(NetNs ns, String device) {
        return ns.call(() -> {
            try (NetDevice netDevice = NetDevice.open(device)) {
                int index = netDevice.index();
                return new StampSocket(
                        SocketOptions.socket("AF_PACKET", PacketSocket.AF_PACKET, SocketOptions.SOCK_RAW, 0),
                        device,
                        index);
            }
        });
    }

    /**
     * Sees from now on what a filter chooses.
     *
     * @param filter returns 0 or at least {@link #SNAP_BYTES}
     * @throws LinuxException when the kernel has no memory for it, or the device is gone
     */
    public void filter(BpfProgram filter) {
        SocketOptions.attach(socket, filter);
        if (ring == null) {
            SocketOptions.set(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_TIMESTAMPNS, "SO_TIMESTAMPNS", 1);
            ring = StampRing.of(socket);
            PacketSocket.bind(socket, index, device);
        }
    }

    /** The descriptor to poll for readability, for a thread that reads several of these. */
    public int fd() {
        return socket.number();
    }

    /** Takes the socket's error, that its device went down for instance: until then it polls as failed. */
    public void takeError() {
        SocketOptions.value(socket, SocketOptions.SOL_SOCKET, SocketOptions.SO_ERROR, "SO_ERROR");
    }

    /**
     * Goes to the next frame and gives the last one's place back to the kernel; does not wait.
     *
     * @return false when no frame waits
     */
    public boolean next() {
        StampRing frames = ring;
        if (frames == null) {
            return false;
        }
        if (onFrame) {
            frames.advance();
        }
        onFrame = frames.waits();
        if (onFrame && frames.losing()) {
            lost += lostSinceLastAsked();
        }
        return onFrame;
    }

    private StampRing frame() {
        StampRing frames = ring;
        if (frames == null || !onFrame) {
            throw new IllegalStateException("next() has found no frame");
        }
        return frames;
    }

    /** Where the frame is. */
    public MemorySegment memory() {
        return frame().memory();
    }

    /** Position in {@link #memory()} of the frame's Ethernet header. */
    public long offset() {
        return frame().offset();
    }

    /** Bytes of the frame that are there, at most {@link #SNAP_BYTES}. */
    public int length() {
        return frame().length();
    }

    /** Bytes the whole frame had, a super-frame before it is segmented. */
    public int wireLength() {
        return frame().wireLength();
    }

    /** When the kernel saw the frame, CLOCK_REALTIME nanoseconds. */
    public long kernelNs() {
        return frame().kernelNs();
    }

    /** True for a frame the device's own host sends, false for one that arrives there. */
    public boolean outgoing() {
        return frame().outgoing();
    }

    /** Frames that the kernel had no free place for, as far as {@link #next} has got. */
    public long lost() {
        return lost;
    }

    private long lostSinceLastAsked() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statistics = arena.allocate(16, 8);
            statistics.set(ValueLayout.JAVA_INT, 8, 8);
            int result = Libc.getsockopt(
                    socket.number(),
                    PacketSocket.SOL_PACKET,
                    PACKET_STATISTICS,
                    statistics.address(),
                    statistics.address() + 8);
            return result < 0 ? 0 : Integer.toUnsignedLong(statistics.get(ValueLayout.JAVA_INT, 4));
        }
    }

    @Override
    public void close() {
        if (ring != null) {
            ring.close();
        }
        socket.close();
    }
}
