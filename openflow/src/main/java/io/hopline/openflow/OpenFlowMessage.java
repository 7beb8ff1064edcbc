package io.hopline.openflow;

import io.hopline.packet.MacAddress;
import java.util.List;

/** A message of OpenFlow 1.3.5 (section 7) without its header; the transaction id travels beside it. */
public sealed interface OpenFlowMessage
        permits FlowMod,
                FlowRemoved,
                GroupMod,
                PacketIn,
                PacketOut,
                PortStatus,
                MultipartRequest,
                MultipartReply,
                ErrorMessage,
                AsyncMasks.Request,
                AsyncMasks.Reply,
                AsyncMasks.Set,
                BundleControl,
                BundleAdd,
                MeterMod,
                OpenFlowMessage.Hello,
                OpenFlowMessage.EchoRequest,
                OpenFlowMessage.EchoReply,
                OpenFlowMessage.Experimenter,
                OpenFlowMessage.FeaturesRequest,
                OpenFlowMessage.FeaturesReply,
                OpenFlowMessage.GetConfigRequest,
                OpenFlowMessage.GetConfigReply,
                OpenFlowMessage.SetConfig,
                OpenFlowMessage.PortMod,
                OpenFlowMessage.TableMod,
                OpenFlowMessage.BarrierRequest,
                OpenFlowMessage.BarrierReply,
                OpenFlowMessage.QueueConfigRequest,
                OpenFlowMessage.QueueConfigReply,
                OpenFlowMessage.RoleRequest,
                OpenFlowMessage.RoleReply {

    /**
     * The first message of either side (section 7.5.1).
     *
     * @param version the header's version, the highest the sender speaks
     * @param versionBitmap bit n set: speaks wire version n (0 to 31); 0 when the message carries no bitmap
     */
    record Hello(int version, int versionBitmap) implements OpenFlowMessage {
        /** What we say: OpenFlow 1.3 and nothing else. */
        public static Hello ours() {
            return new Hello(OpenFlow.VERSION, 1 << OpenFlow.VERSION);
        }

        /** True when both sides can speak OpenFlow 1.3. */
        public boolean speaksOurVersion() {
            return versionBitmap != 0 ? (versionBitmap & 1 << OpenFlow.VERSION) != 0 : version >= OpenFlow.VERSION;
        }
    }

    record EchoRequest(Bytes data) implements OpenFlowMessage {}

    record EchoReply(Bytes data) implements OpenFlowMessage {}

    /** A message of an experimenter that this codec does not look into. */
    record Experimenter(int experimenter, int type, Bytes data) implements OpenFlowMessage {}

    record FeaturesRequest() implements OpenFlowMessage {}

    /**
     * What the switch is (section 7.3.1).
     *
     * @param buffers packets the switch can keep, 0 from us
     * @param tables tables, numbered from 0
     * @param auxiliaryId 0 for the main connection
     * @param capabilities {@link #FLOW_STATS} and its neighbours
     */
    record FeaturesReply(long datapathId, int buffers, int tables, int auxiliaryId, int capabilities)
            implements OpenFlowMessage {
        public static final int FLOW_STATS = 1;
        public static final int TABLE_STATS = 1 << 1;
        public static final int PORT_STATS = 1 << 2;
        public static final int GROUP_STATS = 1 << 3;
        public static final int IP_REASSEMBLY = 1 << 5;
        public static final int QUEUE_STATS = 1 << 6;
        public static final int PORT_BLOCKED = 1 << 8;
    }

    record GetConfigRequest() implements OpenFlowMessage {}

    /** How fragments are handled, and how much of a packet goes to the controller on a miss (section 7.3.2). */
    record GetConfigReply(int flags, int missSendLengthBytes) implements OpenFlowMessage {}

    record SetConfig(int flags, int missSendLengthBytes) implements OpenFlowMessage {}

    /** Changes the bits of a port's configuration that {@code mask} names (section 7.3.4.3). */
    record PortMod(int port, MacAddress mac, int config, int mask, int advertise) implements OpenFlowMessage {}

    record TableMod(int tableId, int config) implements OpenFlowMessage {}

    record BarrierRequest() implements OpenFlowMessage {}

    record BarrierReply() implements OpenFlowMessage {}

    record QueueConfigRequest(int port) implements OpenFlowMessage {}

    /** The queues of a port as raw {@code ofp_packet_queue} structures. */
    record QueueConfigReply(int port, Bytes queues) implements OpenFlowMessage {}

    /** Asks for a role (section 7.3.9). */
    record RoleRequest(Role role, long generationId) implements OpenFlowMessage {}

    record RoleReply(Role role, long generationId) implements OpenFlowMessage {}

    /** In wire order; {@code NO_CHANGE} only asks. */
    enum Role {
        NO_CHANGE,
        EQUAL,
        MASTER,
        SLAVE;

        static final List<Role> BY_NUMBER = List.of(values());
    }
}
