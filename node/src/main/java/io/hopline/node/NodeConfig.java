package io.hopline.node;

import io.hopline.lb.config.L7Options;
import io.hopline.lb.config.ProxyRoute;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the controller wants of this node besides flows, as its REST sends it.
 *
 * @param epoch names the start of the controller whose count the version is; empty of a controller that does not say
 * @param version version of the network state this was made from
 * @param sampleOneIn one of so many clients' connections is timed; a power of two, the same on every node
 * @param guests vNICs bound here, for the answers to their DHCP
 * @param links networks with IPv6 that have a guest here or whose clients come in here
 * @param measured endpoints whose requests are timed
 * @param servicePorts this node's own feet in the virtual networks
 * @param checks health checks to run
 * @param proxies L7 services to serve
 * @param peers hosts at the other ends of this node's tunnels
 */
public record NodeConfig(
        String epoch,
        long version,
        int sampleOneIn,
        List<Guest> guests,
        List<Link> links,
        List<Measured> measured,
        List<ServicePort> servicePorts,
        List<Check> checks,
        List<Proxy> proxies,
        List<Peer> peers) {

    /** A node that nobody has told anything. */
    public static final NodeConfig NONE =
            new NodeConfig("", 0, 1, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    public NodeConfig {
        epoch = Objects.requireNonNullElse(epoch, "");
        guests = List.copyOf(guests);
        links = List.copyOf(links);
        measured = List.copyOf(measured);
        servicePorts = List.copyOf(servicePorts);
        checks = List.copyOf(checks);
        proxies = List.copyOf(proxies);
        peers = List.copyOf(peers);
    }

    /**
     * A guest's address.
     *
     * @param mac {@code 02:00:..}
     * @param ip IPv4 address
     * @param prefix length of the subnet's prefix
     * @param gateway IPv4 address of the gateway
     * @param mtu bytes of the largest IP packet
     */
    public record Guest(String name, String network, String mac, String ip, int prefix, String gateway, int mtu) {}

    /**
     * A network's IPv6 side.
     *
     * @param prefix first address of the 64-bit prefix
     * @param router hardware address of the gateway
     * @param members hardware addresses of all stations on all hosts, each with the address made of prefix and MAC
     * @param vips addresses that the gateway answers for
     * @param uplinkMac hardware address that answers clients outside, empty where none come in
     */
    public record Link(
            String network,
            String prefix,
            String router,
            int mtu,
            List<String> members,
            List<String> vips,
            String uplinkMac) {}

    /**
     * A service that is timed.
     *
     * @param protocol {@code tcp}, {@code udp} or {@code icmp}; of a controller that does not say, {@code tcp}
     * @param endpoints {@code IP:PORT} of its VIP, and then of each backend; of icmp the port is 0
     */
    public record Measured(String service, @Nullable String protocol, List<String> endpoints) {
        public Measured(String service, List<String> endpoints) {
            this(service, null, endpoints);
        }
    }

    /**
     * A TAP of the node's own in a virtual network: where health checks start and L7 proxies listen.
     *
     * @param vips addresses served here besides its own
     */
    public record ServicePort(
            String name,
            String network,
            int vni,
            String mac,
            String ip,
            int prefix,
            String gateway,
            int mtu,
            List<String> vips) {
        ServicePort withVips(List<String> others) {
            return new ServicePort(name, network, vni, mac, ip, prefix, gateway, mtu, others);
        }
    }

    /**
     * One backend's health check.
     *
     * @param endpoint {@code IP:PORT}
     * @param kind {@code tcp} or {@code http}
     * @param path of the HTTP request, empty for {@code tcp}
     * @param rise successes in a row that make a backend healthy
     * @param fall failures in a row that make it unhealthy
     */
    public record Check(
            String service,
            String network,
            String backend,
            String endpoint,
            String kind,
            String path,
            int intervalMs,
            int timeoutMs,
            int rise,
            int fall) {
        public Check {
            // The controller names no path where none is asked for.
            path = Objects.requireNonNullElse(path, "");
        }
    }

    /**
     * An L7 service.
     *
     * @param listen {@code IP:PORT} of the VIP
     */
    public record Proxy(
            String service,
            String network,
            String listen,
            List<ProxyRoute> routes,
            List<Backend> backends,
            L7Options options) {}

    /**
     * Another host.
     *
     * @param vtep IPv4 or IPv6 address of its end of the tunnel
     */
    public record Peer(String name, String vtep) {}

    /**
     * A server behind an L7 service.
     *
     * @param endpoint {@code IP:PORT}
     */
    public record Backend(String name, String endpoint, int weight) {}
}
