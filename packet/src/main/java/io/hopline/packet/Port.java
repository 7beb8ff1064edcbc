package io.hopline.packet;

/**
 * One end of a cable, as a worker sees it: a guest's vNIC, the host NIC, or the tunnel to the other hosts.
 *
 * <p>Where several workers serve a cable, each has a port of its own on it, a queue; they look alike from outside.
 *
 * <p>Exactly one worker thread calls {@link #receive}, {@link #transmit} and {@link #flush}; none of them blocks. The
 * worker waits for {@link #readinessFd()} to become readable before it receives again.
 */
public interface Port extends AutoCloseable {
    /** What the cable leads to; it decides which hop a frame's waiting time belongs to. */
    enum Kind {
        /** A guest. */
        VNIC,
        /** A network interface of this host. */
        UPLINK,
        /** Other hosts, by VXLAN. */
        TUNNEL
    }

    /** The name that OpenFlow's port description shows; 1 to 15 characters. */
    String name();

    Kind kind();

    /** Hardware address of the switch's end. */
    MacAddress mac();

    /** Largest IP packet, in bytes, that {@link #transmit} can deliver; segments of a GSO frame are measured one by one. */
    int mtu();

    /** True while a frame handed over has a chance to arrive. */
    boolean isUp();

    /** File descriptor that polls readable when frames wait. */
    int readinessFd();

    /**
     * Appends waiting frames, at most {@code into.room()}, with length, vnet header and kernel stamp set.
     *
     * @return number of frames appended, 0 when none waits
     */
    int receive(FramePool pool, Batch into);

    /** Takes the frame, which leaves at the next {@link #flush()} at the latest; drops are counted and released here. */
    void transmit(Frame frame);

    /** Submits what was transmitted since the last flush. */
    void flush();

    PortCounters counters();

    @Override
    void close();
}
