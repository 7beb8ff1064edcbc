package io.hopline.node;

import io.hopline.lb.PhaseListener;
import io.hopline.lb.RequestPhases;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** Puts the phases of timed requests through the L7 proxies into a ring. Any event loop calls; calls are serialised. */
final class PhaseRecorder implements PhaseListener {
    private final SightingRing ring;
    private final MemorySegment record = Arena.ofAuto().allocate(Sighting.BYTES, 64);
    private volatile TimedConnections timed = TimedConnections.NONE;

    PhaseRecorder(SightingRing ring) {
        this.ring = ring;
    }

    void timed(TimedConnections connections) {
        timed = connections;
    }

    @Override
    public void requestDone(RequestPhases phases) {
        Sighting.Phases sighting = new Sighting.Phases(
                ip(phases.client()),
                phases.client().getPort(),
                ip(phases.backendLocal()),
                phases.backendLocal().getPort(),
                phases.status(),
                phases.firstByteNs(),
                phases.routedNs(),
                phases.connectedNs(),
                phases.requestWrittenNs(),
                phases.responseFirstByteNs(),
                phases.responseWrittenNs());
        synchronized (record) {
            SightingWriter.phases(record, 0, sighting);
            ring.offer(record, 0);
        }
    }

    /** Of IPv6 none are. */
    @Override
    public boolean times(InetSocketAddress opener) {
        TimedConnections now = timed;
        return opener.getAddress() instanceof Inet4Address
                && !now.isEmpty()
                && now.isTimedClient(ip(opener), opener.getPort());
    }

    private static int ip(InetSocketAddress address) {
        return ByteBuffer.wrap(address.getAddress().getAddress()).getInt();
    }
}
