package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_SET_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_SET_TYPE;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_TYPE;

import java.util.ArrayList;
import java.util.List;

/** Actions on the wire (OpenFlow 1.3.5 section 7.2.5). */
final class ActionCodec {
    private static final int OUTPUT = 0;
    private static final int COPY_TTL_OUT = 11;
    private static final int COPY_TTL_IN = 12;
    private static final int SET_MPLS_TTL = 15;
    private static final int DEC_MPLS_TTL = 16;
    private static final int PUSH_VLAN = 17;
    private static final int POP_VLAN = 18;
    private static final int PUSH_MPLS = 19;
    private static final int POP_MPLS = 20;
    private static final int SET_QUEUE = 21;
    private static final int GROUP = 22;
    private static final int SET_NW_TTL = 23;
    private static final int DEC_NW_TTL = 24;
    private static final int SET_FIELD = 25;
    private static final int PUSH_PBB = 26;
    private static final int POP_PBB = 27;
    static final int EXPERIMENTER = 0xffff;

    private ActionCodec() {}

    /** Reads actions until the end of {@code in}. */
    static List<Action> readAll(WireReader in) {
        return readAll(in, 0);
    }

    static List<Action> readAll(WireReader in, int depth) {
        List<Action> actions = new ArrayList<>();
        while (in.remaining() > 0) {
            if (in.remaining() < 8) {
                throw new OpenFlowException(BAD_ACTION_LEN, "an action has at least 8 bytes, not " + in.remaining());
            }
            int type = in.u16();
            int length = in.u16();
            if (length < 8 || (length & 7) != 0) {
                throw new OpenFlowException(BAD_ACTION_LEN, "action " + type + " has length " + length);
            }
            WireReader body = in.take(length - 4, BAD_ACTION_LEN);
            actions.add(type == EXPERIMENTER ? readExperimenter(body, depth) : read(type, body));
        }
        return actions;
    }

    private static Action readExperimenter(WireReader body, int depth) {
        boolean ours = body.peekU32(0) == HoplineActionCodec.EXPERIMENTER;
        return ours ? HoplineActionCodec.read(body) : NiciraActionCodec.read(body, depth);
    }

    private static Action read(int type, WireReader body) {
        if (type == SET_FIELD) {
            return readSetField(body);
        }
        Action action = switch (type) {
            case OUTPUT -> readOutput(body);
            case COPY_TTL_OUT -> new Action.CopyTtlOut();
            case COPY_TTL_IN -> new Action.CopyTtlIn();
            case SET_MPLS_TTL -> new Action.SetMplsTtl(body.u8());
            case DEC_MPLS_TTL -> new Action.DecMplsTtl();
            case PUSH_VLAN -> new Action.PushVlan(body.u16());
            case POP_VLAN -> new Action.PopVlan();
            case PUSH_MPLS -> new Action.PushMpls(body.u16());
            case POP_MPLS -> new Action.PopMpls(body.u16());
            case SET_QUEUE -> new Action.SetQueue(body.u32());
            case GROUP -> new Action.Group(body.u32());
            case SET_NW_TTL -> new Action.SetNwTtl(body.u8());
            case DEC_NW_TTL -> new Action.DecNwTtl();
            case PUSH_PBB -> new Action.PushPbb(body.u16());
            case POP_PBB -> new Action.PopPbb();
            default -> throw new OpenFlowException(BAD_ACTION_TYPE, "no action has type " + type);
        };
        // All but output and set-field take 8 bytes: after the argument only padding to that size may be left.
        if (body.remaining() > 4) {
            throw new OpenFlowException(BAD_ACTION_LEN, "action " + type + " is too long");
        }
        return action;
    }

    private static Action readOutput(WireReader body) {
        Action output = new Action.Output(body.u32(), body.u16());
        body.skip(6);
        return output;
    }

    private static Action readSetField(WireReader body) {
        int headerBytes = body.peekU16(0) == OxmField.EXPERIMENTER_CLASS ? 8 : 4;
        int payload = body.peekU16(2) & 0xff;
        if (4 + payload > body.remaining() || (4 + 4 + payload + 7 & ~7) != body.remaining() + 4) {
            throw new OpenFlowException(BAD_ACTION_SET_LEN, "set-field of " + payload + " value bytes");
        }
        int header = body.peekU32(0);
        OxmField field = MatchCodec.readHeader(body);
        if (field == null) {
            throw new OpenFlowException(
                    BAD_ACTION_SET_TYPE, "no field to set has OXM header 0x" + Integer.toHexString(header));
        }
        int length = payload + 4 - headerBytes;
        long high = length > 8 ? body.u64() : 0;
        return new Action.SetField(field, high, body.number(Math.min(length, 8)));
    }

    static void writeAll(WireWriter out, List<Action> actions) {
        for (Action action : actions) {
            int start = out.position();
            write(out, action);
            out.padFrom(start);
            out.patchLength(start + 2, start);
        }
    }

    private static WireWriter header(WireWriter out, int type) {
        return out.u16(type).u16(0);
    }

    private static void write(WireWriter out, Action action) {
        switch (action) {
            case Action.Output(int port, int maxLength) ->
                header(out, OUTPUT).u32(port).u16(maxLength).zeros(6);
            case Action.CopyTtlOut() -> header(out, COPY_TTL_OUT).zeros(4);
            case Action.CopyTtlIn() -> header(out, COPY_TTL_IN).zeros(4);
            case Action.SetMplsTtl(int ttl) -> header(out, SET_MPLS_TTL).u8(ttl).zeros(3);
            case Action.DecMplsTtl() -> header(out, DEC_MPLS_TTL).zeros(4);
            case Action.PushVlan(int ethType) ->
                header(out, PUSH_VLAN).u16(ethType).zeros(2);
            case Action.PopVlan() -> header(out, POP_VLAN).zeros(4);
            case Action.PushMpls(int ethType) ->
                header(out, PUSH_MPLS).u16(ethType).zeros(2);
            case Action.PopMpls(int ethType) ->
                header(out, POP_MPLS).u16(ethType).zeros(2);
            case Action.SetQueue(int queueId) -> header(out, SET_QUEUE).u32(queueId);
            case Action.Group(int groupId) -> header(out, GROUP).u32(groupId);
            case Action.SetNwTtl(int ttl) -> header(out, SET_NW_TTL).u8(ttl).zeros(3);
            case Action.DecNwTtl() -> header(out, DEC_NW_TTL).zeros(4);
            case Action.PushPbb(int ethType) ->
                header(out, PUSH_PBB).u16(ethType).zeros(2);
            case Action.PopPbb() -> header(out, POP_PBB).zeros(4);
            case Action.SetField(OxmField field, long high, long low) -> {
                MatchCodec.writeHeader(header(out, SET_FIELD), field, false);
                MatchCodec.writeValue(out, field, high, low);
            }
            case Action.RegMove _, Action.RegLoad _, Action.Resubmit _, Action.Ct _ ->
                NiciraActionCodec.write(header(out, EXPERIMENTER), action);
            case Action.CtClear _, Action.Nat _, Action.Note _ ->
                NiciraActionCodec.write(header(out, EXPERIMENTER), action);
            case Action.Affinity affinity -> HoplineActionCodec.write(header(out, EXPERIMENTER), affinity);
        }
    }
}
