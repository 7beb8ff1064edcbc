package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_EXP_TYPE;

/** Hopline's own experimenter actions on the wire: experimenter, 16-bit subtype, two bytes of padding, then the argument. */
final class HoplineActionCodec {
    /** An OUI of local administration, which the IEEE gives to nobody. */
    static final int EXPERIMENTER = 0x0002484c;

    private static final int AFFINITY = 1;

    private HoplineActionCodec() {}

    /** Reads what follows an experimenter action's type and length. */
    static Action read(WireReader body) {
        body.skip(4);
        int subtype = body.u16();
        if (subtype != AFFINITY) {
            throw new OpenFlowException(BAD_ACTION_EXP_TYPE, "Hopline action " + subtype + " is unknown");
        }
        body.skip(2);
        Action action = new Action.Affinity(body.u32());
        body.requireEnd();
        return action;
    }

    /** Writes what follows type and length. */
    static void write(WireWriter out, Action.Affinity affinity) {
        out.u32(EXPERIMENTER).u16(AFFINITY).zeros(2).u32(affinity.timeoutS());
    }
}
