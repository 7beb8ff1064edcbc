package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Loads and stores in network byte order (RFC 1700) at any alignment; what every header flyweight is made of. */
public final class Wire {
    static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Wire() {}

    /** Whether so many bytes at two places are the same. Two loads that overlap do for what a header has. */
    public static boolean same(MemorySegment one, long a, MemorySegment other, long b, int bytes) {
        if (bytes >= 8 && bytes <= 16) {
            return i64(one, a) == i64(other, b) && i64(one, a + bytes - 8) == i64(other, b + bytes - 8);
        }
        return MemorySegment.mismatch(one, a, a + bytes, other, b, b + bytes) < 0;
    }

    public static int u8(MemorySegment memory, long at) {
        return memory.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    public static void u8(MemorySegment memory, long at, int value) {
        memory.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    public static int u16(MemorySegment memory, long at) {
        return memory.get(BE16, at) & 0xffff;
    }

    public static void u16(MemorySegment memory, long at, int value) {
        memory.set(BE16, at, (short) value);
    }

    /** Four bytes as an int, first byte highest; negative when the first bit is set. */
    public static int i32(MemorySegment memory, long at) {
        return memory.get(BE32, at);
    }

    public static void i32(MemorySegment memory, long at, int value) {
        memory.set(BE32, at, value);
    }

    /** Six bytes in the low bits of a long: a MAC address. */
    public static long u48(MemorySegment memory, long at) {
        return (memory.get(BE16, at) & 0xffffL) << 32 | memory.get(BE32, at + 2) & 0xffff_ffffL;
    }

    public static void u48(MemorySegment memory, long at, long value) {
        memory.set(BE16, at, (short) (value >>> 32));
        memory.set(BE32, at + 2, (int) value);
    }

    public static long i64(MemorySegment memory, long at) {
        return memory.get(BE64, at);
    }

    public static void i64(MemorySegment memory, long at, long value) {
        memory.set(BE64, at, value);
    }
}
