package io.hopline.sla;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts a proxy's backend request into the gap that its front request has at the proxy's network device. */
final class ProxySplice {
    private ProxySplice() {}

    /**
     * The boundaries of a front request from end to end.
     *
     * @param phases what the proxy itself recorded; null when that is lost
     * @param inner the backend request's boundaries from the proxy's device and back to it, the guest's included; null
     *     when it was not joined
     */
    static List<Mark> marks(Leg front, Sighting.@Nullable Phases phases, @Nullable List<Mark> inner) {
        String host = front.serverHost();
        List<Mark> marks = new ArrayList<>(front.before());
        if (phases != null) {
            long arrivedNs = front.arrivedNs();
            marks.add(new Mark(Hop.PROXY_TCPIP, Direction.REQUEST, host, notBefore(arrivedNs, phases.readNs())));
            marks.addAll(decided(host, phases, arrivedNs));
        }
        if (inner != null) {
            marks.add(inner.getFirst().as(phases == null ? Hop.PROXY : Hop.PROXY_WRITE));
            marks.addAll(inner.subList(1, inner.size()));
        }
        if (phases != null) {
            Hop toProxy = inner == null ? null : Hop.PROXY_TCPIP;
            marks.add(new Mark(toProxy, Direction.RESPONSE, host, phases.firstByteNs()));
        }
        Hop fromProxy = phases != null ? Hop.PROXY_WRITE : inner != null ? Hop.PROXY : null;
        marks.add(front.after().getFirst().as(fromProxy));
        marks.addAll(front.after().subList(1, front.after().size()));
        return marks;
    }

    /** The boundaries from end to end of a request that the proxy answered itself. What it waited for a backend is no hop's. */
    static List<Mark> answeredItself(Leg front, Sighting.OwnAnswer own) {
        String host = front.serverHost();
        long arrivedNs = front.arrivedNs();
        Hop decided = own.backendAsked() ? null : Hop.PROXY_ROUTE;
        List<Mark> marks = new ArrayList<>(front.before());
        marks.add(new Mark(Hop.PROXY_TCPIP, Direction.REQUEST, host, notBefore(arrivedNs, own.readNs())));
        marks.add(new Mark(decided, Direction.REQUEST, host, notBefore(arrivedNs, own.answeredNs())));
        marks.add(front.after().getFirst().as(Hop.PROXY_WRITE));
        marks.addAll(front.after().subList(1, front.after().size()));
        return marks;
    }

    /**
     * The boundaries of a request that the proxy alone saw come and go.
     *
     * @param host the proxy's
     * @param inner as above
     */
    static List<Mark> published(String host, Sighting.Phases phases, List<Mark> inner) {
        List<Mark> marks = new ArrayList<>();
        marks.add(new Mark(null, Direction.REQUEST, host, phases.readNs()));
        marks.addAll(decided(host, phases, phases.readNs()));
        marks.add(inner.getFirst().as(Hop.PROXY_WRITE));
        marks.addAll(inner.subList(1, inner.size()));
        marks.add(new Mark(Hop.PROXY_TCPIP, Direction.RESPONSE, host, phases.firstByteNs()));
        marks.add(new Mark(Hop.PROXY_WRITE, Direction.RESPONSE, host, phases.doneNs()));
        return marks;
    }

    /** From the request's first byte until a connection to the backend is at hand. */
    private static List<Mark> decided(String host, Sighting.Phases phases, long arrivedNs) {
        long connectingNs = Math.min(phases.routedNs() + phases.queuedNs(), phases.acquiredNs());
        return List.of(
                new Mark(Hop.PROXY_ROUTE, Direction.REQUEST, host, notBefore(arrivedNs, phases.routedNs())),
                new Mark(Hop.PROXY_QUEUE, Direction.REQUEST, host, notBefore(arrivedNs, connectingNs)),
                new Mark(Hop.PROXY_CONNECT, Direction.REQUEST, host, notBefore(arrivedNs, phases.acquiredNs())));
    }

    /**
     * A long request's last byte, from which all is counted, may arrive when the proxy has long read and routed its first:
     * what was done before that took no time of its own.
     */
    private static long notBefore(long arrivedNs, long ns) {
        return ns == 0 ? 0 : Math.max(arrivedNs, ns);
    }
}
