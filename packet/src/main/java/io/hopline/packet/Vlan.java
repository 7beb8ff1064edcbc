package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * VLAN tag (IEEE 802.1Q, clause 9). A tag's position is that of its type field, 12 bytes into the frame.
 *
 * <pre>
 *  0  TPID (2)   2  TCI: priority (3 bits), drop eligible (1), VLAN id (12)   4  type of what follows
 * </pre>
 */
public final class Vlan {
    public static final int BYTES = 4;
    public static final int ID_MASK = 0x0fff;
    public static final int PRIORITY_SHIFT = 13;

    private Vlan() {}

    /** {@link Ethernet#TYPE_VLAN} or {@link Ethernet#TYPE_SERVICE_VLAN}. */
    public static int tpid(MemorySegment memory, long at) {
        return Wire.u16(memory, at);
    }

    public static void tpid(MemorySegment memory, long at, int tpid) {
        Wire.u16(memory, at, tpid);
    }

    public static int tci(MemorySegment memory, long at) {
        return Wire.u16(memory, at + 2);
    }

    public static void tci(MemorySegment memory, long at, int tci) {
        Wire.u16(memory, at + 2, tci);
    }

    public static int id(int tci) {
        return tci & ID_MASK;
    }

    public static int priority(int tci) {
        return tci >>> PRIORITY_SHIFT & 7;
    }

    /** Inserts an outermost tag; the frame grows by four bytes at its front and its vnet offsets move along. */
    public static void push(Frame frame, int tpid, int tci) {
        MemorySegment memory = frame.memory();
        long destination = Ethernet.destination(memory, frame.offset());
        long source = Ethernet.source(memory, frame.offset());
        frame.push(BYTES);
        Ethernet.destination(memory, frame.offset(), destination);
        Ethernet.source(memory, frame.offset(), source);
        tpid(memory, frame.offset() + Ethernet.TYPE, tpid);
        tci(memory, frame.offset() + Ethernet.TYPE, tci);
        VnetHeader.shift(memory, frame.vnet(), BYTES);
    }

    /** Removes the outermost tag. The frame must have one: the caller parsed it. */
    public static void pop(Frame frame) {
        MemorySegment memory = frame.memory();
        long destination = Ethernet.destination(memory, frame.offset());
        long source = Ethernet.source(memory, frame.offset());
        frame.pull(BYTES);
        Ethernet.destination(memory, frame.offset(), destination);
        Ethernet.source(memory, frame.offset(), source);
        VnetHeader.shift(memory, frame.vnet(), -BYTES);
    }
}
