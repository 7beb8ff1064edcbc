package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a DHCPv4 client asked (RFC 2131, section 2; options RFC 2132), as far as a server of fixed leases needs it.
 * Addresses that are absent are 0.0.0.0.
 *
 * @param type what the client wants
 * @param transaction the client's xid
 * @param seconds since the client began
 * @param broadcast the client cannot take a unicast before it has its address (RFC 2131, section 4.1)
 * @param clientIp ciaddr: the address the client has and can answer for
 * @param relayIp giaddr: the relay agent the message came through
 * @param clientMac chaddr
 * @param sourceMac source of the Ethernet header
 * @param requestedIp option 50
 * @param serverIp option 54: the server the client chose
 * @param hostName option 12, without anything but printable ASCII; may be empty
 */
public record DhcpMessage(
        Type type,
        int transaction,
        int seconds,
        boolean broadcast,
        Ipv4Address clientIp,
        Ipv4Address relayIp,
        MacAddress clientMac,
        MacAddress sourceMac,
        Ipv4Address requestedIp,
        Ipv4Address serverIp,
        String hostName) {

    /** Option 53 (RFC 2132, section 9.6). */
    public enum Type {
        DISCOVER(1),
        OFFER(2),
        REQUEST(3),
        DECLINE(4),
        ACK(5),
        NAK(6),
        RELEASE(7),
        INFORM(8);

        private final int code;

        Type(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Optional<Type> of(int code) {
            return code >= 1 && code <= values().length ? Optional.of(values()[code - 1]) : Optional.empty();
        }
    }

    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;
    static final int MAGIC_COOKIE = 0x6382_5363;
    /** The fixed part, magic cookie included. */
    static final int FIXED_BYTES = 240;

    static final int REQUEST_OP = 1;
    static final int ETHERNET = 1;
    static final int BROADCAST_FLAG = 0x8000;

    private static final Ipv4Address NONE = new Ipv4Address(0);
    private static final int SNAME_AT = 44;
    private static final int FILE_AT = 108;
    private static final int OPTION_HOST_NAME = 12;
    private static final int OPTION_REQUESTED_IP = 50;
    private static final int OPTION_OVERLOAD = 52;
    private static final int OPTION_TYPE = 53;
    private static final int OPTION_SERVER = 54;

    /**
     * Reads a client's message.
     *
     * @param frame a frame from its Ethernet header on
     * @return empty for anything that is not a well-formed DHCP message from a client to a server
     */
    public static Optional<DhcpMessage> parse(byte[] frame) {
        MemorySegment memory = MemorySegment.ofArray(frame);
        FrameHeaders headers = new FrameHeaders();
        if (headers.parse(memory, 0, frame.length) != FrameHeaders.Verdict.OK
                || !headers.isUdp()
                || headers.ipVersion() != 4
                || headers.fragment() != FrameHeaders.FRAGMENT_NONE
                || headers.destinationPort() != SERVER_PORT) {
            return Optional.empty();
        }
        int at = headers.payloadOffset();
        int bytes = Math.min(headers.payloadBytes(), Udp.totalBytes(memory, headers.l4Offset()) - Udp.BYTES);
        if (bytes < FIXED_BYTES
                || Wire.u8(memory, at) != REQUEST_OP
                || Wire.u8(memory, at + 1) != ETHERNET
                || Wire.u8(memory, at + 2) != 6
                || Wire.i32(memory, at + FIXED_BYTES - 4) != MAGIC_COOKIE) {
            return Optional.empty();
        }
        Options options = new Options(memory);
        options.read(at + FIXED_BYTES, at + bytes);
        int overload = options.overload;
        if ((overload & 1) != 0) {
            options.read(at + FILE_AT, at + FILE_AT + 128);
        }
        if ((overload & 2) != 0) {
            options.read(at + SNAME_AT, at + SNAME_AT + 64);
        }
        return Type.of(options.type)
                .map(type -> new DhcpMessage(
                        type,
                        Wire.i32(memory, at + 4),
                        Wire.u16(memory, at + 8),
                        (Wire.u16(memory, at + 10) & BROADCAST_FLAG) != 0,
                        new Ipv4Address(Wire.i32(memory, at + 12)),
                        new Ipv4Address(Wire.i32(memory, at + 24)),
                        new MacAddress(Wire.u48(memory, at + 28)),
                        new MacAddress(Ethernet.source(memory, 0)),
                        options.requestedIp,
                        options.serverIp,
                        options.hostName));
    }

    /** Collects the options of one message, which may be spread over three fields (RFC 2131, section 4.1). */
    private static final class Options {
        private final MemorySegment memory;
        private int type;
        private int overload;
        private Ipv4Address requestedIp = NONE;
        private Ipv4Address serverIp = NONE;
        private String hostName = "";

        Options(MemorySegment memory) {
            this.memory = memory;
        }

        /** Reads tag, length, value until the end option (255), the end of the field, or an option that is cut short. */
        void read(int from, int to) {
            int at = from;
            while (at < to) {
                int tag = Wire.u8(memory, at);
                if (tag == 255) {
                    return;
                }
                if (tag == 0) {
                    at++;
                    continue;
                }
                if (at + 2 > to) {
                    return;
                }
                int length = Wire.u8(memory, at + 1);
                if (at + 2 + length > to) {
                    return;
                }
                take(tag, at + 2, length);
                at += 2 + length;
            }
        }

        private void take(int tag, int at, int length) {
            switch (tag) {
                case OPTION_TYPE -> type = length == 1 ? Wire.u8(memory, at) : type;
                case OPTION_OVERLOAD -> overload = length == 1 ? Wire.u8(memory, at) : overload;
                case OPTION_REQUESTED_IP -> requestedIp = length == 4 ? address(at) : requestedIp;
                case OPTION_SERVER -> serverIp = length == 4 ? address(at) : serverIp;
                case OPTION_HOST_NAME -> hostName = printable(at, length);
                default -> {}
            }
        }

        private Ipv4Address address(int at) {
            return new Ipv4Address(Wire.i32(memory, at));
        }

        private String printable(int at, int length) {
            byte[] text = new byte[length];
            MemorySegment.copy(memory, at, MemorySegment.ofArray(text), 0, length);
            return new String(text, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "");
        }
    }
}
