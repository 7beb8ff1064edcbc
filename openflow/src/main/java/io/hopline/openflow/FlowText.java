package io.hopline.openflow;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Flows as {@code ovs-ofctl dump-flows} prints them. */
public final class FlowText {
    private static final int[] IPV4_PROTOCOLS = {1, 6, 17, 132};
    private static final String[] IPV4_NAMES = {"icmp", "tcp", "udp", "sctp"};
    private static final int[] IPV6_PROTOCOLS = {58, 6, 17, 132};
    private static final String[] IPV6_NAMES = {"icmp6", "tcp6", "udp6", "sctp6"};

    private FlowText() {}

    /** Priority and match: {@code priority=100,tcp,nw_dst=10.0.1.100,tp_dst=80}. */
    public static String flow(FlowStats flow) {
        String match = match(flow.match());
        return "priority=" + flow.priority() + (match.isEmpty() ? "" : "," + match);
    }

    /** The fields of a match, "" when it matches everything; Ethernet type and protocol under one short name. */
    public static String match(Match match) {
        List<String> parts = new ArrayList<>();
        String shorthand = shorthand(match);
        for (FieldMatch field : match.fields()) {
            boolean inShorthand = field.field() == OxmField.ETH_TYPE && shorthand != null
                    || field.field() == OxmField.IP_PROTO && isProtocol(shorthand);
            if (field.field() == OxmField.ETH_TYPE && shorthand != null) {
                parts.add(shorthand);
            } else if (!inShorthand) {
                parts.add(FieldText.field(field));
            }
        }
        return String.join(",", parts);
    }

    private static boolean isProtocol(@Nullable String shorthand) {
        return shorthand != null && !List.of("ip", "ipv6", "arp").contains(shorthand);
    }

    private static @Nullable String shorthand(Match match) {
        if (Prerequisite.ARP.holds(match)) {
            return "arp";
        }
        if (Prerequisite.IPV4.holds(match)) {
            return protocol(match, IPV4_PROTOCOLS, IPV4_NAMES, "ip");
        }
        return Prerequisite.IPV6.holds(match) ? protocol(match, IPV6_PROTOCOLS, IPV6_NAMES, "ipv6") : null;
    }

    private static String protocol(Match match, int[] protocols, String[] names, String other) {
        for (int i = 0; i < protocols.length; i++) {
            if (match.isExactly(OxmField.IP_PROTO, protocols[i])) {
                return names[i];
            }
        }
        return other;
    }

    /** What a flow does: {@code set_field:...->eth_dst,output:2}, {@code drop} when nothing. */
    public static String instructions(List<Instruction> instructions) {
        List<String> parts = new ArrayList<>();
        for (Instruction instruction : instructions) {
            switch (instruction) {
                case Instruction.ApplyActions(var actions) -> actions.forEach(action -> parts.add(action(action)));
                case Instruction.WriteActions(var actions) -> parts.add("write_actions(" + actions(actions) + ")");
                case Instruction.ClearActions() -> parts.add("clear_actions");
                case Instruction.Meter(int meter) -> parts.add("meter:" + meter);
                case Instruction.WriteMetadata(long value, long mask) ->
                    parts.add("write_metadata:0x" + Long.toHexString(value)
                            + (mask == -1 ? "" : "/0x" + Long.toHexString(mask)));
                case Instruction.GotoTable(int table) -> parts.add("goto_table:" + table);
            }
        }
        return parts.isEmpty() ? "drop" : String.join(",", parts);
    }

    /** The set bits of a ct_state: {@code +new+trk}. */
    public static String connectionState(int bits) {
        return FieldText.ctState(bits, bits & 0xffff_ffffL);
    }

    /** Several actions, {@code drop} when there are none. */
    public static String actions(List<Action> actions) {
        return actions.isEmpty()
                ? "drop"
                : actions.stream().map(FlowText::action).collect(Collectors.joining(","));
    }

    private static String action(Action action) {
        return switch (action) {
            case Action.Output(int port, int length) -> output(port, length);
            case Action.Group(int group) -> "group:" + Integer.toUnsignedString(group);
            case Action.SetQueue(int queue) -> "set_queue:" + queue;
            case Action.SetField(OxmField field, long high, long low) ->
                "set_field:" + FieldText.value(field, high, low) + "->" + FieldText.name(field);
            case Action.PushVlan(int type) -> "push_vlan:0x" + Integer.toHexString(type);
            case Action.PopVlan() -> "pop_vlan";
            case Action.PushMpls(int type) -> "push_mpls:0x" + Integer.toHexString(type);
            case Action.PopMpls(int type) -> "pop_mpls:0x" + Integer.toHexString(type);
            case Action.PushPbb(int type) -> "push_pbb:0x" + Integer.toHexString(type);
            case Action.PopPbb() -> "pop_pbb";
            case Action.SetNwTtl(int ttl) -> "mod_nw_ttl:" + ttl;
            case Action.DecNwTtl() -> "dec_ttl";
            case Action.SetMplsTtl(int ttl) -> "set_mpls_ttl:" + ttl;
            case Action.DecMplsTtl() -> "dec_mpls_ttl";
            case Action.CopyTtlOut() -> "copy_ttl_out";
            case Action.CopyTtlIn() -> "copy_ttl_in";
            case Action.RegMove(OxmField from, int fromBit, OxmField to, int toBit, int bits) ->
                "move:" + bits(from, fromBit, bits) + "->" + bits(to, toBit, bits);
            case Action.RegLoad(OxmField to, int offset, int bits, long value) ->
                "load:0x" + Long.toHexString(value) + "->" + bits(to, offset, bits);
            case Action.Resubmit(int port, int table) ->
                "resubmit(" + (port == OpenFlow.PORT_IN_PORT ? "" : FieldText.port(port)) + ","
                        + (table == OpenFlow.TABLE_ALL ? "" : table) + ")";
            case Action.Ct ct -> ct(ct);
            case Action.CtClear() -> "ct_clear";
            case Action.Nat nat -> nat(nat);
            case Action.Affinity(int timeoutS) -> "affinity(timeout=" + timeoutS + ")";
            case Action.Note(Bytes content) -> "note:" + content;
        };
    }

    private static String output(int port, int length) {
        String name = FieldText.port(port);
        if (port == OpenFlow.PORT_CONTROLLER) {
            return name + ":" + length;
        }
        return Integer.compareUnsigned(port, OpenFlow.PORT_MAX) <= 0 ? "output:" + name : name;
    }

    private static String bits(OxmField field, int offset, int count) {
        String name = FieldText.longName(field);
        if (offset == 0 && count == field.bits()) {
            return name + "[]";
        }
        return name + "[" + offset + (count == 1 ? "" : ".." + (offset + count - 1)) + "]";
    }

    private static String ct(Action.Ct ct) {
        List<String> parts = new ArrayList<>();
        List<Action> exec = new ArrayList<>();
        if (ct.isCommit()) {
            parts.add("commit");
        }
        if ((ct.flags() & Action.Ct.FORCE) != 0) {
            parts.add("force");
        }
        if (ct.recircTable() != Action.Ct.NO_RECIRC) {
            parts.add("table=" + ct.recircTable());
        }
        OxmField source = ct.zoneSource();
        if (source != null) {
            parts.add("zone=" + bits(source, ct.zone() >>> 6, (ct.zone() & 63) + 1));
        } else if (ct.zone() != 0) {
            parts.add("zone=" + ct.zone());
        }
        for (Action nested : ct.actions()) {
            if (nested instanceof Action.Nat nat) {
                parts.add(nat(nat));
            } else {
                exec.add(nested);
            }
        }
        if (!exec.isEmpty()) {
            parts.add("exec(" + actions(exec) + ")");
        }
        return "ct(" + String.join(",", parts) + ")";
    }

    private static String nat(Action.Nat nat) {
        if ((nat.flags() & (Action.Nat.SRC | Action.Nat.DST)) == 0) {
            return "nat";
        }
        StringBuilder text = new StringBuilder((nat.flags() & Action.Nat.SRC) != 0 ? "nat(src" : "nat(dst");
        Action.Ipv4Range ipv4 = nat.ipv4();
        Action.Ipv6Range ipv6 = nat.ipv6();
        if (ipv4 != null) {
            text.append('=').append(ipv4.min()).append(ipv4.max() == null ? "" : "-" + ipv4.max());
        } else if (ipv6 != null) {
            text.append("=[").append(ipv6.min()).append(']');
        }
        Action.PortRange ports = nat.ports();
        if (ports != null) {
            text.append(':').append(ports.min()).append(ports.max() == 0 ? "" : "-" + ports.max());
        }
        return text.append(')').toString();
    }
}
