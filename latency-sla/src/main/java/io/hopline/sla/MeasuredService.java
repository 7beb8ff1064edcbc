package io.hopline.sla;

import java.util.List;

/**
 * A service whose requests are timed, as the joiner needs to know it.
 *
 * @param name the service's name
 * @param protocol what its clients speak to it
 * @param vip where clients connect to
 * @param backends the servers behind it
 */
public record MeasuredService(String name, Protocol protocol, Endpoint vip, List<Backend> backends) {
    /** Under this name, which no service can have, echoes to guests and VIPs are counted. */
    public static final String ECHO = "icmp:echo";

    public MeasuredService {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a measured service needs a name");
        }
        backends = List.copyOf(backends);
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
     */
    public record Backend(String name, Endpoint endpoint) {}
}
