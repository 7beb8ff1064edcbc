package io.hopline.cli;

import io.hopline.packet.Ethernet;
import io.hopline.packet.Ipv4;
import io.hopline.packet.Tcp;
import io.hopline.packet.Udp;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongBiFunction;
import java.util.stream.IntStream;

/**
 * What tcpdump saw of HTTP, or of UDP, on one device: an independent witness of when requests and responses passed.
 *
 * <p>Reads pcap files with nanosecond stamps (magic 0xa1b23c4d) of Ethernet frames.
 */
final class Capture {
    private static final int MAGIC_NS = 0xa1b23c4d;
    private static final int FILE_HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final int UDP = 17;
    private static final int UDP_AND_VXLAN_BYTES = 16;

    /** A TCP segment with payload, or a SYN. */
    private record Segment(long ns, boolean toServer, int clientPort, int payloadBytes) {}

    private Capture() {}

    /** When a request's last segment and its response's first passed, nanoseconds. */
    record Exchange(long askedNs, long answeredNs) {}

    /**
     * The requests that were answered.
     *
     * @param server IPv4 address and port 80 are the server's, or the VIP's; in a VXLAN packet the inner one's
     * @return client port to its requests in order
     */
    static Map<Integer, List<Exchange>> exchanges(Path pcap, int server) throws IOException {
        Map<Integer, Long> asked = new HashMap<>();
        Map<Integer, List<Exchange>> exchanges = new TreeMap<>();
        for (Segment segment : segments(pcap, server)) {
            if (segment.toServer) {
                asked.put(segment.clientPort, segment.ns);
            } else {
                Long askedNs = asked.remove(segment.clientPort);
                if (askedNs != null) {
                    exchanges
                            .computeIfAbsent(segment.clientPort, port -> new ArrayList<>())
                            .add(new Exchange(askedNs, segment.ns));
                }
            }
        }
        return exchanges;
    }

    /** Turn-around of every request, from its last segment to its response's first. */
    static Map<Integer, List<Long>> turnArounds(Map<Integer, List<Exchange>> seen) {
        return between(seen, seen, (here, same) -> here.answeredNs - here.askedNs);
    }

    /** Times from one place to another, of the connections whose requests both places saw in the same number. */
    static Map<Integer, List<Long>> between(
            Map<Integer, List<Exchange>> from,
            Map<Integer, List<Exchange>> to,
            ToLongBiFunction<Exchange, Exchange> ns) {
        Map<Integer, List<Long>> times = new TreeMap<>();
        from.forEach((port, here) -> {
            List<Exchange> there = to.getOrDefault(port, List.of());
            if (here.size() == there.size()) {
                times.put(
                        port,
                        IntStream.range(0, here.size())
                                .mapToObj(i -> ns.applyAsLong(here.get(i), there.get(i)))
                                .toList());
            }
        });
        return times;
    }

    /** The frame itself, or the one that it carries through a tunnel (RFC 7348, section 5). */
    private static long innermost(MemorySegment bytes, long frame) {
        long ip = frame + Ethernet.BYTES;
        return Ipv4.protocol(bytes, ip) == UDP ? ip + Ipv4.headerBytes(bytes, ip) + UDP_AND_VXLAN_BYTES : frame;
    }

    private static List<Segment> segments(Path pcap, int server) throws IOException {
        List<Segment> segments = new ArrayList<>();
        frames(pcap, (ns, bytes, frame) -> {
            long ip = innermost(bytes, frame) + Ethernet.BYTES;
            long tcp = ip + Ipv4.headerBytes(bytes, ip);
            int payload = Ipv4.totalBytes(bytes, ip) - Ipv4.headerBytes(bytes, ip) - Tcp.headerBytes(bytes, tcp);
            if (payload > 0 && Ipv4.destination(bytes, ip) == server && Tcp.destinationPort(bytes, tcp) == 80) {
                segments.add(new Segment(ns, true, Tcp.sourcePort(bytes, tcp), payload));
            } else if (payload > 0 && Ipv4.source(bytes, ip) == server && Tcp.sourcePort(bytes, tcp) == 80) {
                segments.add(new Segment(ns, false, Tcp.destinationPort(bytes, tcp), payload));
            }
        });
        return segments;
    }

    /**
     * The datagrams that were answered, of clients that ask one after the other.
     *
     * @param server IPv4 address of the server, or of the VIP
     * @param port the server's
     * @return client port to its requests in order
     */
    static Map<Integer, List<Exchange>> datagrams(Path pcap, int server, int port) throws IOException {
        Map<Integer, Long> asked = new HashMap<>();
        Map<Integer, List<Exchange>> exchanges = new TreeMap<>();
        frames(pcap, (ns, bytes, frame) -> {
            long ip = frame + Ethernet.BYTES;
            long udp = ip + Ipv4.headerBytes(bytes, ip);
            if (Ipv4.destination(bytes, ip) == server && Udp.destinationPort(bytes, udp) == port) {
                asked.put(Udp.sourcePort(bytes, udp), ns);
            } else if (Ipv4.source(bytes, ip) == server && Udp.sourcePort(bytes, udp) == port) {
                int client = Udp.destinationPort(bytes, udp);
                Long askedNs = asked.remove(client);
                if (askedNs != null) {
                    exchanges.computeIfAbsent(client, c -> new ArrayList<>()).add(new Exchange(askedNs, ns));
                }
            }
        });
        return exchanges;
    }

    /** Takes a frame that was captured. */
    private interface FrameSink {
        void accept(long ns, MemorySegment bytes, long frame);
    }

    private static void frames(Path pcap, FrameSink sink) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(pcap)).order(ByteOrder.LITTLE_ENDIAN);
        if (file.remaining() < FILE_HEADER_BYTES || file.getInt(0) != MAGIC_NS) {
            throw new IOException(pcap + " is no pcap file with nanosecond stamps");
        }
        MemorySegment bytes = MemorySegment.ofBuffer(file);
        int at = FILE_HEADER_BYTES;
        while (at + RECORD_HEADER_BYTES <= file.limit()) {
            long ns = file.getInt(at) * 1_000_000_000L + file.getInt(at + 4);
            int kept = file.getInt(at + 8);
            long frame = at + RECORD_HEADER_BYTES;
            if (frame + kept > file.limit()) {
                break;
            }
            at += RECORD_HEADER_BYTES + kept;
            sink.accept(ns, bytes, frame);
        }
    }
}
