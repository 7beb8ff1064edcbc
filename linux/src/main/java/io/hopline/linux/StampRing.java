package io.hopline.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The memory a {@link StampSocket} shares with the kernel (TPACKET_V2, kernel Documentation/networking/packet_mmap.rst): the
 * kernel copies the beginning of a frame into the next free slot and is done with the frame, which a socket's queue would hold on to, and
 * its pages with it, until it is read.
 */
final class StampRing implements AutoCloseable {
    /** Frames it holds that were not read yet. */
    static final int SLOTS = 1024;

    private static final int SLOT_BYTES = 256;
    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int BYTES = SLOTS * SLOT_BYTES;

    private static final int PACKET_RX_RING = 5;
    private static final int PACKET_VERSION = 10;
    private static final int TPACKET_V2 = 1;
    private static final int PROT_READ_WRITE = 0x3;
    private static final int MAP_SHARED = 0x1;

    /** Offsets in {@code struct tpacket2_hdr}, and of the {@code struct sockaddr_ll} behind it (linux/if_packet.h). */
    private static final int STATUS = 0;

    private static final int WIRE_LENGTH = 4;
    private static final int LENGTH = 8;
    private static final int MAC = 12;
    private static final int SECONDS = 16;
    private static final int NANOSECONDS = 20;
    private static final int PACKET_TYPE = 32 + 10;

    private static final int KERNELS = 0;
    private static final int OURS = 1;
    private static final int LOSING = 4;
    private static final int PACKET_OUTGOING = 4;
    private static final long NS_PER_S = 1_000_000_000L;
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private long slot;

    private StampRing(MemorySegment memory) {
        this.memory = memory;
    }

    /** Gives a socket that is not bound yet its ring. */
    static StampRing of(Descriptor socket) {
        SocketOptions.set(socket, PacketSocket.SOL_PACKET, PACKET_VERSION, "PACKET_VERSION", TPACKET_V2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request =
                    arena.allocateFrom(ValueLayout.JAVA_INT, BLOCK_BYTES, BYTES / BLOCK_BYTES, SLOT_BYTES, SLOTS);
            int result =
                    Libc.setsockopt(socket.number(), PacketSocket.SOL_PACKET, PACKET_RX_RING, request.address(), (int)
                            request.byteSize());
            if (result < 0) {
                throw LinuxException.of("setsockopt PACKET_RX_RING", SLOTS + " slots", -result);
            }
        }
        long address = Libc.mmap(BYTES, PROT_READ_WRITE, MAP_SHARED, socket.number());
        if (address < 0) {
            throw LinuxException.of("mmap", "a packet ring of " + BYTES + " bytes", (int) -address);
        }
        return new StampRing(MemorySegment.ofAddress(address).reinterpret(BYTES));
    }

    /** True when a frame waits to be read. */
    boolean waits() {
        return ((int) WORD.getAcquire(memory, slot + STATUS) & OURS) != 0;
    }

    /** Gives the frame's slot back to the kernel and goes on to the next. */
    void advance() {
        WORD.setRelease(memory, slot + STATUS, KERNELS);
        slot = (slot + SLOT_BYTES) % BYTES;
    }

    /** True when frames were lost before the one that waits. */
    boolean losing() {
        return (word(STATUS) & LOSING) != 0;
    }

    MemorySegment memory() {
        return memory;
    }

    long offset() {
        return slot + Short.toUnsignedInt(memory.get(ValueLayout.JAVA_SHORT, slot + MAC));
    }

    int length() {
        return word(LENGTH);
    }

    int wireLength() {
        return word(WIRE_LENGTH);
    }

    long kernelNs() {
        return Integer.toUnsignedLong(word(SECONDS)) * NS_PER_S + word(NANOSECONDS);
    }

    boolean outgoing() {
        return memory.get(ValueLayout.JAVA_BYTE, slot + PACKET_TYPE) == PACKET_OUTGOING;
    }

    private int word(int field) {
        return memory.get(ValueLayout.JAVA_INT, slot + field);
    }

    @Override
    public void close() {
        Libc.munmap(memory.address(), BYTES);
    }
}
