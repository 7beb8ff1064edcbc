package io.hopline.packet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Generic segmentation offload in software: cuts the super-frame that a {@link VnetHeader} describes into the frames
 * that the kernel would have sent without offloads, bit for bit.
 *
 * <p>TCP over IPv4 and IPv6 (linux/net/ipv4/tcp_offload.c, tcp_gso_segment) and UDP datagram trains (udp_offload.c,
 * __udp_gso_segment), behind VLAN tags, IPv4 options and IPv6 extension headers. Each segment gets its lengths, IPv4
 * identification, TCP sequence number and a whole checksum; FIN and PSH stay on the last segment, CWR on the first.
 *
 * <p>One object per worker: {@link #begin} analyses a frame, after which its segments are emitted in any order, for as
 * long as the frame is neither changed nor released. Nothing is allocated and hostile bytes never throw.
 */
public final class Segmenter {
    /** Most segments of one frame: 64 KB by the smallest segment Linux's TCP sends (48 bytes). A guest may not ask for 65,535. */
    public static final int MAX_SEGMENTS = 1366;

    private final FrameHeaders headers = new FrameHeaders();
    private @Nullable Frame source;
    private MemorySegment memory = MemorySegment.NULL;
    private long start;
    private boolean tcp;
    private int headerBytes;
    private int gsoSizeBytes;
    private int payloadBytes;
    private int segments;
    private int l3;
    private int l4;
    private int ipHeaderBytes;
    private boolean ipv4;
    /** Sum of the pseudo-header with a transport length of 0. */
    private int pseudoSum;
    /** Sums of what all segments have in common: the IPv4 header without length, identification and checksum, */
    private long ipSum;
    /** and the transport header without sequence, data offset and flags (UDP: without length) and checksum. */
    private long transportSum;

    /**
     * Prepares to cut a frame.
     *
     * @return the number of segments, at least 1; 0 when the frame is not one that can be cut: no GSO, a type other than
     *     TCPv4, TCPv6 and UDP_L4, headers that contradict the vnet header, or more than {@link #MAX_SEGMENTS}
     */
    public int begin(Frame gso) {
        segments = 0;
        source = gso;
        memory = gso.memory();
        start = gso.offset();
        gsoSizeBytes = VnetHeader.gsoSize(memory, gso.vnet());
        boolean sound = headers.parse(gso) == FrameHeaders.Verdict.OK
                && headers.l4Offset() > 0
                && headers.fragment() == FrameHeaders.FRAGMENT_NONE;
        if (!sound || gsoSizeBytes == 0 || !typeAgrees(VnetHeader.gsoType(memory, gso.vnet()))) {
            return 0;
        }
        tcp = headers.isTcp();
        headerBytes = headers.payloadOffset();
        payloadBytes = headers.payloadBytes();
        int count = Math.max(1, (payloadBytes + gsoSizeBytes - 1) / gsoSizeBytes);
        if (count > MAX_SEGMENTS || !findPseudoSum(gso.vnet())) {
            return 0;
        }
        findCommonSums();
        segments = count;
        return count;
    }

    /** A segment's checksums are sums of these and of the few words that are its own; no header is summed per segment. */
    private void findCommonSums() {
        l3 = headers.l3Offset();
        l4 = headers.l4Offset();
        ipHeaderBytes = headers.ipHeaderBytes();
        ipv4 = headers.ipVersion() == 4;
        long ip = start + l3;
        if (ipv4) {
            ipSum = (long) Wire.u16(memory, ip)
                    + Checksum.sum(memory, ip + 6, 4)
                    + Checksum.sum(memory, ip + 12, ipHeaderBytes - 12);
        }
        long transport = start + l4;
        transportSum = Checksum.sum(memory, transport, 4);
        if (tcp) {
            transportSum += Checksum.sum(memory, transport + 8, 4)
                    + Tcp.window(memory, transport)
                    + Checksum.sum(memory, transport + 18, headerBytes - l4 - 18);
        }
    }

    private boolean typeAgrees(int gsoType) {
        return switch (gsoType & ~VnetHeader.GSO_ECN) {
            case VnetHeader.GSO_TCPV4 -> headers.isTcp() && headers.ipVersion() == 4;
            case VnetHeader.GSO_TCPV6 -> headers.isTcp() && headers.ipVersion() == 6;
            case VnetHeader.GSO_UDP_L4 -> headers.isUdp();
            default -> false;
        };
    }

    /**
     * The partial checksum that came with the frame is the pseudo-header's sum, and the only one that is right behind an
     * IPv6 routing header; without one it is computed.
     */
    private boolean findPseudoSum(long vnet) {
        long transport = start + headers.l4Offset();
        long ip = start + headers.l3Offset();
        int transportBytes = headers.ipBytes() - headers.ipHeaderBytes();
        int checksum = tcp ? Tcp.CHECKSUM : Udp.CHECKSUM;
        if (VnetHeader.needsChecksum(memory, vnet)) {
            pseudoSum = Checksum.updateSum16(Wire.u16(memory, transport + checksum), transportBytes, 0);
            return VnetHeader.checksumStart(memory, vnet) == headers.l4Offset()
                    && VnetHeader.checksumOffset(memory, vnet) == checksum;
        }
        pseudoSum = headers.ipVersion() == 4
                ? Checksum.pseudoIpv4(memory, ip, headers.ipProtocol(), 0)
                : Checksum.pseudoIpv6(memory, ip, headers.ipProtocol(), 0);
        return true;
    }

    /** What {@link #begin} returned. */
    public int segments() {
        return segments;
    }

    /** Bytes from the Ethernet header to the payload, the same for every segment. */
    public int headerBytes() {
        return headerBytes;
    }

    /** Payload bytes of a segment: the GSO size, less in the last. */
    public int payloadBytes(int segment) {
        return Math.min(gsoSizeBytes, payloadBytes - segment * gsoSizeBytes);
    }

    /** Position of a segment's payload in the super-frame's memory, for senders that gather. */
    public long payloadPosition(int segment) {
        return start + headerBytes + (long) segment * gsoSizeBytes;
    }

    /** Length of a segment's frame: {@link #headerBytes} and {@link #payloadBytes(int)}. */
    public int frameBytes(int segment) {
        return headerBytes + payloadBytes(segment);
    }

    /** Length of the largest segment's IP packet, which is what an MTU limits. */
    public int ipBytes() {
        return frameBytes(0) - headers.l3Offset();
    }

    /** The headers of the super-frame. */
    public FrameHeaders headers() {
        return headers;
    }

    /**
     * Writes one whole segment.
     *
     * @param to where {@link #frameBytes} bytes are written from {@code at} on; not the super-frame's own bytes
     * @return {@link #frameBytes}
     */
    public int emit(int segment, MemorySegment to, long at) {
        emitHeaders(segment, to, at);
        int bytes = payloadBytes(segment);
        MemorySegment.copy(memory, payloadPosition(segment), to, at + headerBytes, bytes);
        return headerBytes + bytes;
    }

    /** Makes {@code into} one whole segment, with the super-frame's metadata and an empty vnet header. */
    public void emit(int segment, Frame into) {
        if (source != null) {
            into.metadataFrom(source);
        }
        into.length(emit(segment, into.memory(), into.offset()));
        VnetHeader.clear(into.memory(), into.vnet());
    }

    /** Writes the {@link #headerBytes} bytes of a segment's headers; its checksum covers the payload, which stays where it is. */
    public void emitHeaders(int segment, MemorySegment to, long at) {
        if (segment < 0 || segment >= segments) {
            throw new IndexOutOfBoundsException(segment);
        }
        MemorySegment.copy(memory, start, to, at, headerBytes);
        int payload = payloadBytes(segment);
        int transportBytes = headerBytes - l4 + payload;
        fixIp(segment, to, at + l3, transportBytes);
        long transport = at + l4;
        long own = tcp ? fixTcp(segment, to, transport) : fixUdp(to, transport, transportBytes);
        // Transport headers are an even number of bytes, so the sums add up.
        int sum = Checksum.fold(transportSum
                + own
                + pseudoSum
                + transportBytes
                + Checksum.sum(memory, payloadPosition(segment), payload));
        if (tcp) {
            Tcp.checksum(to, transport, Checksum.finish(sum));
        } else {
            Udp.checksum(to, transport, Checksum.finishUdp(sum));
        }
    }

    private void fixIp(int segment, MemorySegment to, long ip, int transportBytes) {
        int bytes = ipHeaderBytes + transportBytes;
        if (!ipv4) {
            Ipv6.payloadBytes(to, ip, bytes - Ipv6.BYTES);
            return;
        }
        int identification = Ipv4.identification(memory, start + l3) + segment & 0xffff;
        Ipv4.totalBytes(to, ip, bytes);
        Ipv4.identification(to, ip, identification);
        Ipv4.checksum(to, ip, Checksum.finish(Checksum.fold(ipSum + bytes + identification)));
    }

    /** Returns the sum of the words that are this segment's own. */
    private long fixTcp(int segment, MemorySegment to, long transport) {
        int flags = Tcp.flags(memory, start + l4);
        if (segment > 0) {
            flags &= ~Tcp.CWR;
        }
        if (segment < segments - 1) {
            flags &= ~(Tcp.FIN | Tcp.PSH);
        }
        Tcp.flags(to, transport, flags);
        int sequence = Tcp.sequence(memory, start + l4) + segment * gsoSizeBytes;
        Tcp.sequence(to, transport, sequence);
        return (sequence & 0xffff_ffffL) + (Wire.u8(memory, start + l4 + 12) << 8) + flags;
    }

    /** Returns the sum of the words that are this segment's own. */
    private static long fixUdp(MemorySegment to, long transport, int transportBytes) {
        Udp.totalBytes(to, transport, transportBytes);
        return transportBytes;
    }
}
