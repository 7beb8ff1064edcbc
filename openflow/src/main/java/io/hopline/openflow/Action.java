package io.hopline.openflow;

import static io.hopline.openflow.OpenFlowError.BAD_ACTION_ARGUMENT;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_SET_ARGUMENT;
import static io.hopline.openflow.OpenFlowError.BAD_ACTION_SET_TYPE;

import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv4Address;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is done to a packet: OpenFlow 1.3.5 section 7.2.5, and the actions of Nicira's extension (experimenter 0x2320) that
 * Open vSwitch documents in ovs-actions(7), and what Hopline needs beside.
 */
public sealed interface Action {
    /**
     * Sends a copy of the packet to a port.
     *
     * @param port a port's number, or one of {@link OpenFlow}'s {@code PORT_} numbers
     * @param maxLengthBytes bytes of the packet for the controller; without meaning for other ports
     */
    record Output(int port, int maxLengthBytes) implements Action {}

    /** Output to a port other than the controller. */
    static Action output(int port) {
        return new Output(port, 0);
    }

    /** Output to the controllers, the whole packet. */
    static Action toController() {
        return new Output(OpenFlow.PORT_CONTROLLER, OpenFlow.MAX_LEN_NO_BUFFER);
    }

    record Group(int groupId) implements Action {}

    record SetQueue(int queueId) implements Action {}

    /** Writes a header or register field; {@code high} is 0 for fields of up to 64 bits. */
    record SetField(OxmField field, long high, long low) implements Action {
        public SetField {
            if (!field.isSettable()) {
                throw new OpenFlowException(BAD_ACTION_SET_TYPE, field + " cannot be set");
            }
            if ((high & ~field.maxHigh()) != 0 || (low & ~field.maxLow()) != 0) {
                throw new OpenFlowException(BAD_ACTION_SET_ARGUMENT, field + " has only " + field.bits() + " bits");
            }
        }
    }

    static Action set(OxmField field, long value) {
        return new SetField(field, 0, value);
    }

    static Action set(OxmField field, MacAddress mac) {
        return new SetField(field, 0, mac.bits());
    }

    static Action set(OxmField field, Ipv4Address address) {
        return new SetField(field, 0, address.bits() & 0xffff_ffffL);
    }

    static Action set(OxmField field, Ipv6Address address) {
        return new SetField(field, address.high(), address.low());
    }

    /** Names the VTEP that the tunnel port sends to. */
    static Action tunnelDestination(IpAddress vtep) {
        return switch (vtep) {
            case Ipv4Address ipv4 -> set(OxmField.TUN_IPV4_DST, ipv4);
            case Ipv6Address ipv6 -> new SetField(OxmField.TUN_IPV6_DST, ipv6.high(), ipv6.low());
        };
    }

    /** Puts a tag before the others; {@code ethType} is 0x8100 or 0x88a8. */
    record PushVlan(int ethType) implements Action {
        public PushVlan {
            requireEthType(ethType == 0x8100 || ethType == 0x88a8, ethType);
        }
    }

    record PopVlan() implements Action {}

    record PushMpls(int ethType) implements Action {
        public PushMpls {
            requireEthType(ethType == 0x8847 || ethType == 0x8848, ethType);
        }
    }

    /** Takes the outermost label off; {@code ethType} is that of what follows. */
    record PopMpls(int ethType) implements Action {}

    record PushPbb(int ethType) implements Action {
        public PushPbb {
            requireEthType(ethType == 0x88e7, ethType);
        }
    }

    record PopPbb() implements Action {}

    record SetNwTtl(int ttl) implements Action {}

    record DecNwTtl() implements Action {}

    record SetMplsTtl(int ttl) implements Action {}

    record DecMplsTtl() implements Action {}

    record CopyTtlOut() implements Action {}

    record CopyTtlIn() implements Action {}

    /**
     * Copies bits of one field to another (NXAST_REG_MOVE).
     *
     * @param bits how many, at least 1
     * @param sourceOffset first bit in {@code source}, 0 the lowest
     * @param destinationOffset first bit in {@code destination}
     */
    record RegMove(OxmField source, int sourceOffset, OxmField destination, int destinationOffset, int bits)
            implements Action {
        public RegMove {
            requireRange(source, sourceOffset, bits);
            requireRange(destination, destinationOffset, bits);
            requireLoadable(destination);
        }
    }

    /** Copies all of {@code source} into the low bits of {@code destination}. */
    static Action move(OxmField source, OxmField destination) {
        return new RegMove(source, 0, destination, 0, Math.min(source.bits(), destination.bits()));
    }

    /**
     * Writes {@code value} to {@code bits} (1 to 64) bits of {@code destination} from {@code offset} on (NXAST_REG_LOAD).
     */
    record RegLoad(OxmField destination, int offset, int bits, long value) implements Action {
        public RegLoad {
            requireRange(destination, offset, bits);
            requireLoadable(destination);
            if (bits > 64 || bits < 64 && value >>> bits != 0) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "value does not fit into " + bits + " bits");
            }
        }
    }

    /**
     * Looks the packet up again (NXAST_RESUBMIT, NXAST_RESUBMIT_TABLE), then goes on with the next action.
     *
     * @param inPort the input port to look up with, {@link OpenFlow#PORT_IN_PORT} to leave it
     * @param table the table, 255 for the current one
     */
    record Resubmit(int inPort, int table) implements Action {}

    /**
     * Sends the packet through connection tracking (NXAST_CT).
     *
     * @param flags {@link #COMMIT} and {@link #FORCE}
     * @param zone the zone, or where in {@code zoneSource} it stands: {@code offset << 6 | (bits - 1)}
     * @param zoneSource the field that names the zone; null when {@code zone} does
     * @param recircTable the table where the tracked packet continues, {@link #NO_RECIRC} for none
     * @param alg the TCP or UDP port of a protocol helper, 0 for none
     * @param actions {@link Nat}, and what writes CT_MARK and CT_LABEL
     */
    record Ct(int flags, int zone, @Nullable OxmField zoneSource, int recircTable, int alg, List<Action> actions)
            implements Action {
        public static final int COMMIT = 1;
        public static final int FORCE = 2;
        public static final int NO_RECIRC = 255;

        public Ct {
            actions = List.copyOf(actions);
            if ((flags & ~(COMMIT | FORCE)) != 0 || (flags & FORCE) != 0 && (flags & COMMIT) == 0) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "ct flags " + flags + " do not go together");
            }
            if (zoneSource != null) {
                requireRange(zoneSource, zone >>> 6, (zone & 63) + 1);
            }
        }

        public boolean isCommit() {
            return (flags & COMMIT) != 0;
        }

        /** {@code ct(zone=..., table=...)} with nested actions such as {@code nat}. */
        public static Ct track(int zone, int recircTable, Action... actions) {
            return new Ct(0, zone, null, recircTable, 0, List.of(actions));
        }

        public static Ct commit(int zone, int recircTable, Action... actions) {
            return new Ct(COMMIT, zone, null, recircTable, 0, List.of(actions));
        }
    }

    /** Forgets what connection tracking said about the packet (NXAST_CT_CLEAR). */
    record CtClear() implements Action {}

    /**
     * Address translation inside {@link Ct} (NXAST_NAT).
     *
     * @param flags {@link #SRC}, {@link #DST} and how to choose; 0 applies what the connection was committed with
     * @param ipv4 the addresses, or null
     * @param ipv6 the addresses, or null
     * @param ports the ports, or null
     */
    record Nat(
            int flags,
            @Nullable Ipv4Range ipv4,
            @Nullable Ipv6Range ipv6,
            @Nullable PortRange ports) implements Action {
        public static final int SRC = 1;
        public static final int DST = 2;
        public static final int PERSISTENT = 4;
        public static final int PROTO_HASH = 8;
        public static final int PROTO_RANDOM = 16;

        public Nat {
            boolean bothWays = (flags & (SRC | DST)) == (SRC | DST);
            boolean bothChoices = (flags & (PROTO_HASH | PROTO_RANDOM)) == (PROTO_HASH | PROTO_RANDOM);
            if (flags >>> 5 != 0 || bothWays || bothChoices || ipv4 != null && ipv6 != null) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "nat flags " + flags + " or ranges contradict");
            }
        }

        /** {@code nat}: translate as the connection was committed. */
        public static Nat restore() {
            return new Nat(0, null, null, null);
        }

        public static Nat destination(IpAddress address, int port) {
            PortRange ports = new PortRange(port, 0);
            return switch (address) {
                case Ipv4Address ipv4 -> new Nat(DST, new Ipv4Range(ipv4, null), null, ports);
                case Ipv6Address ipv6 -> new Nat(DST, null, new Ipv6Range(Bytes.of(ipv6.bytes()), null), ports);
            };
        }

        public static Nat source(Ipv4Address address) {
            return new Nat(SRC, new Ipv4Range(address, null), null, null);
        }
    }

    /** Addresses {@code min} to {@code max}; just {@code min} when {@code max} is null. */
    record Ipv4Range(Ipv4Address min, @Nullable Ipv4Address max) {}

    /** 16-byte addresses {@code min} to {@code max}; just {@code min} when {@code max} is null. */
    record Ipv6Range(Bytes min, @Nullable Bytes max) {
        public Ipv6Range {
            if (min.length() != 16 || max != null && max.length() != 16) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "an IPv6 address has 16 bytes");
            }
        }
    }

    /** Ports {@code min} to {@code max}; just {@code min} when {@code max} is 0. */
    record PortRange(int min, int max) {
        public PortRange {
            if (min < 1 || min > 0xffff || max < 0 || max > 0xffff || max != 0 && max < min) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "port range " + min + "-" + max);
            }
        }
    }

    /**
     * In a bucket of a SELECT group: a client that got the bucket gets it again, until nothing was heard of its address for
     * {@code timeoutS} seconds (an experimenter action of Hopline's).
     */
    record Affinity(int timeoutS) implements Action {
        public Affinity {
            if (timeoutS < 1) {
                throw new OpenFlowException(BAD_ACTION_ARGUMENT, "affinity for " + timeoutS + " s");
            }
        }
    }

    /** Carries bytes for people to read and does nothing (NXAST_NOTE). */
    record Note(Bytes content) implements Action {}

    private static void requireEthType(boolean allowed, int ethType) {
        if (!allowed) {
            throw new OpenFlowException(
                    BAD_ACTION_ARGUMENT, "cannot push Ethernet type 0x" + Integer.toHexString(ethType));
        }
    }

    private static void requireRange(OxmField field, int offset, int bits) {
        if (bits < 1 || offset < 0 || offset + bits > field.bits()) {
            throw new OpenFlowException(
                    BAD_ACTION_ARGUMENT, field + " has no " + bits + " bits from bit " + offset + " on");
        }
    }

    private static void requireLoadable(OxmField field) {
        if (!field.isLoadable()) {
            throw new OpenFlowException(BAD_ACTION_ARGUMENT, field + " cannot be written");
        }
    }
}
