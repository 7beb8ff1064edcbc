package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** SCTP's checksum (RFC 9260, section 6.8): no ones-complement sum but a CRC32c over the whole packet. */
public final class Sctp {
    /** Length of the common header. */
    public static final int BYTES = 12;
    /** Offset of the checksum in the common header; no other protocol has one there. */
    public static final int CHECKSUM = 8;

    private Sctp() {}

    /** Computes and stores the checksum of a packet of so many bytes, at least {@link #BYTES}. */
    public static void updateChecksum(MemorySegment memory, long at, int bytes) {
        Wire.i32(memory, at + CHECKSUM, 0);
        CRC32C crc = new CRC32C();
        crc.update(memory.asSlice(at, bytes).asByteBuffer());
        // Its low byte goes first (appendix A).
        Wire.i32(memory, at + CHECKSUM, Integer.reverseBytes((int) crc.getValue()));
    }
}
