package io.hopline.node;

import io.hopline.packet.Ethernet;
import io.hopline.packet.Frame;
import io.hopline.packet.FrameHeaders;
import io.hopline.packet.Ip;
import io.hopline.packet.IpProtocol;
import io.hopline.packet.Port;
import io.hopline.packet.Tcp;
import io.hopline.sla.DatagramKey;
import io.hopline.sla.Direction;
import io.hopline.sla.Protocol;
import io.hopline.sla.RequestEnds;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import io.hopline.sla.TellingSegments;
import io.hopline.vswitch.FlowKey;
import io.hopline.vswitch.HopRecorder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notes when sampled frames passed the stations of this switch: T0 kernel stamp, T1 dequeued, T2 handed to the port,
 * T3 sending began. Worker thread only; allocates nothing per frame.
 *
 * <p>A frame's record is open from {@link #entered} until {@link #endTurn}, in which its port has been flushed. At most
 * {@value #MAX_OPEN} are open in one turn; further frames of that turn are not timed and counted in {@link #missed()}.
 */
final class TransitRecorder implements HopRecorder {
    static final int MAX_OPEN = 512;

    private static final int REQUEST = 1;
    private static final int RESPONSE = 2;
    private static final int NOWHERE = -1;

    private final RequestEnds held;
    private final LongSupplier clockNs;
    private final Port.@Nullable Kind[] portKinds = new Port.Kind[SwitchPorts.MAX_NUMBER + 1];
    private final FrameHeaders headers = new FrameHeaders();
    private final PacketEnds ends = new PacketEnds();
    private final TellingSegments telling = new TellingSegments();
    private final MemorySegment open = Arena.ofAuto().allocate((long) MAX_OPEN * Sighting.BYTES, 64);
    private final int[] outPorts = new int[MAX_OPEN];
    private int openCount;
    private int current = NOWHERE;
    private long dequeuedNs;
    private volatile TimedConnections timed = TimedConnections.NONE;
    private volatile long missed;
    private volatile long seen;
    private int seenInTurn;

    /**
     * @param ring where finished records go; this is its writer
     * @param clockNs CLOCK_REALTIME
     */
    TransitRecorder(SightingRing ring, LongSupplier clockNs) {
        this.held = new RequestEnds(ring);
        this.clockNs = clockNs;
    }

    /** Says what a port number leads to, before frames pass it; null for nothing any more. */
    void portKind(int number, Port.@Nullable Kind kind) {
        portKinds[number] = kind;
    }

    /** Changes what is timed; the caller has the switch ask for its marks again. Any thread. */
    void timed(TimedConnections connections) {
        timed = connections;
    }

    /** Stamps the batch the worker is about to process: T1 of its frames. */
    void dequeued(long ns) {
        dequeuedNs = ns;
    }

    @Override
    public int mark(FlowKey key) {
        int type = key.etherType();
        if (type != Ethernet.TYPE_IPV4 && type != Ethernet.TYPE_IPV6) {
            return 0;
        }
        ends.take(key);
        Direction direction = switch (key.ipProtocol()) {
            case IpProtocol.TCP -> timed.direction(Protocol.TCP, ends);
            case IpProtocol.UDP -> timed.direction(Protocol.UDP, ends);
            case IpProtocol.ICMP, IpProtocol.ICMPV6 -> timed.echo(key.sourcePort(), ends);
            default -> null;
        };
        if (direction == null) {
            return 0;
        }
        return direction == Direction.REQUEST ? REQUEST : RESPONSE;
    }

    @Override
    public void entered(Frame frame) {
        current = NOWHERE;
        seenInTurn++;
        Port.Kind in = kind(frame.inPort());
        Direction direction = frame.mark() == REQUEST ? Direction.REQUEST : Direction.RESPONSE;
        if (in == null
                || headers.parse(frame) != FrameHeaders.Verdict.OK
                || headers.l4Offset() < 0
                || !tells(frame, direction)) {
            return;
        }
        if (openCount == MAX_OPEN) {
            missed = missed + 1;
            return;
        }
        current = openCount++;
        outPorts[current] = NOWHERE;
        long at = (long) current * Sighting.BYTES;
        SightingWriter.transit(open, at, direction, in);
        ends.write(open, at);
        identify(at, direction, frame.memory(), frame.offset());
        SightingWriter.entered(open, at, frame.rxKernelNs(), dequeuedNs);
    }

    /** An ACK alone tells of a guest's kernel, and is noted at the guest's device. Every datagram tells. Fills {@link #ends}. */
    private boolean tells(Frame frame, Direction direction) {
        MemorySegment memory = frame.memory();
        long ip = frame.offset() + headers.l3Offset();
        long l4 = frame.offset() + headers.l4Offset();
        if (headers.isIcmp()) {
            ends.take(Protocol.ICMP, memory, ip, l4);
            ends.directEcho(direction, memory, l4);
            return timed.isTimedClient(ends.clientHigh(), ends.clientLow(), ends.clientPort());
        }
        boolean tcp = headers.isTcp();
        if (tcp && headers.payloadBytes() == 0 && (headers.tcpFlags() & Sighting.SYN) == 0) {
            return false;
        }
        ends.take(tcp ? Protocol.TCP : Protocol.UDP, memory, ip, l4);
        ends.direct(direction);
        return !tcp
                || telling.tells(
                        direction,
                        ends.clientHigh(),
                        ends.clientLow(),
                        ends.clientPort(),
                        headers.tcpFlags(),
                        Tcp.sequence(memory, l4),
                        Tcp.acknowledgment(memory, l4),
                        headers.payloadBytes());
    }

    /** Copies what the packet is known by, of the frame that {@code headers} has parsed. */
    private void identify(long at, Direction direction, MemorySegment memory, long frame) {
        long l4 = frame + headers.l4Offset();
        int payload = headers.payloadBytes();
        if (headers.isIcmp()) {
            SightingWriter.datagram(open, at, Protocol.ICMP, DatagramKey.ofEcho(memory, l4), payload);
        } else if (headers.isUdp()) {
            int identification = Ip.identification(memory, frame + headers.l3Offset());
            long key = DatagramKey.ofUdp(direction, memory, l4, payload, identification);
            SightingWriter.datagram(open, at, Protocol.UDP, key, payload);
        } else {
            SightingWriter.segment(
                    open, at, headers.tcpFlags(), Tcp.sequence(memory, l4), Tcp.acknowledgment(memory, l4), payload);
        }
    }

    @Override
    public void left(Frame frame, int outPort) {
        if (current != NOWHERE) {
            outPorts[current] = outPort;
            SightingWriter.left(open, (long) current * Sighting.BYTES, kind(outPort), clockNs.getAsLong());
        }
    }

    private Port.@Nullable Kind kind(int port) {
        return port >= 0 && port < portKinds.length ? portKinds[port] : null;
    }

    /** True when a timed frame of this turn waits in the port. */
    boolean isOpenTo(int port) {
        for (int i = 0; i < openCount; i++) {
            if (outPorts[i] == port) {
                return true;
            }
        }
        return false;
    }

    /** Stamps the flush of a port: T3 of the frames in it. */
    void sent(int port, long startNs, long endNs) {
        for (int i = 0; i < openCount; i++) {
            if (outPorts[i] == port) {
                SightingWriter.sent(open, (long) i * Sighting.BYTES, startNs, endNs);
            }
        }
    }

    /** Hands the turn's records to the ring, but for ends of requests that may yet go on. */
    void endTurn() {
        if (seenInTurn > 0) {
            seen = seen + seenInTurn;
            seenInTurn = 0;
        }
        if (openCount == 0 && !held.holds()) {
            return;
        }
        long nowNs = clockNs.getAsLong();
        for (int i = 0; i < openCount; i++) {
            held.offer(open, (long) i * Sighting.BYTES, nowNs);
        }
        held.release(nowNs);
        openCount = 0;
        current = NOWHERE;
    }

    /** Frames of timed connections, worth noting or not; any thread. */
    long seen() {
        return seen;
    }

    /** Frames that were to be timed but found no room in their turn. */
    long missed() {
        return missed;
    }
}
