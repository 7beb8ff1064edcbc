package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BUNDLE_MESSAGE_LEN;
import static io.hopline.openflow.OpenFlowError.BUNDLE_MESSAGE_UNSUPPORTED;
import static io.hopline.openflow.OpenFlowError.BUNDLE_MESSAGE_XID;
import static io.hopline.openflow.OpenFlowError.BUNDLE_TYPE;

/** Experimenter messages on the wire: the ONF's bundles (extension 230); others stay opaque. */
final class ExperimenterCodec {
    private static final int BUNDLE_CONTROL = 2300;
    private static final int BUNDLE_ADD = 2301;

    private ExperimenterCodec() {}

    static OpenFlowMessage read(WireReader in, int xid) {
        int experimenter = in.u32();
        int type = in.u32();
        if (experimenter == OxmField.ONF_EXPERIMENTER && type == BUNDLE_CONTROL) {
            return readControl(in);
        }
        if (experimenter == OxmField.ONF_EXPERIMENTER && type == BUNDLE_ADD) {
            return readAdd(in, xid);
        }
        return new OpenFlowMessage.Experimenter(experimenter, type, in.rest());
    }

    /** Properties, which only experimenters define, are skipped. */
    private static OpenFlowMessage readControl(WireReader in) {
        int bundleId = in.u32();
        int type = in.u16();
        int flags = in.u16();
        in.rest();
        if (type >= BundleControl.Type.BY_NUMBER.size()) {
            throw new OpenFlowException(BUNDLE_TYPE, "no bundle control of type " + type);
        }
        return new BundleControl(bundleId, BundleControl.Type.BY_NUMBER.get(type), flags);
    }

    private static OpenFlowMessage readAdd(WireReader in, int xid) {
        int bundleId = in.u32();
        in.skip(2);
        int flags = in.u16();
        int length = in.remaining() < OpenFlow.HEADER_BYTES ? 0 : in.peekU16(2);
        if (length < OpenFlow.HEADER_BYTES) {
            throw new OpenFlowException(BUNDLE_MESSAGE_LEN, "the bundled message has no header");
        }
        byte[] inner = in.take(length, BUNDLE_MESSAGE_LEN).rest().toArray();
        in.rest();
        int innerType = inner[1] & 0xff;
        if (innerType != OpenFlowCodec.FLOW_MOD
                && innerType != OpenFlowCodec.GROUP_MOD
                && innerType != OpenFlowCodec.PORT_MOD) {
            throw new OpenFlowException(BUNDLE_MESSAGE_UNSUPPORTED, "a bundle cannot hold message type " + innerType);
        }
        OpenFlowCodec.Envelope envelope = OpenFlowCodec.decode(inner);
        if (envelope.xid() != xid) {
            throw new OpenFlowException(BUNDLE_MESSAGE_XID, "the bundled message has another transaction id");
        }
        return new BundleAdd(bundleId, flags, envelope.message());
    }

    static WireWriter write(WireWriter out, int xid, OpenFlowMessage message) {
        switch (message) {
            case BundleControl(int bundleId, BundleControl.Type type, int flags) ->
                out.u32(OxmField.ONF_EXPERIMENTER)
                        .u32(BUNDLE_CONTROL)
                        .u32(bundleId)
                        .u16(type.ordinal())
                        .u16(flags);
            case BundleAdd(int bundleId, int flags, OpenFlowMessage inner) -> {
                out.u32(OxmField.ONF_EXPERIMENTER)
                        .u32(BUNDLE_ADD)
                        .u32(bundleId)
                        .zeros(2)
                        .u16(flags);
                OpenFlowCodec.writeMessage(out, xid, inner);
            }
            case OpenFlowMessage.Experimenter(int experimenter, int type, Bytes data) ->
                out.u32(experimenter).u32(type).bytes(data);
            default -> throw new IllegalArgumentException("not an experimenter message: " + message);
        }
        return out;
    }
}
