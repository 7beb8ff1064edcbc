package io.hopline.sla;

/** A stretch of a request's way between two stamps, or several stretches of one kind on one host, summed. */
public enum Hop {
    /** Kernel receive stamp of the host's NIC to the worker's dequeue, and switch out to NIC or tunnel send. */
    HOST_NIC("host-nic", true),
    /** Dequeued by the worker to all actions done. */
    VSWITCH("vswitch", true),
    /** Between the switch and the guest's network device. */
    VNIC("vnic", true),
    /** Tunnel send on one host to the kernel's receive stamp on the other; named after the receiving host. */
    OVERLAY("overlay", true),
    /** The guest's kernel, with no application in it and without waking one: what it takes to take data in and to send. */
    GUEST_TCPIP("guest-tcpip", false),
    /** The rest of the guest's turn-around: the server itself. */
    NGINX("nginx", false),
    /** A guest's whole turn-around, kernel and server, where nothing tells one from the other: of UDP. */
    GUEST("guest", false),
    /** The time at an L7 proxy that its backend request does not cover, when the proxy's own phases are unknown. */
    PROXY("proxy", false),
    /** At an L7 proxy: request bytes read to request parsed and routed. */
    PROXY_ROUTE("proxy-route", false),
    /** At an L7 proxy: routed until a connection to the backend is free, or one begins to be opened. */
    PROXY_QUEUE("proxy-queue", false),
    /** At an L7 proxy: from there until the connection is open; nothing for one that was kept. */
    PROXY_CONNECT("proxy-connect", false),
    /** At an L7 proxy: from the decision to send until the bytes left its network device. */
    PROXY_WRITE("proxy-write", false),
    /** At an L7 proxy: from its network device until the proxy read the bytes, kernel and wake-up together. */
    PROXY_TCPIP("proxy-tcpip", false);

    private final String id;
    private final boolean virtualNetwork;

    Hop(String id, boolean virtualNetwork) {
        this.id = id;
        this.virtualNetwork = virtualNetwork;
    }

    /** The id in reports, such as {@code guest-tcpip}. */
    public String id() {
        return id;
    }

    /** True for the hops that exist only because the network is virtual: host-nic, vswitch, vnic and overlay. */
    public boolean virtualNetwork() {
        return virtualNetwork;
    }

    /**
     * Finds a hop by its id.
     *
     * @throws IllegalArgumentException naming the text when no hop has that id
     */
    public static Hop of(String id) {
        for (Hop hop : values()) {
            if (hop.id.equals(id)) {
                return hop;
            }
        }
        throw new IllegalArgumentException("no hop '" + id + "'");
    }
}
