package io.hopline.sla;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the service and the backend that endpoints belong to. Immutable. */
final class ServiceDirectory {
    private final Map<Place, String> byVip = new HashMap<>();
    private final Map<Place, Owner> byBackend = new HashMap<>();
    private final Map<Place, Map<Long, Owner>> byMac = new HashMap<>();

    private record Place(Protocol protocol, Endpoint endpoint) {}

    /** A service and, where it is known, which of its backends. */
    record Owner(String service, @Nullable String backend) {
        /** Backends differ in their guests, so each has its own statistics. */
        String key() {
            return service + "/" + backend;
        }
    }

    ServiceDirectory(List<MeasuredService> services) {
        for (MeasuredService service : services) {
            byVip.putIfAbsent(new Place(service.protocol(), service.vip()), service.name());
            if (service.direct()) {
                byMac.put(new Place(service.protocol(), service.vip()), byMac(service));
            }
            for (MeasuredService.Backend backend : service.backends()) {
                byBackend.putIfAbsent(
                        new Place(service.protocol(), backend.endpoint()), new Owner(service.name(), backend.name()));
            }
        }
    }

    private static Map<Long, Owner> byMac(MeasuredService service) {
        Map<Long, Owner> owners = new HashMap<>();
        for (MeasuredService.Backend backend : service.backends()) {
            owners.put(backend.mac(), new Owner(service.name(), backend.name()));
        }
        return owners;
    }

    /** True for a VIP that is not itself a server's: whoever answers there is a proxy. */
    boolean isProxied(Protocol protocol, Endpoint endpoint) {
        Place place = new Place(protocol, endpoint);
        return byVip.containsKey(place) && !byBackend.containsKey(place) && !byMac.containsKey(place);
    }

    /** The service of which this is the virtual address; null when there is none. */
    @Nullable
    String serviceAt(Protocol protocol, Endpoint vip) {
        return byVip.get(new Place(protocol, vip));
    }

    /** The owner that the sightings' service endpoints point to; null when none is known. */
    @Nullable
    Owner owner(List<Seen> seen) {
        String service = null;
        Owner backend = null;
        for (Seen s : seen) {
            Sighting.Segment segment = s.segment();
            Place place = new Place(segment.protocol(), segment.service());
            service = service == null ? byVip.get(place) : service;
            backend = backend == null ? byBackend.get(place) : backend;
            Sighting.Edge edge = s.serverEdge();
            if (backend == null && edge != null) {
                backend = byMac.getOrDefault(place, Map.of()).get(edge.guestMac());
            }
        }
        if (service == null) {
            return backend;
        }
        return new Owner(service, backend == null ? null : backend.backend());
    }
}
