package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_MATCH_MASK;
import static io.hopline.openflow.OpenFlowError.BAD_MATCH_VALUE;
import static io.hopline.openflow.OpenFlowError.BAD_MATCH_WILDCARDS;

/**
 * One field of a match: the packet's value, masked, equals {@code high:low}.
 *
 * @param field the field
 * @param high upper 64 of the value's 128 bits, 0 for fields of up to 64 bits
 * @param low lower 64 bits
 * @param maskHigh upper 64 bits of the mask; the field's maximum when not masked
 * @param maskLow lower 64 bits of the mask; the field's maximum when not masked
 * @param masked whether the wire form carries a mask, kept so that a match reads back as it was sent
 */
public record FieldMatch(OxmField field, long high, long low, long maskHigh, long maskLow, boolean masked) {
    public FieldMatch {
        long maxHigh = field.maxHigh();
        long maxLow = field.maxLow();
        if ((high & ~maxHigh) != 0 || (low & ~maxLow) != 0) {
            throw new OpenFlowException(BAD_MATCH_VALUE, field + " has only " + field.bits() + " bits");
        }
        if (field == OxmField.VLAN_VID && !masked && low != 0 && (low & OpenFlow.VID_PRESENT) == 0) {
            throw new OpenFlowException(BAD_MATCH_VALUE, "VLAN_VID " + low + " lacks OFPVID_PRESENT (0x1000)");
        }
        if (masked && !field.isMaskable()) {
            throw new OpenFlowException(BAD_MATCH_MASK, field + " takes no mask");
        }
        if (!masked && (maskHigh != maxHigh || maskLow != maxLow)
                || (maskHigh & ~maxHigh) != 0
                || (maskLow & ~maxLow) != 0) {
            throw new OpenFlowException(BAD_MATCH_MASK, "mask of " + field + " does not fit its bits");
        }
        if ((high & ~maskHigh) != 0 || (low & ~maskLow) != 0) {
            throw new OpenFlowException(BAD_MATCH_WILDCARDS, "value of " + field + " has bits outside its mask");
        }
    }

    /** An exact match on a field of up to 64 bits. */
    public static FieldMatch exact(OxmField field, long value) {
        return exact(field, 0, value);
    }

    public static FieldMatch exact(OxmField field, long high, long low) {
        return new FieldMatch(field, high, low, field.maxHigh(), field.maxLow(), false);
    }

    /** A masked match on a field of up to 64 bits. */
    public static FieldMatch masked(OxmField field, long value, long mask) {
        return new FieldMatch(field, 0, value, 0, mask, true);
    }

    /** True when every bit of the field is compared, however it was written. */
    public boolean isExact() {
        return maskHigh == field.maxHigh() && maskLow == field.maxLow();
    }
}
