package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_REQUEST_TYPE;

import java.util.List;

/** Packet-in and packet-out on the wire (OpenFlow 1.3.5 sections 7.4.1 and 7.3.7). */
final class PacketCodec {
    private static final PacketIn.Reason[] REASONS = PacketIn.Reason.values();

    private PacketCodec() {}

    static PacketIn readIn(WireReader in) {
        int bufferId = in.u32();
        int totalLength = in.u16();
        int reason = in.u8();
        int tableId = in.u8();
        long cookie = in.u64();
        if (reason >= REASONS.length) {
            throw new OpenFlowException(BAD_REQUEST_TYPE, "no packet-in reason " + reason);
        }
        Match match = MatchCodec.readMatch(in);
        in.skip(2);
        return new PacketIn(bufferId, totalLength, REASONS[reason], tableId, cookie, match, in.rest());
    }

    static WireWriter writeIn(WireWriter out, PacketIn packetIn) {
        out.u32(packetIn.bufferId()).u16(packetIn.totalLengthBytes());
        out.u8(packetIn.reason().ordinal()).u8(packetIn.tableId()).u64(packetIn.cookie());
        MatchCodec.writeMatch(out, packetIn.match());
        return out.zeros(2).bytes(packetIn.data());
    }

    static PacketOut readOut(WireReader in) {
        int bufferId = in.u32();
        int inPort = in.u32();
        int actionsLength = in.u16();
        in.skip(6);
        List<Action> actions = ActionCodec.readAll(
                in.take(actionsLength, actionsLength > in.remaining() ? BAD_REQUEST_LEN : BAD_ACTION_LEN));
        return new PacketOut(bufferId, inPort, actions, in.rest());
    }

    static WireWriter writeOut(WireWriter out, PacketOut packetOut) {
        out.u32(packetOut.bufferId()).u32(packetOut.inPort());
        int lengthAt = out.position();
        out.u16(0).zeros(6);
        int start = out.position();
        ActionCodec.writeAll(out, packetOut.actions());
        out.patchLength(lengthAt, start);
        return out.bytes(packetOut.data());
    }
}
