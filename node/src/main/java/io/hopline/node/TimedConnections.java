package io.hopline.node;

import io.hopline.packet.Icmp;
import io.hopline.packet.Icmpv6;
import io.hopline.packet.Ipv6Address;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.Direction;
import io.hopline.sla.Endpoint;
import io.hopline.sla.MeasuredEndpoints;
import io.hopline.sla.Protocol;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which packets are timed: those of a measured endpoint whose client the sampler picks. The client may be an L7 proxy of ours,
 * which sends requests of timed clients on from ports that are picked, too. An echo's client is picked by its address and
 * identifier.
 *
 * <p>Immutable; look-ups allocate nothing.
 */
final class TimedConnections {
    static final TimedConnections NONE = of(List.of(), ConnectionSampler.oneIn(1));

    private final Map<Protocol, MeasuredEndpoints> endpoints;
    private final Map<String, Endpoint> vips;
    private final MeasuredEndpoints tcp;
    private final MeasuredEndpoints udp;
    private final MeasuredEndpoints icmp;
    private final ConnectionSampler sampler;

    private TimedConnections(
            Map<Protocol, MeasuredEndpoints> endpoints, Map<String, Endpoint> vips, ConnectionSampler sampler) {
        this.endpoints = endpoints;
        this.vips = vips;
        this.tcp = endpoints.getOrDefault(Protocol.TCP, MeasuredEndpoints.none());
        this.udp = endpoints.getOrDefault(Protocol.UDP, MeasuredEndpoints.none());
        this.icmp = endpoints.getOrDefault(Protocol.ICMP, MeasuredEndpoints.none());
        this.sampler = sampler;
    }

    /** @param measured services with their endpoints, of each the virtual address first */
    static TimedConnections of(List<NodeConfig.Measured> measured, ConnectionSampler sampler) {
        Map<Protocol, Map<String, List<Endpoint>>> parsed = new EnumMap<>(Protocol.class);
        for (NodeConfig.Measured service : measured) {
            String protocol = service.protocol();
            Map<String, List<Endpoint>> services = parsed.computeIfAbsent(
                    protocol == null ? Protocol.TCP : Protocol.parse(protocol), p -> new LinkedHashMap<>());
            List<Endpoint> one = services.computeIfAbsent(service.service(), name -> new ArrayList<>());
            service.endpoints().forEach(text -> one.add(Endpoint.parse(text)));
        }
        Map<Protocol, MeasuredEndpoints> endpoints = new EnumMap<>(Protocol.class);
        parsed.forEach((protocol, services) -> endpoints.put(protocol, MeasuredEndpoints.of(services)));
        Map<String, Endpoint> vips = new HashMap<>();
        parsed.getOrDefault(Protocol.TCP, Map.of()).forEach((service, list) -> vips.put(service, list.getFirst()));
        return new TimedConnections(endpoints, vips, sampler);
    }

    /**
     * Which way a TCP or UDP packet travels between a client and a measured endpoint; null when it is not timed.
     *
     * @param protocol {@link Protocol#TCP} or {@link Protocol#UDP}
     */
    @Nullable
    Direction direction(Protocol protocol, PacketEnds ends) {
        MeasuredEndpoints measured = protocol == Protocol.UDP ? udp : tcp;
        if (measured.contains(ends.destinationHigh(), ends.destinationLow(), ends.destinationPort())) {
            boolean timed = isTimedClient(ends.sourceHigh(), ends.sourceLow(), ends.sourcePort());
            return timed ? Direction.REQUEST : null;
        }
        if (measured.contains(ends.sourceHigh(), ends.sourceLow(), ends.sourcePort())) {
            boolean timed = isTimedClient(ends.destinationHigh(), ends.destinationLow(), ends.destinationPort());
            return timed ? Direction.RESPONSE : null;
        }
        return null;
    }

    /**
     * Which way an ICMP message travels if it is an echo of a measured address or the reply to one; null when it is neither. Whether
     * it is timed depends on the identifier, too: see {@link #isTimedClient}.
     */
    @Nullable
    Direction echo(int type, PacketEnds ends) {
        return switch (type) {
            case Icmp.ECHO_REQUEST, Icmpv6.ECHO_REQUEST ->
                icmp.contains(ends.destinationHigh(), ends.destinationLow(), 0) ? Direction.REQUEST : null;
            case Icmp.ECHO_REPLY, Icmpv6.ECHO_REPLY ->
                icmp.contains(ends.sourceHigh(), ends.sourceLow(), 0) ? Direction.RESPONSE : null;
            default -> null;
        };
    }

    boolean isTimedClient(Endpoint client) {
        return isTimedClient(client.address().high(), client.address().low(), client.port());
    }

    boolean isTimedClient(long high, long low, int port) {
        return sampler.sampled(ConnectionSampler.fold(high, low), port);
    }

    /** True of a TCP connection of a timed client to a measured endpoint. */
    boolean isTimed(Endpoint client, Endpoint service) {
        return isMeasured(service) && isTimedClient(client);
    }

    /** True of a TCP endpoint in a virtual network whose connections are timed, those of clients that are picked. */
    boolean isMeasured(Endpoint service) {
        return tcp.contains(service.address().high(), service.address().low(), service.port());
    }

    /** The virtual address of a measured TCP service; null when it is not measured. */
    @Nullable
    Endpoint vip(String service) {
        return vips.get(service);
    }

    ConnectionSampler sampler() {
        return sampler;
    }

    /** True when nothing is timed. */
    boolean isEmpty() {
        return endpoints.isEmpty();
    }

    /** True when echoes by IPv6, or by IPv4, are timed. */
    boolean echoes(boolean ipv6) {
        return measured(Protocol.ICMP, ipv6).findAny().isPresent();
    }

    /** Ports of the endpoints that are measured by IPv6, or by IPv4, each once; none when nothing is measured. */
    int[] ports(Protocol protocol, boolean ipv6) {
        return measured(protocol, ipv6)
                .mapToInt(Endpoint::port)
                .distinct()
                .sorted()
                .toArray();
    }

    private Stream<Endpoint> measured(Protocol protocol, boolean ipv6) {
        return endpoints.getOrDefault(protocol, MeasuredEndpoints.none()).endpoints().stream()
                .filter(endpoint -> endpoint.address() instanceof Ipv6Address == ipv6);
    }
}
