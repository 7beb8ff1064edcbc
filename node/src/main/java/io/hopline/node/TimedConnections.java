package io.hopline.node;

import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import io.hopline.sla.Endpoint;
import io.hopline.sla.MeasuredEndpoints;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which TCP packets are timed: those of a measured endpoint whose client the sampler picks, or whose client is an L7 proxy
 * of ours. A proxy's few pooled connections carry the requests of many clients, so all of them are watched.
 *
 * <p>Immutable; look-ups allocate nothing.
 */
final class TimedConnections {
    static final TimedConnections NONE =
            new TimedConnections(MeasuredEndpoints.none(), ConnectionSampler.oneIn(1), new int[0]);

    private final MeasuredEndpoints endpoints;
    private final ConnectionSampler sampler;
    private final int[] proxies;

    private TimedConnections(MeasuredEndpoints endpoints, ConnectionSampler sampler, int[] proxies) {
        this.endpoints = endpoints;
        this.sampler = sampler;
        this.proxies = proxies;
    }

    /**
     * @param measured services with their endpoints
     * @param proxies addresses from which L7 proxies connect to backends, big-endian ints
     */
    static TimedConnections of(List<NodeConfig.Measured> measured, Set<Integer> proxies, ConnectionSampler sampler) {
        Map<String, List<Endpoint>> endpoints = new LinkedHashMap<>();
        for (NodeConfig.Measured service : measured) {
            List<Endpoint> parsed = new ArrayList<>();
            service.endpoints().forEach(text -> parsed.add(Endpoint.parse(text)));
            endpoints.put(service.service(), parsed);
        }
        return new TimedConnections(
                MeasuredEndpoints.of(endpoints),
                sampler,
                proxies.stream().mapToInt(Integer::intValue).sorted().toArray());
    }

    /** Which way a packet travels between a client and a measured endpoint; null when it is not timed. */
    @Nullable
    Direction direction(int sourceIp, int sourcePort, int destinationIp, int destinationPort) {
        if (endpoints.contains(destinationIp, destinationPort)) {
            return isTimedClient(sourceIp, sourcePort) ? Direction.REQUEST : null;
        }
        if (endpoints.contains(sourceIp, sourcePort)) {
            return isTimedClient(destinationIp, destinationPort) ? Direction.RESPONSE : null;
        }
        return null;
    }

    boolean isTimedClient(int ip, int port) {
        return sampler.sampled(ip, port) || isProxy(ip);
    }

    private boolean isProxy(int ip) {
        for (int proxy : proxies) {
            if (proxy == ip) {
                return true;
            }
        }
        return false;
    }

    ConnectionSampler sampler() {
        return sampler;
    }

    /** Ports of the measured endpoints, each once; none when nothing is measured. */
    int[] ports() {
        return endpoints.endpoints().stream()
                .mapToInt(Endpoint::port)
                .distinct()
                .sorted()
                .toArray();
    }

    int[] proxies() {
        return proxies.clone();
    }
}
