package io.hopline.vswitch;

import io.hopline.packet.IpProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Which bits of a packet's key the outcome of a walk through the tables hangs on. All packets that have these bits in
 * common take the same walk, whatever else is in them: that is what a megaflow is.
 *
 * <p>A bit that the walk itself has written no longer depends on the packet, or only on bits that were looked at when it
 * was written.
 */
final class WalkedBits {
    /** Masks remembered, to be found again. */
    private static final int KNOWN = 64;

    private static final long TTL = 0xffL << 40;
    private static final long ETH_TYPE_OR_TCI = 0xffffL;

    private final long[] looked = new long[FlowKey.WORDS];
    private final long[] written = new long[FlowKey.WORDS];
    private final @Nullable KeyMask[] known = new KeyMask[KNOWN];
    /** Bits that had another value than the packet's at some time of the walk. */
    private final long[] changed = new long[FlowKey.WORDS];

    /** Where the packet came in and of what kind it is, every action may ask. */
    void begin() {
        java.util.Arrays.fill(looked, 0);
        java.util.Arrays.fill(written, 0);
        java.util.Arrays.fill(changed, 0);
        looked[FlowKey.IN_PORT] = -1;
        looked[FlowKey.ETH_DST] = ETH_TYPE_OR_TCI;
        looked[FlowKey.ETH_SRC] = FlowKey.VLAN_PRESENT;
        looked[FlowKey.IP] = 0xffL << 56 | (long) (FlowKey.FRAGMENT_ANY | FlowKey.FRAGMENT_LATER) << 32;
    }

    /** The walk goes one way or another by these bits. */
    void look(int word, long bits) {
        // A decremented TTL's bits hang on all bits of the packet's.
        long asked = word == FlowKey.IP && (bits & TTL) != 0 ? bits | TTL : bits;
        looked[word] |= asked & ~written[word];
    }

    void look(KeyMask mask) {
        for (int i = 0; i < mask.packedWords(); i++) {
            int word = mask.word(i);
            look(word, mask.bits(word));
        }
    }

    /** Whether an ICMPv6 packet is neighbor discovery hangs on its type. */
    void lookAtIcmpType(int protocol) {
        if (protocol == IpProtocol.ICMPV6) {
            look(FlowKey.PORTS, 0xffffL << 48);
        }
    }

    /** Tags move when one is pushed or popped. */
    void lookAtTags() {
        look(FlowKey.ETH_SRC, ETH_TYPE_OR_TCI);
        look(FlowKey.VLAN, -1);
    }

    /** These bits are now what an action says, and hang on nothing that was not looked at. */
    void write(int word, long bits) {
        written[word] |= bits;
        changed[word] |= bits;
    }

    /** Something other than a write changed these bits. */
    void change(int word, long bits) {
        changed[word] |= bits;
    }

    /** The written bits as they are now, for a walk that comes back to here. */
    long[] written() {
        return written.clone();
    }

    void written(long[] before) {
        System.arraycopy(before, 0, written, 0, written.length);
    }

    /** All bits that the outcome hangs on. */
    KeyMask mask() {
        return shared(looked);
    }

    /** Those of them that were the packet's own all the way. To be asked for last. */
    KeyMask unchanged() {
        for (int i = 0; i < looked.length; i++) {
            looked[i] &= ~changed[i];
        }
        return shared(looked);
    }

    /** Hundreds of thousands of megaflows have a few masks in common. */
    private KeyMask shared(long[] bits) {
        int at = java.util.Arrays.hashCode(bits) & KNOWN - 1;
        KeyMask mask = known[at];
        if (mask == null || !mask.hasBits(bits)) {
            mask = KeyMask.of(bits);
            known[at] = mask;
        }
        return mask;
    }
}
