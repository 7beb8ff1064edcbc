package io.hopline.node;

import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.health.BackendHealth;
import io.hopline.lb.health.HealthCheck;
import io.hopline.lb.health.HealthChecker;
import io.hopline.lb.health.HealthListener;
import io.hopline.lb.proxy.HttpProxy;
import io.hopline.lb.proxy.PhaseListener;
import io.hopline.linux.NetNs;
import io.hopline.packet.IpAddress;
import io.hopline.packet.Ipv6Address;
import io.hopline.packet.MacAddress;
import io.hopline.vnic.TapPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's own feet in the virtual networks: for each network one namespace with a TAP on the switch, in which health
 * checks start and L7 proxies listen, so that they travel as a guest's packets do.
 *
 * <p>The namespaces have no name and end with this process. Only the thread that follows the configuration calls.
 */
final class ServiceNamespaces implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceNamespaces.class);
    private static final String DEVICE = "eth0";

    private final Publications publications;
    private final SwitchPorts ports;
    private final LongSupplier clockNs;
    private final PhaseListener phases;
    private final Optional<ProxyMetrics> metrics;
    private final Map<String, Foot> feet = new ConcurrentHashMap<>();
    private final Map<String, RunningProxy> proxies = new ConcurrentHashMap<>();
    private final HealthListener health;
    private final HealthChecker checker;

    /** One network's namespace. */
    private record Foot(NodeConfig.ServicePort config, NetNs namespace) {}

    private record RunningProxy(NodeConfig.Proxy config, HttpProxy proxy) {}

    /** @param host where L7 services are published */
    ServiceNamespaces(
            NetNs host,
            SwitchPorts ports,
            LongSupplier clockNs,
            PhaseListener phases,
            HealthListener health,
            Optional<ProxyMetrics> metrics) {
        publications = new Publications(host::run);
        this.ports = ports;
        this.clockNs = clockNs;
        this.phases = phases;
        this.metrics = metrics;
        this.health = health;
        checker = HealthChecker.start(this::openSocket, this::healthChanged);
    }

    /** Makes namespaces, proxies and checks what the configuration says; what is right already is left alone. */
    void apply(NodeConfig config) {
        Set<String> networks = new HashSet<>();
        config.servicePorts().forEach(port -> networks.add(port.network()));
        Map<String, NodeConfig.Proxy> wanted = new HashMap<>();
        config.proxies().stream().filter(p -> networks.contains(p.network())).forEach(p -> wanted.put(p.service(), p));

        List.copyOf(proxies.keySet()).stream()
                .filter(s -> !wanted.containsKey(s))
                .forEach(this::stopProxy);
        List.copyOf(feet.keySet()).stream().filter(n -> !networks.contains(n)).forEach(this::remove);
        config.servicePorts().forEach(this::place);
        wanted.values().forEach(this::serve);
        checker.replace(config.checks().stream()
                .filter(check -> feet.containsKey(check.network()))
                .map(ServiceNamespaces::check)
                .toList());
    }

    /** The verdicts of all health checks so far. */
    List<BackendHealth> health() {
        return checker.health();
    }

    /** The proxy hears of it at once, whether or not there is a controller to say so. */
    private void healthChanged(HealthCheck check, boolean healthy, String detail) {
        RunningProxy running = proxies.get(check.service());
        if (running != null) {
            running.proxy.health(check.backend(), healthy);
        }
        health.healthChanged(check, healthy, detail);
    }

    private void place(NodeConfig.ServicePort config) {
        Foot standing = feet.get(config.network());
        if (standing != null && standing.config.equals(config)) {
            return;
        }
        if (standing != null && standing.config.withVips(config.vips()).equals(config)) {
            serveVips(standing.namespace, standing.config.vips(), config.vips());
            feet.put(config.network(), new Foot(config, standing.namespace));
            return;
        }
        if (standing != null) {
            proxies.values().stream()
                    .filter(p -> p.config.network().equals(config.network()))
                    .map(p -> p.config.service())
                    .toList()
                    .forEach(this::stopProxy);
            remove(config.network());
        }
        feet.put(config.network(), new Foot(config, makePort(config)));
        LOG.info("network {}: own port {} at {}", config.network(), config.name(), config.ip());
    }

    private NetNs makePort(NodeConfig.ServicePort config) {
        NetNs namespace = NetNs.anonymous();
        try {
            ports.plug(
                    config.name(),
                    Optional.empty(),
                    queues -> TapPort.openQueues(
                            namespace, config.name(), DEVICE, MacAddress.parse(config.mac()), config.mtu(), queues),
                    Optional.of(new SwitchPorts.StampPoint(namespace, DEVICE, true)));
            namespace.ip("addr", "add", config.ip() + "/" + config.prefix(), "dev", DEVICE);
            serveVips(namespace, List.of(), config.vips());
            namespace.ip("route", "add", "default", "via", config.gateway());
            return namespace;
        } catch (RuntimeException e) {
            ports.find(config.name()).ifPresent(plugged -> ports.unplug(config.name()));
            namespace.close();
            throw e;
        }
    }

    /** Connections to a VIP that stays do not notice that another comes or goes. */
    private static void serveVips(NetNs namespace, List<String> before, List<String> after) {
        before.stream()
                .filter(vip -> !after.contains(vip))
                .forEach(vip -> namespace.ip("addr", "del", host(vip), "dev", DEVICE));
        after.stream().filter(vip -> !before.contains(vip)).forEach(vip -> addVip(namespace, vip));
    }

    /** Of IPv6 it is deprecated at once (RFC 4862, section 5.5.4), or it would be the source of connections to backends. */
    private static void addVip(NetNs namespace, String vip) {
        if (IpAddress.parse(vip) instanceof Ipv6Address) {
            namespace.ip("addr", "add", host(vip), "dev", DEVICE, "nodad", "preferred_lft", "0");
        } else {
            namespace.ip("addr", "add", host(vip), "dev", DEVICE);
        }
    }

    private static String host(String vip) {
        return vip + (IpAddress.parse(vip) instanceof Ipv6Address ? "/128" : "/32");
    }

    private void remove(String network) {
        Foot gone = feet.remove(network);
        if (gone != null) {
            ports.unplug(gone.config.name());
            gone.namespace.close();
        }
    }

    private void serve(NodeConfig.Proxy config) {
        RunningProxy running = proxies.get(config.service());
        if (running != null && running.config.equals(config)) {
            return;
        }
        ProxyConfig wanted = new ProxyConfig(
                config.service(),
                address(config.listen()),
                config.routes(),
                config.backends().stream()
                        .map(backend -> new ProxyBackend(backend.name(), address(backend.endpoint()), backend.weight()))
                        .toList(),
                config.options().policy(),
                config.options().tls(),
                config.options().protocol());
        if (running != null && running.config.listen().equals(config.listen())) {
            try {
                running.proxy.replace(wanted, config.options().settings());
            } catch (IOException e) {
                throw new UncheckedIOException("service " + config.service() + ": the proxy stays as it was", e);
            }
            proxies.put(config.service(), new RunningProxy(config, running.proxy));
            publications.publish(
                    config.service(), running.proxy, config.options().published());
            metrics.ifPresent(m -> m.show(config.service(), running.proxy, names(config), labels(config)));
            return;
        }
        stopProxy(config.service());
        HttpProxy proxy = start(wanted, config.options().settings(), foot(config.network()));
        proxies.put(config.service(), new RunningProxy(config, proxy));
        publications.publish(config.service(), proxy, config.options().published());
        metrics.ifPresent(m -> m.show(config.service(), proxy, names(config), labels(config)));
        LOG.info("service {}: proxy listens at {}", config.service(), config.listen());
    }

    private static List<String> names(NodeConfig.Proxy config) {
        return config.backends().stream().map(NodeConfig.Backend::name).toList();
    }

    private static Set<String> labels(NodeConfig.Proxy config) {
        return config.routes().stream().map(route -> route.match().label()).collect(Collectors.toSet());
    }

    private HttpProxy start(ProxyConfig config, ProxySettings settings, NetNs namespace) {
        try {
            return HttpProxy.start(
                    config,
                    settings,
                    task -> Thread.ofPlatform()
                            .name("proxy-" + config.service())
                            .unstarted(() -> namespace.run(task)),
                    clockNs,
                    phases);
        } catch (IOException e) {
            throw new UncheckedIOException("service " + config.service() + ": the proxy does not start", e);
        }
    }

    /** Services that are not published everywhere they should be, and why. Any thread may ask. */
    Map<String, String> unpublished() {
        return publications.missing();
    }

    /** Any thread may ask. */
    void reopenLogs() {
        proxies.values().forEach(running -> running.proxy.reopenLog());
    }

    private void stopProxy(String service) {
        publications.forget(service);
        RunningProxy gone = proxies.remove(service);
        if (gone != null) {
            metrics.ifPresent(m -> m.hide(service));
            gone.proxy.close();
        }
    }

    private NetNs foot(String network) {
        Foot foot = feet.get(network);
        if (foot == null) {
            throw new IllegalStateException("no port of our own in network '" + network + "'");
        }
        return foot.namespace;
    }

    private SocketChannel openSocket(HealthCheck check) throws IOException {
        Foot foot = feet.get(check.network());
        if (foot == null) {
            throw new IOException("no port of our own in network '" + check.network() + "'");
        }
        return foot.namespace.call(SocketChannel::open);
    }

    private static HealthCheck check(NodeConfig.Check check) {
        return new HealthCheck(
                check.service(),
                check.network(),
                check.backend(),
                address(check.endpoint()),
                check.kind().equals("http") ? HealthCheck.Kind.HTTP : HealthCheck.Kind.TCP,
                check.path(),
                check.intervalMs(),
                check.timeoutMs(),
                check.rise(),
                check.fall());
    }

    private static InetSocketAddress address(String endpoint) {
        int colon = endpoint.lastIndexOf(':');
        IpAddress ip = IpAddress.parse(endpoint.substring(0, colon).replaceAll("[\\[\\]]", ""));
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(ip.bytes()), Integer.parseInt(endpoint.substring(colon + 1)));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four or sixteen bytes are an address", e);
        }
    }

    @Override
    public void close() {
        checker.close();
        publications.close();
        List.copyOf(proxies.keySet()).forEach(this::stopProxy);
        List.copyOf(feet.keySet()).forEach(this::remove);
    }
}
