package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_MATCH_FIELD;
import static io.hopline.openflow.OpenFlowError.BAD_MATCH_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_MATCH_TYPE;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** OXM on the wire (OpenFlow 1.3.5 section 7.2.3): {@code ofp_match} and single fields. */
final class MatchCodec {
    private static final int OXM_MATCH = 1;
    private static final int MASK_BIT = 1 << 8;

    private MatchCodec() {}

    /** A match that selects flows: prerequisites are required. */
    static Match readFlowMatch(WireReader in) {
        return readMatch(in).requirePrerequisites();
    }

    /** Any match, also a packet-in's list of pipeline fields. */
    static Match readMatch(WireReader in) {
        int type = in.remaining() < 4 ? -1 : in.u16();
        int length = type < 0 ? 0 : in.u16();
        if (type < 0 || length < 4) {
            throw new OpenFlowException(BAD_MATCH_LEN, "match has no header of its own");
        }
        if (type != OXM_MATCH) {
            throw new OpenFlowException(BAD_MATCH_TYPE, "match type " + type + " is not OXM");
        }
        WireReader oxms = in.take(length - 4, BAD_MATCH_LEN);
        in.take(-length & 7, BAD_MATCH_LEN);
        List<FieldMatch> fields = new ArrayList<>();
        while (oxms.remaining() > 0) {
            fields.add(readField(oxms));
        }
        return new Match(fields);
    }

    private static FieldMatch readField(WireReader in) {
        int header = in.u32();
        boolean masked = (header & MASK_BIT) != 0;
        int payload = header & 0xff;
        WireReader value = in.take(payload, BAD_MATCH_LEN);
        OxmField field = known(header, value);
        int length = field.lengthBytes();
        if (value.remaining() != (masked ? 2 * length : length)) {
            throw new OpenFlowException(BAD_MATCH_LEN, field + " in " + payload + " bytes");
        }
        long high = length > 8 ? value.u64() : 0;
        long low = value.number(Math.min(length, 8));
        if (!masked) {
            return FieldMatch.exact(field, high, low);
        }
        long maskHigh = length > 8 ? value.u64() : 0;
        long maskLow = value.number(Math.min(length, 8));
        return new FieldMatch(field, high, low, maskHigh, maskLow, true);
    }

    private static OxmField known(int header, WireReader afterHeader) {
        int oxmClass = header >>> 16;
        OxmField field = OxmField.of(oxmClass, header >>> 9 & 0x7f);
        if (field != null
                && oxmClass == OxmField.EXPERIMENTER_CLASS
                && afterHeader.u32() != OxmField.ONF_EXPERIMENTER) {
            field = null;
        }
        if (field == null) {
            throw new OpenFlowException(
                    BAD_MATCH_FIELD, "no match field has OXM header 0x" + Integer.toHexString(header));
        }
        return field;
    }

    static void writeMatch(WireWriter out, Match match) {
        int start = out.position();
        out.u16(OXM_MATCH).u16(0);
        for (FieldMatch field : match.fields()) {
            writeHeader(out, field.field(), field.masked());
            writeValue(out, field.field(), field.high(), field.low());
            if (field.masked()) {
                writeValue(out, field.field(), field.maskHigh(), field.maskLow());
            }
        }
        out.patchLength(start + 2, start);
        out.padFrom(start);
    }

    /** The 4 bytes of a field's header, 8 for an experimenter's. */
    static void writeHeader(WireWriter out, OxmField field, boolean masked) {
        int payload = field.lengthBytes() * (masked ? 2 : 1) + (field.isExperimenter() ? 4 : 0);
        out.u32(field.oxmClass() << 16 | field.number() << 9 | (masked ? MASK_BIT : 0) | payload);
        if (field.isExperimenter()) {
            out.u32(OxmField.ONF_EXPERIMENTER);
        }
    }

    static void writeValue(WireWriter out, OxmField field, long high, long low) {
        if (field.lengthBytes() > 8) {
            out.u64(high);
        }
        out.number(low, Math.min(field.lengthBytes(), 8));
    }

    /** Reads a bare header, as Nicira's moves name fields; null when unknown, masked or of the wrong length. */
    static @Nullable OxmField readHeader(WireReader in) {
        int header = in.u32();
        int oxmClass = header >>> 16;
        boolean experimenter = oxmClass == OxmField.EXPERIMENTER_CLASS;
        int experimenterId = experimenter ? in.u32() : 0;
        OxmField field = OxmField.of(oxmClass, header >>> 9 & 0x7f);
        int payload = (header & 0xff) - (experimenter ? 4 : 0);
        boolean fits = field != null
                && (header & MASK_BIT) == 0
                && payload == field.lengthBytes()
                && (!experimenter || experimenterId == OxmField.ONF_EXPERIMENTER);
        return fits ? field : null;
    }
}
