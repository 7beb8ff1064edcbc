package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * One Ethernet frame in a slot of a {@link FramePool}, with room in front for a tunnel header.
 *
 * <p>Slot layout, in bytes: {@code [0, 10)} the virtio_net_hdr that came with the frame or goes out with it (see
 * {@link VnetHeader}), {@code [16, 16 + HEADROOM)} headroom, then the frame from its Ethernet header on. Owned by one
 * thread; not safe to share. What stands here besides the bytes is what no header can say: where the frame came from,
 * its tunnel (RFC 7348), and when the kernel saw it.
 */
public final class Frame {
    /** Bytes in front of a received frame, enough for Ethernet, a VLAN tag, IPv6, UDP and VXLAN. */
    public static final int HEADROOM = 112;
    /** Longest frame: a 65,535 byte IP packet behind Ethernet and two VLAN tags, rounded up. */
    public static final int MAX_BYTES = 65_600;

    static final int DATA_START = 16 + HEADROOM;
    static final int SLOT_BYTES = 66 * 1024;

    private final FramePool pool;
    private final MemorySegment memory;
    private final long slot;
    private boolean pooled = true;
    private long offset;
    private int length;

    private int inPort;
    private int mark;
    private long rxKernelNs;
    private long tunnelId;
    private int tunnelSource;
    private int tunnelDestination;
    private long tunnelSourceHigh;
    private long tunnelSourceLow;
    private long tunnelDestinationHigh;
    private long tunnelDestinationLow;

    Frame(FramePool pool, MemorySegment memory, long slot) {
        this.pool = pool;
        this.memory = memory;
        this.slot = slot;
    }

    /** Takes the slot out of the pool with everything at its initial value. */
    void acquired() {
        pooled = false;
        offset = slot + DATA_START;
        length = 0;
        inPort = 0;
        mark = 0;
        rxKernelNs = 0;
        tunnelId = 0;
        tunnelSource = 0;
        tunnelDestination = 0;
        tunnelSource(0, 0);
        tunnelDestination(0, 0);
        VnetHeader.clear(memory, slot);
    }

    /** Gives the slot back. A frame is released once; a second release is a bug in the owner. */
    public void release() {
        if (pooled) {
            throw new IllegalStateException("frame released twice");
        }
        pooled = true;
        pool.giveBack(this);
    }

    /** The pool's memory, in which {@link #offset()} and {@link #vnet()} are positions. */
    public MemorySegment memory() {
        return memory;
    }

    /** Position of the Ethernet header in {@link #memory()}. */
    public long offset() {
        return offset;
    }

    /** Bytes from the Ethernet header to the end of the frame, without FCS. */
    public int length() {
        return length;
    }

    /** Position of this frame's virtio_net_hdr in {@link #memory()}. */
    public long vnet() {
        return slot;
    }

    /** Says how many bytes from {@link #offset()} on are frame, after a read put them there. */
    public void length(int bytes) {
        if (bytes < 0 || offset + bytes > slot + SLOT_BYTES) {
            throw new IllegalArgumentException("length " + bytes + " does not fit the slot");
        }
        length = bytes;
    }

    /** Bytes free in front of the frame. */
    public int headroom() {
        return (int) (offset - slot - 16);
    }

    /** Bytes a frame that starts at {@link #offset()} may have. */
    public int room() {
        return (int) (slot + SLOT_BYTES - offset);
    }

    /** Grows the frame at its front; the new bytes are not cleared. */
    public void push(int bytes) {
        if (bytes < 0 || bytes > headroom()) {
            throw new IllegalArgumentException("no headroom for " + bytes + " bytes");
        }
        offset -= bytes;
        length += bytes;
    }

    /** Cuts bytes off the front. */
    public void pull(int bytes) {
        if (bytes < 0 || bytes > length) {
            throw new IllegalArgumentException("frame of " + length + " bytes has no " + bytes + " to pull");
        }
        offset += bytes;
        length -= bytes;
    }

    /** OpenFlow number of the port the frame came in by. */
    public int inPort() {
        return inPort;
    }

    public void inPort(int port) {
        inPort = port;
    }

    /** What the flow cache says about timing this frame: 0 for a frame that is not sampled. */
    public int mark() {
        return mark;
    }

    public void mark(int value) {
        mark = value;
    }

    /** Kernel receive stamp, CLOCK_REALTIME nanoseconds; 0 when the port gives none. */
    public long rxKernelNs() {
        return rxKernelNs;
    }

    public void rxKernelNs(long ns) {
        rxKernelNs = ns;
    }

    /** VXLAN network identifier the frame came with or leaves with (OXM tunnel_id). */
    public long tunnelId() {
        return tunnelId;
    }

    public void tunnelId(long vni) {
        tunnelId = vni;
    }

    /** IPv4 address of the remote VTEP that sent the frame, as a big-endian int; 0 when not from a tunnel over IPv4. */
    public int tunnelSource() {
        return tunnelSource;
    }

    public void tunnelSource(int ipv4) {
        tunnelSource = ipv4;
    }

    /** IPv4 address of the remote VTEP to send to, as a big-endian int; only a tunnel over IPv4 looks at it. */
    public int tunnelDestination() {
        return tunnelDestination;
    }

    public void tunnelDestination(int ipv4) {
        tunnelDestination = ipv4;
    }

    /** First eight bytes of the IPv6 address of the remote VTEP that sent the frame; both halves 0 when not from a tunnel over IPv6. */
    public long tunnelSourceHigh() {
        return tunnelSourceHigh;
    }

    /** Last eight bytes of that address. */
    public long tunnelSourceLow() {
        return tunnelSourceLow;
    }

    public void tunnelSource(long high, long low) {
        tunnelSourceHigh = high;
        tunnelSourceLow = low;
    }

    /** First eight bytes of the IPv6 address of the remote VTEP to send to; only a tunnel over IPv6 looks at it. */
    public long tunnelDestinationHigh() {
        return tunnelDestinationHigh;
    }

    /** Last eight bytes of that address. */
    public long tunnelDestinationLow() {
        return tunnelDestinationLow;
    }

    public void tunnelDestination(long high, long low) {
        tunnelDestinationHigh = high;
        tunnelDestinationLow = low;
    }

    /** Sends this frame back through the tunnel that another came by. */
    public void tunnelBack(Frame other) {
        tunnelId = other.tunnelId;
        tunnelDestination = other.tunnelSource;
        tunnelDestination(other.tunnelSourceHigh, other.tunnelSourceLow);
    }

    /** Takes over where another frame came from and where it goes, but not its bytes. */
    public void metadataFrom(Frame other) {
        inPort = other.inPort;
        mark = other.mark;
        rxKernelNs = other.rxKernelNs;
        tunnelId = other.tunnelId;
        tunnelSource = other.tunnelSource;
        tunnelDestination = other.tunnelDestination;
        tunnelSource(other.tunnelSourceHigh, other.tunnelSourceLow);
        tunnelDestination(other.tunnelDestinationHigh, other.tunnelDestinationLow);
    }

    /** Makes this frame equal to another in bytes, vnet header and metadata. */
    void copyFrom(Frame other) {
        offset = slot + (other.offset - other.slot);
        length = other.length;
        metadataFrom(other);
        MemorySegment.copy(other.memory, other.slot, memory, slot, VnetHeader.BYTES);
        MemorySegment.copy(other.memory, other.offset, memory, offset, length);
    }
}
