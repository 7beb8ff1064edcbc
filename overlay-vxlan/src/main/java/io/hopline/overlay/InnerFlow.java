package io.hopline.overlay;

import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Ipv6;
import java.lang.foreign.MemorySegment;

/** Hash of what makes a flow inside the tunnel, for the outer source port. */
final class InnerFlow {
    private static final int GOLDEN = 0x9e37_79b1;

    private InnerFlow() {}

    /**
     * Mixes addresses, protocol and ports; the hardware addresses for what is not IP. Fragments of a packet agree with each
     * other, as none is taken by its ports.
     */
    static int hash(Frame frame, FrameHeaders headers) {
        MemorySegment memory = frame.memory();
        long at = frame.offset();
        long ip = at + headers.l3Offset();
        long bits = switch (headers.ipVersion()) {
            case 4 -> (long) Ipv4.source(memory, ip) << 32 | Ipv4.destination(memory, ip) & 0xffff_ffffL;
            case 6 ->
                (Ipv6.sourceHigh(memory, ip) ^ Ipv6.destinationHigh(memory, ip)) * GOLDEN
                        + (Ipv6.sourceLow(memory, ip) ^ Long.rotateLeft(Ipv6.destinationLow(memory, ip), 32));
            default -> Ethernet.source(memory, at) ^ Ethernet.destination(memory, at) << 16;
        };
        int hash = (int) (bits ^ bits >>> 32) * GOLDEN;
        if (headers.ipVersion() != 0) {
            hash ^= headers.ipProtocol();
            if (headers.l4Offset() > 0 && headers.fragment() == FrameHeaders.FRAGMENT_NONE) {
                hash = Integer.rotateLeft(hash, 13) ^ (headers.sourcePort() << 16 | headers.destinationPort());
            }
        }
        return mix(hash);
    }

    /** MurmurHash3's finalizer: every input bit reaches every output bit. */
    static int mix(int hash) {
        int mixed = hash ^ hash >>> 16;
        mixed *= 0x85eb_ca6b;
        mixed ^= mixed >>> 13;
        mixed *= 0xc2b2_ae35;
        return mixed ^ mixed >>> 16;
    }
}
