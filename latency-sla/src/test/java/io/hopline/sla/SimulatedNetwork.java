package io.hopline.sla;

import static org.assertj.core.api.Assertions.assertThat;

import io.hopline.packet.Port;
import io.hopline.sla.HandMade.Tcp;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Two hosts, their guests and their clients, in virtual time: every request's hop times are drawn first and then told as
 * the sightings that real hosts would send. Client addresses keep through the service's NAT, responses come in
 * super-frames that the tunnel cuts, and hosts send batches that arrive late and shuffled.
 */
final class SimulatedNetwork {
    static final long BATCH_NS = 250_000_000L;
    private static final long MAX_DELAY_NS = 300_000_000L;

    /** Median times in nanoseconds. */
    record Profile(long hostNic, long vswitch, long vnic, long overlay, long guestKernel, long server) {
        static Profile namespaces() {
            return new Profile(9_000, 6_000, 14_000, 19_000, 21_000, 98_000);
        }

        static Profile virtualMachines() {
            return new Profile(11_000, 8_000, 31_000, 22_000, 290_000, 510_000);
        }
    }

    /** What really happened to one request. */
    static final class Truth {
        final Endpoint client;
        final String backend;
        long startNs;
        long endNs;
        final Map<String, Long> hops = new LinkedHashMap<>();

        Truth(Endpoint client, String backend) {
            this.client = client;
            this.backend = backend;
        }

        void add(Hop hop, Direction direction, String host, long ns) {
            hops.merge(hop.id() + "," + direction.id() + "," + host, ns, Long::sum);
        }
    }

    /** A host's batch and when it arrives. */
    record Delivery(long arrivalNs, String host, ByteBuffer batch) {}

    private record Told(String host, long ns, Sighting sighting) {}

    /** One TCP connection and where its ends are. */
    private static final class Wire {
        final Endpoint client;
        final Endpoint entry;
        final Endpoint server;
        final Port.Kind entryKind;
        final String serverHost;
        final long kernelNs;
        int seq;
        int ack;

        Wire(
                Endpoint client,
                Endpoint entry,
                Endpoint server,
                Port.Kind kind,
                String host,
                long kernelNs,
                Random random) {
            this.client = client;
            this.entry = entry;
            this.server = server;
            this.entryKind = kind;
            this.serverHost = host;
            this.kernelNs = kernelNs;
            this.seq = random.nextInt();
            this.ack = random.nextInt();
        }

        boolean twoHosts() {
            return !serverHost.equals("a");
        }
    }

    private final Random random;
    private final Profile profile;
    private final List<Told> told = new ArrayList<>();
    private final Map<String, Truth> truths = new HashMap<>();
    private int proxyPort = 40_000;
    /** Pieces with PSH that a request has before its end. */
    private int uploadPieces;

    private int retransmitted;

    SimulatedNetwork(long seed, Profile profile) {
        this.random = new Random(seed);
        this.profile = profile;
    }

    /** From now on every request is written in pieces, of which each ends with PSH. */
    void uploads(int pieces) {
        uploadPieces = pieces;
    }

    /** By {@link #key}. */
    Map<String, Truth> truths() {
        return truths;
    }

    /** Requests that were sent twice, and so are to be excluded. */
    int retransmitted() {
        return retransmitted;
    }

    static String key(Endpoint client, long startNs) {
        return client + " " + startNs;
    }

    /** A keep-alive connection with this many requests, one after the other, to one of the two backends. */
    void connection(Endpoint client, long startNs, int requests, double retransmissionRate) {
        boolean far = random.nextBoolean();
        Wire wire = open(client, HandMade.VIP, far ? HandMade.WEB2 : HandMade.WEB1, Port.Kind.UPLINK, far, startNs);
        long now = startNs + 2_000_000;
        for (int i = 0; i < requests; i++) {
            Truth truth = new Truth(client, far ? "web2" : "web1");
            boolean twice = random.nextDouble() < retransmissionRate;
            now = exchange(wire, truth, now, twice) + around(400_000);
            if (twice) {
                retransmitted++;
            } else {
                truths.put(key(client, truth.startNs), truth);
            }
        }
    }

    /** The same through a proxy on a, which keeps one connection to a backend. */
    void proxiedConnection(Endpoint client, long startNs, int requests) {
        boolean far = random.nextBoolean();
        Wire front = open(client, HandMade.VIP, HandMade.VIP, Port.Kind.UPLINK, false, startNs);
        Endpoint local = new Endpoint(HandMade.PROXY.address(), proxyPort++);
        Endpoint backend = far ? HandMade.WEB2 : HandMade.WEB1;
        Wire back = open(local, backend, backend, Port.Kind.VNIC, far, startNs + 1_000_000);
        long now = startNs + 3_000_000;
        for (int i = 0; i < requests; i++) {
            Truth truth = new Truth(client, far ? "web2" : "web1");
            now = proxied(front, back, truth, now) + around(400_000);
            truths.put(key(client, truth.startNs), truth);
        }
    }

    /** Leaves out what the places would not have noted; returns how many sightings that were. */
    int noteWhatTells() {
        int before = told.size();
        told.sort(Comparator.comparingLong(Told::ns));
        Map<String, TellingSegments> places = new HashMap<>();
        told.removeIf(t -> t.sighting instanceof Sighting.Segment segment
                && !tells(places.computeIfAbsent(place(t.host, segment), key -> new TellingSegments()), segment));
        return before - told.size();
    }

    /** Leaves out the ends of requests that the places would have held back; returns how many sightings that were. */
    int noteLastEnds() {
        int before = told.size();
        told.sort(Comparator.comparingLong(Told::ns));
        Map<String, Place> places = new HashMap<>();
        List<Told> noted = new ArrayList<>();
        for (Told t : told) {
            if (t.sighting instanceof Sighting.Segment segment) {
                places.computeIfAbsent(place(t.host, segment), key -> new Place(t.host))
                        .note(t, noted);
            } else {
                noted.add(t);
            }
        }
        places.values().forEach(place -> place.close(noted));
        told.clear();
        told.addAll(noted);
        return before - told.size();
    }

    /** A place's ring, with what a node holds back in front of it. */
    private static final class Place {
        private final String host;
        private final SightingRing ring = new SightingRing(64);
        private final RequestEnds ends = new RequestEnds(ring);
        private final MemorySegment record = MemorySegment.ofArray(new byte[Sighting.BYTES]);
        private long lastNs;

        Place(String host) {
            this.host = host;
        }

        void note(Told t, List<Told> noted) {
            lastNs = t.ns;
            ends.release(t.ns);
            SightingWriter.write(record, 0, t.sighting);
            ends.offer(record, 0, t.ns);
            drain(noted);
        }

        void close(List<Told> noted) {
            for (int i = 0; ends.holds(); i++) {
                assertThat(i).as("looks until all is handed on").isLessThan(8);
                lastNs += RequestEnds.HOLD_MS * 1_000_000L;
                ends.release(lastNs);
                drain(noted);
            }
            ring.close();
        }

        private void drain(List<Told> noted) {
            while (ring.drain(record) > 0) {
                noted.add(new Told(host, lastNs, Objects.requireNonNull(Sighting.decode(record.asByteBuffer(), 0))));
            }
        }
    }

    private static String place(String host, Sighting.Segment segment) {
        return switch (segment) {
            case Sighting.Transit transit -> host;
            case Sighting.Edge edge ->
                host + edge.kind() + (edge.leaving() == (edge.direction() == Direction.REQUEST) ? "server" : "client");
        };
    }

    private static boolean tells(TellingSegments telling, Sighting.Segment segment) {
        boolean alone = segment.payloadLength() == 0 && !segment.syn();
        return !(segment instanceof Sighting.Transit && alone)
                && telling.tells(
                        segment.direction(),
                        segment.client().address().high(),
                        segment.client().address().low(),
                        segment.client().port(),
                        segment.flags(),
                        segment.seq(),
                        segment.ack(),
                        segment.payloadLength());
    }

    /** All batches in the order of their arrival; each sighting is lost with this probability. */
    List<Delivery> deliveries(double lossRate) {
        Map<String, List<Told>> batches = new HashMap<>();
        for (Told t : told) {
            if (random.nextDouble() >= lossRate) {
                batches.computeIfAbsent(t.host + " " + t.ns / BATCH_NS, key -> new ArrayList<>())
                        .add(t);
            }
        }
        List<Delivery> deliveries = new ArrayList<>();
        for (List<Told> batch : batches.values()) {
            Collections.shuffle(batch, random);
            MemorySegment memory = MemorySegment.ofArray(new byte[batch.size() * Sighting.BYTES]);
            for (int i = 0; i < batch.size(); i++) {
                SightingWriter.write(memory, (long) i * Sighting.BYTES, batch.get(i).sighting);
            }
            long sentNs = (batch.getFirst().ns / BATCH_NS + 1) * BATCH_NS;
            deliveries.add(
                    new Delivery(sentNs + random.nextLong(MAX_DELAY_NS), batch.getFirst().host, memory.asByteBuffer()));
        }
        deliveries.sort(Comparator.comparingLong(Delivery::arrivalNs));
        return deliveries;
    }

    private Wire open(Endpoint client, Endpoint entry, Endpoint server, Port.Kind kind, boolean far, long ns) {
        Wire wire = new Wire(client, entry, server, kind, far ? "b" : "a", around(profile.guestKernel), random);
        long arrived = there(wire, new Tcp(Sighting.SYN, wire.seq, 0, 0), ns, null);
        wire.seq++;
        back(wire, new Tcp(Sighting.SYN | Sighting.ACK, wire.ack, wire.seq, 0), arrived + wire.kernelNs, null);
        wire.ack++;
        return wire;
    }

    private long exchange(Wire wire, Truth truth, long startNs, boolean twice) {
        int requestBytes = 80 + random.nextInt(400);
        int responseBytes = random.nextInt(4) == 0 ? 3_000 + random.nextInt(40_000) : 250;
        for (int piece = 0; piece < uploadPieces; piece++) {
            there(wire, Tcp.data(wire.seq, wire.ack, 1_400), startNs, null);
            wire.seq += 1_400;
            startNs += 2_000_000;
        }
        Tcp request = Tcp.data(wire.seq, wire.ack, requestBytes);
        if (twice) {
            there(wire, request, startNs, null);
            startNs += 200_000_000;
        }
        truth.startNs = startNs;
        long arrived = there(wire, request, startNs, truth);
        wire.seq += requestBytes;
        long server = around(profile.server);
        truth.add(Hop.GUEST_TCPIP, Direction.REQUEST, wire.serverHost, wire.kernelNs);
        truth.add(Hop.NGINX, Direction.REQUEST, wire.serverHost, server);
        Tcp response = Tcp.data(wire.ack, wire.seq, responseBytes);
        truth.endNs = back(wire, response, arrived + wire.kernelNs + server, truth);
        wire.ack += responseBytes;
        there(wire, new Tcp(Sighting.ACK, wire.seq, wire.ack, 0), truth.endNs + 50_000, null);
        return truth.endNs;
    }

    private long proxied(Wire front, Wire back, Truth truth, long startNs) {
        truth.startNs = startNs;
        long at = there(front, Tcp.data(front.seq, front.ack, 200), startNs, truth);
        front.seq += 200;
        long read = spend(Hop.PROXY_TCPIP, truth, at, 24_000, Direction.REQUEST);
        long routed = spend(Hop.PROXY_ROUTE, truth, read, 11_000, Direction.REQUEST);
        long connecting = spend(Hop.PROXY_QUEUE, truth, routed, 1_000, Direction.REQUEST);
        long acquired = spend(Hop.PROXY_CONNECT, truth, connecting, 3_000, Direction.REQUEST);
        long out = spend(Hop.PROXY_WRITE, truth, acquired, 16_000, Direction.REQUEST);
        Truth inner = new Truth(back.client, truth.backend);
        long in = exchange(back, inner, out, false);
        inner.hops.forEach((hop, ns) -> truth.hops.merge(hop, ns, Long::sum));
        long firstByte = spend(Hop.PROXY_TCPIP, truth, in, 22_000, Direction.RESPONSE);
        long written = spend(Hop.PROXY_WRITE, truth, firstByte, 17_000, Direction.RESPONSE);
        tell(
                "a",
                written,
                new Sighting.Phases(
                        false,
                        front.client,
                        back.client,
                        200,
                        read,
                        routed,
                        connecting - routed,
                        acquired,
                        out + 2_000,
                        firstByte,
                        written + 3_000));
        truth.endNs = back(front, Tcp.data(front.ack, front.seq, 250), written, truth);
        front.ack += 250;
        return truth.endNs;
    }

    private long spend(Hop hop, Truth truth, long fromNs, long medianNs, Direction direction) {
        long ns = around(medianNs);
        truth.add(hop, direction, "a", ns);
        return fromNs + ns;
    }

    /** A frame on its way to the server; returns when it arrives at the server's device. */
    private long there(Wire wire, Tcp tcp, long t0, @Nullable Truth truth) {
        Direction there = Direction.REQUEST;
        boolean uplink = wire.entryKind == Port.Kind.UPLINK;
        long t1 = step(truth, uplink ? Hop.HOST_NIC : Hop.VNIC, there, "a", t0);
        long t2 = step(truth, Hop.VSWITCH, there, "a", t1);
        long t3 = t2 + around(2_000);
        Port.Kind out = wire.twoHosts() ? Port.Kind.TUNNEL : Port.Kind.VNIC;
        transit("a", wire.client, wire.entry, there, tcp, wire.entryKind, out, uplink ? t0 : 0, t1, t2, t3);
        if (!uplink || random.nextBoolean()) {
            tell("a", t0, HandMade.edge(wire.client, wire.entry, there, tcp, wire.entryKind, false, t0));
        }
        if (wire.twoHosts()) {
            add(truth, Hop.HOST_NIC, there, "a", t3 - t2);
            long far0 = step(truth, Hop.OVERLAY, there, "b", t3);
            long far1 = step(truth, Hop.HOST_NIC, there, "b", far0);
            t2 = step(truth, Hop.VSWITCH, there, "b", far1);
            transit(
                    "b",
                    wire.client,
                    wire.server,
                    there,
                    tcp,
                    Port.Kind.TUNNEL,
                    Port.Kind.VNIC,
                    far0,
                    far1,
                    t2,
                    t2 + 900);
        }
        long arrived = step(truth, Hop.VNIC, there, wire.serverHost, t2);
        tell(
                wire.serverHost,
                arrived,
                HandMade.edge(wire.client, wire.server, there, tcp, Port.Kind.VNIC, true, arrived));
        return arrived;
    }

    /** A frame on its way to the client, cut where it leaves its host; returns when its first piece leaves the network. */
    private long back(Wire wire, Tcp tcp, long fromNs, @Nullable Truth truth) {
        Direction back = Direction.RESPONSE;
        String host = wire.serverHost;
        tell(host, fromNs, HandMade.edge(wire.client, wire.server, back, tcp, Port.Kind.VNIC, false, fromNs));
        long t1 = step(truth, Hop.VNIC, back, host, fromNs);
        long t2 = step(truth, Hop.VSWITCH, back, host, t1);
        long t3 = t2 + around(2_000);
        Port.Kind out = wire.twoHosts() ? Port.Kind.TUNNEL : wire.entryKind;
        transit(host, wire.client, wire.server, back, tcp, Port.Kind.VNIC, out, 0, t1, t2, t3);
        if (wire.twoHosts()) {
            add(truth, Hop.HOST_NIC, back, host, t3 - t2);
            long far0 = step(truth, Hop.OVERLAY, back, "a", t3);
            long far1 = step(truth, Hop.HOST_NIC, back, "a", far0);
            t2 = step(truth, Hop.VSWITCH, back, "a", far1);
            long piece = 0;
            for (Tcp part : cut(tcp)) {
                transit(
                        "a",
                        wire.client,
                        wire.server,
                        back,
                        part,
                        Port.Kind.TUNNEL,
                        wire.entryKind,
                        far0,
                        far1 + piece,
                        t2 + piece,
                        t2 + piece + 800);
                piece += 300;
            }
        }
        boolean uplink = wire.entryKind == Port.Kind.UPLINK;
        long end = step(truth, uplink ? Hop.HOST_NIC : Hop.VNIC, back, "a", t2);
        long piece = 0;
        for (Tcp part : cut(tcp)) {
            tell("a", end, HandMade.edge(wire.client, wire.entry, back, part, wire.entryKind, true, end + piece));
            piece += 400;
        }
        return end;
    }

    /** Segments of 1,400 bytes; a frame without payload is one piece. */
    private static List<Tcp> cut(Tcp tcp) {
        List<Tcp> parts = new ArrayList<>();
        int at = 0;
        do {
            int length = Math.min(1400, tcp.length() - at);
            int flags = at + length < tcp.length() ? tcp.flags() & ~Sighting.PSH : tcp.flags();
            parts.add(new Tcp(flags, tcp.seq() + at, tcp.ack(), length));
            at += 1400;
        } while (at < tcp.length());
        return parts;
    }

    private long step(@Nullable Truth truth, Hop hop, Direction direction, String host, long fromNs) {
        long median = switch (hop) {
            case HOST_NIC -> profile.hostNic;
            case VSWITCH -> profile.vswitch;
            case VNIC -> profile.vnic;
            case OVERLAY -> profile.overlay;
            default -> throw new IllegalArgumentException(hop.id());
        };
        long ns = around(median);
        add(truth, hop, direction, host, ns);
        return fromNs + ns;
    }

    private static void add(@Nullable Truth truth, Hop hop, Direction direction, String host, long ns) {
        if (truth != null) {
            truth.add(hop, direction, host, ns);
        }
    }

    private void transit(
            String host,
            Endpoint client,
            Endpoint service,
            Direction direction,
            Tcp tcp,
            Port.Kind in,
            Port.Kind out,
            long t0,
            long t1,
            long t2,
            long t3) {
        tell(host, t1, HandMade.transit(client, service, direction, tcp, in, out, t0, t1, t2, t3, t3 + 20_000));
    }

    private void tell(String host, long ns, Sighting sighting) {
        told.add(new Told(host, ns, sighting));
    }

    /** Log-normal around a median, with now and then a stall. */
    private long around(long medianNs) {
        double factor = Math.exp(random.nextGaussian() * 0.28);
        if (random.nextInt(400) == 0) {
            factor *= 4 + random.nextInt(14);
        }
        return Math.max(100, (long) (medianNs * factor));
    }
}
