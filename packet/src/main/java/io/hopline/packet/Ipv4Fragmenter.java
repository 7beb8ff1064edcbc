package io.hopline.packet;

import java.lang.foreign.MemorySegment;

/**
 * Fragments an IPv4 packet that may be fragmented (RFC 791, section 3.2), for links that take less than the guest sent
 * and a sender that cannot be told because it did not set DF.
 *
 * <p>Options that are not to be copied into every fragment become no-operations in the later ones (RFC 791, section 3.1).
 * A fragment may itself be fragmented. The methods keep no state; hostile bytes never throw.
 */
public final class Ipv4Fragmenter {
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;
    private static final int COPIED = 0x80;

    private Ipv4Fragmenter() {}

    /**
     * How many fragments a frame makes.
     *
     * @param frame a frame whose checksum is complete ({@link Checksum#complete}) and that is not GSO
     * @param headers what {@link FrameHeaders#parse} found in it
     * @param mtuBytes longest IP packet, at least 68 (RFC 791, section 3.2)
     * @return at least 1; 0 when the frame cannot be fragmented: not IPv4, DF set, still to be completed or segmented, or
     *     an MTU below the minimum
     */
    public static int count(Frame frame, FrameHeaders headers, int mtuBytes) {
        MemorySegment memory = frame.memory();
        if (headers.ipVersion() != 4
                || mtuBytes < 68
                || VnetHeader.isGso(memory, frame.vnet())
                || VnetHeader.needsChecksum(memory, frame.vnet())) {
            return 0;
        }
        int bits = Ipv4.fragment(memory, frame.offset() + headers.l3Offset());
        if ((bits & Ipv4.DONT_FRAGMENT) != 0) {
            return 0;
        }
        int payload = headers.ipBytes() - headers.ipHeaderBytes();
        if (headers.ipBytes() <= mtuBytes) {
            return 1;
        }
        int step = stepBytes(headers, mtuBytes);
        return (payload + step - 1) / step;
    }

    /** Payload of every fragment but the last: a multiple of eight bytes. */
    private static int stepBytes(FrameHeaders headers, int mtuBytes) {
        return (mtuBytes - headers.ipHeaderBytes()) & ~7;
    }

    /** Makes {@code into} the fragment with this index, 0 to {@link #count} - 1, with the frame's metadata. */
    public static void emit(int index, Frame frame, FrameHeaders headers, int mtuBytes, Frame into) {
        MemorySegment from = frame.memory();
        MemorySegment to = into.memory();
        int payload = headers.ipBytes() - headers.ipHeaderBytes();
        int step = headers.ipBytes() <= mtuBytes ? payload : stepBytes(headers, mtuBytes);
        int begin = index * step;
        int bytes = Math.min(step, payload - begin);
        if (index < 0 || begin > 0 && bytes <= 0) {
            throw new IndexOutOfBoundsException(index);
        }
        int headerBytes = headers.l3Offset() + headers.ipHeaderBytes();
        into.metadataFrom(frame);
        into.length(headerBytes + bytes);
        MemorySegment.copy(from, frame.offset(), to, into.offset(), headerBytes);
        MemorySegment.copy(from, frame.offset() + headerBytes + begin, to, into.offset() + headerBytes, bytes);
        VnetHeader.clear(to, into.vnet());

        long ip = into.offset() + headers.l3Offset();
        int bits = Ipv4.fragment(to, ip);
        int more = begin + bytes < payload ? Ipv4.MORE_FRAGMENTS : bits & Ipv4.MORE_FRAGMENTS;
        int offset = (bits & Ipv4.FRAGMENT_OFFSET_MASK) + (begin >>> 3) & Ipv4.FRAGMENT_OFFSET_MASK;
        Ipv4.fragment(to, ip, more | offset);
        Ipv4.totalBytes(to, ip, headers.ipHeaderBytes() + bytes);
        if (begin > 0) {
            blankUncopiedOptions(to, ip + Ipv4.MIN_BYTES, headers.ipHeaderBytes() - Ipv4.MIN_BYTES);
        }
        Ipv4.updateChecksum(to, ip);
    }

    private static void blankUncopiedOptions(MemorySegment memory, long at, int length) {
        int position = 0;
        while (position < length) {
            int type = Wire.u8(memory, at + position);
            if (type == END_OF_OPTIONS) {
                return;
            }
            int bytes = 1;
            if (type != NO_OPERATION) {
                bytes = position + 1 < length ? Wire.u8(memory, at + position + 1) : 0;
                if (bytes < 2 || position + bytes > length) {
                    return;
                }
                if ((type & COPIED) == 0) {
                    memory.asSlice(at + position, bytes).fill((byte) NO_OPERATION);
                }
            }
            position += bytes;
        }
    }
}
