package io.hopline.sla;

import java.util.List;

/**
 * A service whose requests are timed, as the joiner needs to know it.
 *
 * @param name the service's name
 * @param protocol what its clients speak to it
 * @param vip where clients connect to
 * @param backends the servers behind it
 * @param direct the backends have the VIP themselves and answer from it (direct server return): which of them it was only its
 *     device tells
 */
public record MeasuredService(String name, Protocol protocol, Endpoint vip, List<Backend> backends, boolean direct) {
    /** Under this name, which no service can have, echoes to guests and VIPs are counted. */
    public static final String ECHO = "icmp:echo";

    public MeasuredService {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a measured service needs a name");
        }
        backends = List.copyOf(backends);
    }

    /** A service whose backends answer from addresses of their own. */
    public MeasuredService(String name, Protocol protocol, Endpoint vip, List<Backend> backends) {
        this(name, protocol, vip, backends, false);
    }

    /** A TCP service. */
    public MeasuredService(String name, Endpoint vip, List<Backend> backends) {
        this(name, Protocol.TCP, vip, backends);
    }

    /**
     * One server.
     *
     * @param name the guest's name
     * @param endpoint where it listens
     * @param mac the guest's MAC address in the low 48 bits; 0 when it is not known
     */
    public record Backend(String name, Endpoint endpoint, long mac) {
        /** Of a guest whose MAC address does not matter. */
        public Backend(String name, Endpoint endpoint) {
            this(name, endpoint, 0);
        }
    }
}
