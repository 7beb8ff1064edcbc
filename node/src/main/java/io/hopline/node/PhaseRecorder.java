package io.hopline.node;

import io.hopline.lb.proxy.OwnAnswer;
import io.hopline.lb.proxy.PhaseListener;
import io.hopline.lb.proxy.RequestPhases;
import io.hopline.packet.IpAddress;
import io.hopline.sla.Endpoint;
import io.hopline.sla.Sighting;
import io.hopline.sla.SightingRing;
import io.hopline.sla.SightingWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/** Puts the phases of timed requests through the L7 proxies, and which the proxies answered themselves, into a ring. Any event loop calls; calls are serialised. */
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
                !timed.isMeasured(endpoint(phases.asked())),
                endpoint(phases.client()),
                endpoint(phases.backendLocal()),
                phases.status(),
                phases.firstByteNs(),
                phases.routedNs(),
                phases.connectingNs() - phases.routedNs(),
                phases.connectedNs(),
                phases.requestWrittenNs(),
                phases.responseFirstByteNs(),
                phases.responseWrittenNs());
        synchronized (record) {
            SightingWriter.phases(record, 0, sighting);
            ring.offer(record, 0);
        }
    }

    @Override
    public void answeredItself(OwnAnswer answer) {
        TimedConnections now = timed;
        Endpoint vip = now.vip(answer.service());
        if (vip == null) {
            return;
        }
        Sighting.OwnAnswer sighting = new Sighting.OwnAnswer(
                !now.isMeasured(endpoint(answer.asked())),
                answer.backendAsked(),
                endpoint(answer.client()),
                vip,
                answer.status(),
                answer.firstByteNs(),
                answer.answeredNs());
        synchronized (record) {
            SightingWriter.ownAnswer(record, 0, sighting);
            ring.offer(record, 0);
        }
    }

    @Override
    public BooleanSupplier timing(InetSocketAddress opener) {
        Endpoint client = endpoint(opener);
        return () -> {
            TimedConnections now = timed;
            return !now.isEmpty() && now.isTimedClient(client);
        };
    }

    private static Endpoint endpoint(InetSocketAddress address) {
        return new Endpoint(IpAddress.of(address.getAddress().getAddress()), address.getPort());
    }
}
