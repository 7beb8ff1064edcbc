package io.hopline.sla;

import java.util.Comparator;
import java.util.List;

/**
 * Sorts hops as a request meets them: the way there before the way back, the entry host first on the way there and last on
 * the way back, and within a host from NIC to server or from server to NIC.
 */
final class PathOrder implements Comparator<Series> {
    private static final List<Hop> THERE = List.of(
            Hop.OVERLAY,
            Hop.HOST_NIC,
            Hop.VSWITCH,
            Hop.VNIC,
            Hop.PROXY_TCPIP,
            Hop.PROXY_ROUTE,
            Hop.PROXY_QUEUE,
            Hop.PROXY_CONNECT,
            Hop.PROXY_WRITE,
            Hop.PROXY,
            Hop.GUEST_TCPIP,
            Hop.NGINX,
            Hop.GUEST);
    private static final List<Hop> BACK =
            List.of(Hop.PROXY_TCPIP, Hop.PROXY_WRITE, Hop.PROXY, Hop.VNIC, Hop.OVERLAY, Hop.VSWITCH, Hop.HOST_NIC);

    private final List<String> hosts;

    /** Orders by these hosts, the entry host first; hosts not named come last. */
    PathOrder(List<String> hosts) {
        this.hosts = hosts;
    }

    @Override
    public int compare(Series a, Series b) {
        return Integer.compare(rank(a), rank(b));
    }

    private int rank(Series series) {
        boolean there = series.direction() != Direction.RESPONSE;
        int host = hosts.indexOf(series.host());
        host = host < 0 ? hosts.size() : host;
        int hop = (there ? THERE : BACK).indexOf(Hop.of(series.name()));
        int hostRank = there ? host : hosts.size() - host;
        return ((there ? 0 : 1) * 1000 + hostRank) * 100 + (hop < 0 ? 99 : hop);
    }
}
