package io.hopline.sla;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The endpoints of one protocol whose packets are timed: each service's VIP and backends. A packet to one of them is a request's, a
 * packet from one of them a response's.
 *
 * <p>Immutable; safe to share. Look-ups allocate nothing: open addressing over primitive longs, at most half full. At most
 * {@value #MAX_ENDPOINTS} endpoints.
 */
public final class MeasuredEndpoints {
    public static final int MAX_ENDPOINTS = 1 << 16;

    private static final MeasuredEndpoints NONE = new MeasuredEndpoints(Map.of());
    /** No endpoint packs to this: packed endpoints use 48 bits. */
    private static final long FREE = -1;

    private final long[] keys;
    private final short[] services;
    private final List<String> names;

    private MeasuredEndpoints(Map<String, List<Endpoint>> endpoints) {
        int count = endpoints.values().stream().mapToInt(List::size).sum();
        if (count > MAX_ENDPOINTS) {
            throw new IllegalArgumentException(count + " measured endpoints, at most " + MAX_ENDPOINTS);
        }
        keys = new long[Math.max(4, Integer.highestOneBit(Math.max(1, count)) << 2)];
        services = new short[keys.length];
        Arrays.fill(keys, FREE);
        List<String> named = new ArrayList<>();
        endpoints.forEach((service, list) -> {
            for (Endpoint endpoint : list) {
                put(endpoint.packed(), (short) named.size());
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
     * @param ip address as a big-endian int
     * @return the service's id for {@link #service}, or -1 when the endpoint is not measured
     */
    public int find(int ip, int port) {
        long key = Endpoint.pack(ip, port);
        int at = slot(key);
        while (keys[at] != FREE) {
            if (keys[at] == key) {
                return services[at];
            }
            at = at + 1 & keys.length - 1;
        }
        return -1;
    }

    /** True when the endpoint's packets are timed. */
    public boolean contains(int ip, int port) {
        return find(ip, port) >= 0;
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
        return Arrays.stream(keys)
                .filter(key -> key != FREE)
                .mapToObj(Endpoint::unpack)
                .toList();
    }

    private void put(long key, short service) {
        int at = slot(key);
        while (keys[at] != FREE) {
            if (keys[at] == key) {
                return;
            }
            at = at + 1 & keys.length - 1;
        }
        keys[at] = key;
        services[at] = service;
    }

    private int slot(long key) {
        long h = key * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 40) & keys.length - 1;
    }
}
