package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_ARGUMENT;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_EXPERIMENTER;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_EXP_TYPE;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_LEN;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_SET_TYPE;

import io.hopline.packet.Ipv4Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nicira's experimenter actions (0x2320) on the wire, as ovs-actions(7) and Open vSwitch's headers describe them. */
final class NiciraActionCodec {
    private static final int RESUBMIT = 1;
    private static final int REG_MOVE = 6;
    private static final int REG_LOAD = 7;
    private static final int NOTE = 8;
    private static final int RESUBMIT_TABLE = 14;
    private static final int CT = 35;
    private static final int NAT = 36;
    private static final int CT_CLEAR = 43;

    /** A 16-bit port number of OpenFlow 1.0, as resubmit carries it: leave the input port. */
    private static final int IN_PORT_16 = 0xfff8;

    private static final int FIRST_RESERVED_PORT_16 = 0xff00;
    private static final int TABLE_CURRENT = 255;

    private static final int RANGE_IPV4_MIN = 1;
    private static final int RANGE_IPV4_MAX = 2;
    private static final int RANGE_IPV6_MIN = 4;
    private static final int RANGE_IPV6_MAX = 8;
    private static final int RANGE_PORT_MIN = 16;
    private static final int RANGE_PORT_MAX = 32;

    private NiciraActionCodec() {}

    /** Reads what follows an experimenter action's type and length; {@code depth} is 1 inside {@code ct}. */
    static Action read(WireReader body, int depth) {
        int experimenter = body.u32();
        if (experimenter != OpenFlow.NICIRA_EXPERIMENTER) {
            throw new OpenFlowException(
                    BAD_ACTION_EXPERIMENTER, "experimenter 0x" + Integer.toHexString(experimenter) + " is unknown");
        }
        int subtype = body.u16();
        return switch (subtype) {
            case RESUBMIT -> readResubmit(body, false);
            case RESUBMIT_TABLE -> readResubmit(body, true);
            case REG_MOVE -> readMove(body);
            case REG_LOAD -> readLoad(body);
            case NOTE -> new Action.Note(body.rest());
            case CT -> readCt(body, depth);
            case NAT -> readNat(body, depth);
            case CT_CLEAR -> new Action.CtClear();
            default -> throw new OpenFlowException(BAD_ACTION_EXP_TYPE, "Nicira action " + subtype + " is unknown");
        };
    }

    private static Action readResubmit(WireReader body, boolean withTable) {
        int port = body.u16();
        int table = withTable ? body.u8() : TABLE_CURRENT;
        body.skip(withTable ? 3 : 4);
        body.requireEnd();
        return new Action.Resubmit(port >= FIRST_RESERVED_PORT_16 ? 0xffff_0000 | port : port, table);
    }

    private static OxmField requireField(@Nullable OxmField field) {
        if (field == null) {
            throw new OpenFlowException(BAD_ACTION_SET_TYPE, "the action names a field that is unknown or masked");
        }
        return field;
    }

    /** What pads an action to 8 bytes; more is an error. */
    private static void requirePadding(WireReader body) {
        if (body.remaining() >= 8) {
            throw new OpenFlowException(BAD_ACTION_LEN, body.remaining() + " bytes too many");
        }
    }

    private static Action readMove(WireReader body) {
        int bits = body.u16();
        int sourceOffset = body.u16();
        int destinationOffset = body.u16();
        OxmField source = requireField(MatchCodec.readHeader(body));
        OxmField destination = requireField(MatchCodec.readHeader(body));
        requirePadding(body);
        return new Action.RegMove(source, sourceOffset, destination, destinationOffset, bits);
    }

    private static Action readLoad(WireReader body) {
        int offsetAndBits = body.u16();
        int header = body.peekU32(0);
        if (header >>> 16 == OxmField.EXPERIMENTER_CLASS) {
            throw new OpenFlowException(BAD_ACTION_SET_TYPE, "a register load has no room for an experimenter field");
        }
        OxmField destination = requireField(MatchCodec.readHeader(body));
        long value = body.u64();
        body.requireEnd();
        return new Action.RegLoad(destination, offsetAndBits >>> 6, (offsetAndBits & 63) + 1, value);
    }

    private static Action readCt(WireReader body, int depth) {
        if (depth > 0) {
            throw new OpenFlowException(BAD_ACTION_ARGUMENT, "ct stands inside ct");
        }
        int flags = body.u16();
        int source = body.peekU32(0);
        OxmField zoneSource = source == 0 ? null : requireField(MatchCodec.readHeader(body));
        if (source == 0) {
            body.skip(4);
        }
        int zone = body.u16();
        int table = body.u8();
        body.skip(3);
        int alg = body.u16();
        List<Action> nested = ActionCodec.readAll(body, depth + 1);
        for (Action action : nested) {
            if (!isAllowedInCt(action)) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "ct cannot hold " + action);
            }
        }
        return new Action.Ct(flags, zone, zoneSource, table, alg, nested);
    }

    private static boolean isAllowedInCt(Action action) {
        return switch (action) {
            case Action.Nat _ -> true;
            case Action.SetField set -> isCtField(set.field());
            case Action.RegLoad load -> isCtField(load.destination());
            case Action.RegMove move -> isCtField(move.destination());
            default -> false;
        };
    }

    private static boolean isCtField(OxmField field) {
        return field == OxmField.CT_MARK || field == OxmField.CT_LABEL;
    }

    private static Action readNat(WireReader body, int depth) {
        if (depth == 0) {
            throw new OpenFlowException(BAD_ACTION_ARGUMENT, "nat stands outside ct");
        }
        body.skip(2);
        int flags = body.u16();
        int present = body.u16();
        boolean badPairs = (present & RANGE_IPV4_MAX) != 0 && (present & RANGE_IPV4_MIN) == 0
                || (present & RANGE_IPV6_MAX) != 0 && (present & RANGE_IPV6_MIN) == 0
                || (present & RANGE_PORT_MAX) != 0 && (present & RANGE_PORT_MIN) == 0;
        if (badPairs || present >>> 6 != 0) {
            throw new OpenFlowException(BAD_ACTION_ARGUMENT, "nat ranges 0x" + Integer.toHexString(present));
        }
        Action.Ipv4Range ipv4 = null;
        if ((present & RANGE_IPV4_MIN) != 0) {
            Ipv4Address min = new Ipv4Address(body.u32());
            ipv4 = new Action.Ipv4Range(min, (present & RANGE_IPV4_MAX) != 0 ? new Ipv4Address(body.u32()) : null);
        }
        Action.Ipv6Range ipv6 = null;
        if ((present & RANGE_IPV6_MIN) != 0) {
            Bytes min = body.bytes(16);
            ipv6 = new Action.Ipv6Range(min, (present & RANGE_IPV6_MAX) != 0 ? body.bytes(16) : null);
        }
        Action.PortRange ports = null;
        if ((present & RANGE_PORT_MIN) != 0) {
            int min = body.u16();
            ports = new Action.PortRange(min, (present & RANGE_PORT_MAX) != 0 ? body.u16() : 0);
        }
        requirePadding(body);
        return new Action.Nat(flags, ipv4, ipv6, ports);
    }

    /** Writes what follows type and length, without the padding at the end. */
    static void write(WireWriter out, Action action) {
        out.u32(OpenFlow.NICIRA_EXPERIMENTER);
        switch (action) {
            case Action.Resubmit(int inPort, int table) -> {
                int port16 = inPort == OpenFlow.PORT_IN_PORT ? IN_PORT_16 : inPort & 0xffff;
                out.u16(RESUBMIT_TABLE).u16(port16).u8(table).zeros(3);
            }
            case Action.RegMove move -> {
                out.u16(REG_MOVE).u16(move.bits()).u16(move.sourceOffset()).u16(move.destinationOffset());
                MatchCodec.writeHeader(out, move.source(), false);
                MatchCodec.writeHeader(out, move.destination(), false);
            }
            case Action.RegLoad load -> {
                out.u16(REG_LOAD).u16(load.offset() << 6 | (load.bits() - 1));
                MatchCodec.writeHeader(out, load.destination(), false);
                out.u64(load.value());
            }
            case Action.Note(Bytes content) -> out.u16(NOTE).bytes(content);
            case Action.Ct ct -> writeCt(out, ct);
            case Action.Nat nat -> writeNat(out, nat);
            case Action.CtClear() -> out.u16(CT_CLEAR);
            default -> throw new IllegalArgumentException("not a Nicira action: " + action);
        }
    }

    private static void writeCt(WireWriter out, Action.Ct ct) {
        out.u16(CT).u16(ct.flags());
        if (ct.zoneSource() == null) {
            out.u32(0);
        } else {
            MatchCodec.writeHeader(out, ct.zoneSource(), false);
        }
        out.u16(ct.zone()).u8(ct.recircTable()).zeros(3).u16(ct.alg());
        ActionCodec.writeAll(out, ct.actions());
    }

    private static void writeNat(WireWriter out, Action.Nat nat) {
        out.u16(NAT).zeros(2).u16(nat.flags());
        int presentAt = out.position();
        out.u16(0);
        int present = 0;
        Action.Ipv4Range ipv4 = nat.ipv4();
        if (ipv4 != null) {
            present |= RANGE_IPV4_MIN;
            out.u32(ipv4.min().bits());
            if (ipv4.max() != null) {
                present |= RANGE_IPV4_MAX;
                out.u32(ipv4.max().bits());
            }
        }
        Action.Ipv6Range ipv6 = nat.ipv6();
        if (ipv6 != null) {
            present |= RANGE_IPV6_MIN;
            out.bytes(ipv6.min());
            if (ipv6.max() != null) {
                present |= RANGE_IPV6_MAX;
                out.bytes(ipv6.max());
            }
        }
        Action.PortRange ports = nat.ports();
        if (ports != null) {
            present |= RANGE_PORT_MIN;
            out.u16(ports.min());
            if (ports.max() != 0) {
                present |= RANGE_PORT_MAX;
                out.u16(ports.max());
            }
        }
        out.patchU16(presentAt, present);
    }
}
