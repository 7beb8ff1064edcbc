package io.hopline.openflow;

/** Numbers of OpenFlow 1.3.5 and of Nicira's extensions, under the names the specifications give them. */
public final class OpenFlow {
    /** The wire version of OpenFlow 1.3. */
    public static final int VERSION = 4;

    public static final int HEADER_BYTES = 8;
    public static final int MAX_MESSAGE_BYTES = 65535;

    /** Highest number of an ordinary port (OFPP_MAX). */
    public static final int PORT_MAX = 0xffffff00;

    public static final int PORT_IN_PORT = 0xfffffff8;
    /** Packet-out only: submit to the first table. */
    public static final int PORT_TABLE = 0xfffffff9;

    public static final int PORT_NORMAL = 0xfffffffa;
    public static final int PORT_FLOOD = 0xfffffffb;
    public static final int PORT_ALL = 0xfffffffc;
    public static final int PORT_CONTROLLER = 0xfffffffd;
    public static final int PORT_LOCAL = 0xfffffffe;
    /** No port, or any port in a filter. */
    public static final int PORT_ANY = 0xffffffff;

    public static final int GROUP_MAX = 0xffffff00;
    public static final int GROUP_ALL = 0xfffffffc;
    public static final int GROUP_ANY = 0xffffffff;

    public static final int METER_MAX = 0xffff0000;
    public static final int METER_SLOWPATH = 0xfffffffd;
    public static final int METER_CONTROLLER = 0xfffffffe;
    public static final int METER_ALL = 0xffffffff;

    public static final int QUEUE_ALL = 0xffffffff;

    /** The last table a flow may stand in. */
    public static final int TABLE_MAX = 254;

    public static final int TABLE_ALL = 255;

    public static final int NO_BUFFER = 0xffffffff;
    /** Output to the controller: the whole packet, not buffered. */
    public static final int MAX_LEN_NO_BUFFER = 0xffff;

    /** Set in VLAN_VID when there is a tag. */
    public static final int VID_PRESENT = 0x1000;

    public static final int FLOW_SEND_REMOVED = 1;
    public static final int FLOW_CHECK_OVERLAP = 2;
    public static final int FLOW_RESET_COUNTS = 4;
    public static final int FLOW_NO_PACKET_COUNTS = 8;
    public static final int FLOW_NO_BYTE_COUNTS = 16;

    public static final int PORT_CONFIG_DOWN = 1;
    public static final int PORT_CONFIG_NO_RECV = 1 << 2;
    public static final int PORT_CONFIG_NO_FWD = 1 << 5;
    public static final int PORT_CONFIG_NO_PACKET_IN = 1 << 6;

    public static final int PORT_STATE_LINK_DOWN = 1;
    public static final int PORT_STATE_BLOCKED = 2;
    public static final int PORT_STATE_LIVE = 4;

    public static final int PORT_FEATURE_10GB_FD = 1 << 6;
    public static final int PORT_FEATURE_COPPER = 1 << 11;

    public static final int CT_NEW = 0x01;
    public static final int CT_ESTABLISHED = 0x02;
    public static final int CT_RELATED = 0x04;
    public static final int CT_REPLY = 0x08;
    public static final int CT_INVALID = 0x10;
    public static final int CT_TRACKED = 0x20;
    public static final int CT_SRC_NAT = 0x40;
    public static final int CT_DST_NAT = 0x80;

    static final int NICIRA_EXPERIMENTER = 0x00002320;

    private OpenFlow() {}
}
