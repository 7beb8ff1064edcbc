package io.hopline.sla;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the service and the backend that endpoints belong to. Immutable. */
final class ServiceDirectory {
    private final Map<Long, String> byVip = new HashMap<>();
    private final Map<Long, Owner> byBackend = new HashMap<>();

    /** A service and, where it is known, which of its backends. */
    record Owner(String service, @Nullable String backend) {
        /** Backends differ in their guests, so each has its own statistics. */
        String key() {
            return service + "/" + backend;
        }
    }

    ServiceDirectory(List<MeasuredService> services) {
        for (MeasuredService service : services) {
            byVip.putIfAbsent(packed(service, service.vip()), service.name());
            for (MeasuredService.Backend backend : service.backends()) {
                byBackend.putIfAbsent(packed(service, backend.endpoint()), new Owner(service.name(), backend.name()));
            }
        }
    }

    private static long packed(MeasuredService service, Endpoint endpoint) {
        return service.protocol().pack(endpoint.address().bits(), endpoint.port());
    }

    /** True for a VIP that is not itself a server: whoever answers there is a proxy. */
    boolean isProxied(long endpoint) {
        return byVip.containsKey(endpoint) && !byBackend.containsKey(endpoint);
    }

    /** The owner that the sightings' service endpoints point to; null when none is known. */
    @Nullable
    Owner owner(List<Seen> seen) {
        String service = null;
        Owner backend = null;
        for (Seen s : seen) {
            Sighting.Segment segment = s.segment();
            long endpoint = segment.protocol().pack(segment.serviceIp(), segment.servicePort());
            service = service == null ? byVip.get(endpoint) : service;
            backend = backend == null ? byBackend.get(endpoint) : backend;
        }
        if (service == null) {
            return backend;
        }
        return new Owner(service, backend == null ? null : backend.backend());
    }
}
