package io.hopline.vswitch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Packets and bytes that workers count and any thread reads, at most one batch late. */
class Tally {
    private static final VarHandle PACKETS;
    private static final VarHandle BYTES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PACKETS = lookup.findVarHandle(Tally.class, "packets", long.class);
            BYTES = lookup.findVarHandle(Tally.class, "bytes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // written through the handle
    private long packets;

    @SuppressWarnings("UnusedVariable")
    private long bytes;

    /** @param alone no other thread counts here, so that plain additions do */
    void add(long morePackets, long moreBytes, boolean alone) {
        if (!alone) {
            PACKETS.getAndAdd(this, morePackets);
            BYTES.getAndAdd(this, moreBytes);
            return;
        }
        PACKETS.setOpaque(this, (long) PACKETS.get(this) + morePackets);
        BYTES.setOpaque(this, (long) BYTES.get(this) + moreBytes);
    }

    long packets() {
        return (long) PACKETS.getOpaque(this);
    }

    long bytes() {
        return (long) BYTES.getOpaque(this);
    }
}
