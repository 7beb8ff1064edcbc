package io.hopline.sla;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The endpoints of one protocol whose packets are timed: each service's VIP and backends. A packet to one of them is a request's, a
 * packet from one of them a response's.
 *
 * <p>Immutable; safe to share. Look-ups allocate nothing: open addressing over primitive arrays, at most half full. At most
 * {@value #MAX_ENDPOINTS} endpoints.
 */
public final class MeasuredEndpoints {
    public static final int MAX_ENDPOINTS = 1 << 16;

    private static final MeasuredEndpoints NONE = new MeasuredEndpoints(Map.of());
    /** In {@link #ports}, of a place without an endpoint. */
    private static final int FREE = -1;

    private final long[] highs;
    private final long[] lows;
    private final int[] ports;
    private final short[] services;
    private final List<String> names;

    private MeasuredEndpoints(Map<String, List<Endpoint>> endpoints) {
        int count = endpoints.values().stream().mapToInt(List::size).sum();
        if (count > MAX_ENDPOINTS) {
            throw new IllegalArgumentException(count + " measured endpoints, at most " + MAX_ENDPOINTS);
        }
        ports = new int[Math.max(4, Integer.highestOneBit(Math.max(1, count)) << 2)];
        highs = new long[ports.length];
        lows = new long[ports.length];
        services = new short[ports.length];
        Arrays.fill(ports, FREE);
        List<String> named = new ArrayList<>();
        endpoints.forEach((service, list) -> {
            for (Endpoint endpoint : list) {
                put(endpoint, (short) named.size());
            }
            named.add(service);
        });
        names = List.copyOf(named);
        if (names.size() > Short.MAX_VALUE) {
            throw new IllegalArgumentException(names.size() + " measured services, at most " + Short.MAX_VALUE);
        }
    }

    /** Nothing is measured. */
    public static MeasuredEndpoints none() {
        return NONE;
    }

    /**
     * Measures these endpoints.
     *
     * @param endpoints service name to its endpoints; an endpoint named by two services counts for the first
     */
    public static MeasuredEndpoints of(Map<String, List<Endpoint>> endpoints) {
        return new MeasuredEndpoints(endpoints);
    }

    /**
     * The service an endpoint belongs to.
     *
     * @param high the address, with {@code low}, as {@link io.hopline.packet.IpAddress#high} says
     * @return the service's id for {@link #service}, or -1 when the endpoint is not measured
     */
    public int find(long high, long low, int port) {
        int at = place(high, low, port);
        return ports[at] == FREE ? -1 : services[at];
    }

    /** Where the endpoint is, or would be. */
    private int place(long high, long low, int port) {
        int at = (int) (Endpoint.digest(high, low, port) * 0x9E3779B97F4A7C15L >>> 40) & ports.length - 1;
        while (ports[at] != FREE && (lows[at] != low || ports[at] != port || highs[at] != high)) {
            at = at + 1 & ports.length - 1;
        }
        return at;
    }

    /** True when the endpoint's packets are timed. */
    public boolean contains(long high, long low, int port) {
        return find(high, low, port) >= 0;
    }

    /** The name behind an id of {@link #find}. */
    public String service(int id) {
        return names.get(id);
    }

    /** True when nothing is measured. */
    public boolean isEmpty() {
        return names.isEmpty();
    }

    /** All endpoints, for a packet filter; order is of no meaning. */
    public List<Endpoint> endpoints() {
        return IntStream.range(0, ports.length)
                .filter(at -> ports[at] != FREE)
                .mapToObj(at -> Endpoint.of(highs[at], lows[at], ports[at]))
                .toList();
    }

    private void put(Endpoint endpoint, short service) {
        long high = endpoint.address().high();
        long low = endpoint.address().low();
        int at = place(high, low, endpoint.port());
        if (ports[at] == FREE) {
            highs[at] = high;
            lows[at] = low;
            ports[at] = endpoint.port();
            services[at] = service;
        }
    }
}
