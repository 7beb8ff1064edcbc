package io.hopline.node;

import io.hopline.lb.Maglev;
import io.hopline.linux.Clock;
import io.hopline.linux.EventFd;
import io.hopline.linux.LazyMemory;
import io.hopline.linux.LinuxException;
import io.hopline.linux.NetDevice;
import io.hopline.linux.NetNs;
import io.hopline.openflow.Bucket;
import io.hopline.openflow.OpenFlow;
import io.hopline.overlay.VxlanPort;
import io.hopline.packet.FramePool;
import io.hopline.packet.IpAddress;
import io.hopline.packet.MacAddress;
import io.hopline.packet.Port;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.SampleCounts;
import io.hopline.sla.SightingRing;
import io.hopline.vnic.PacketPort;
import io.hopline.vswitch.BucketSelector;
import io.hopline.vswitch.Datapath;
import io.hopline.vswitch.OpenFlowAgent;
import io.hopline.vswitch.SelectorFactory;
import io.hopline.vswitch.VirtualSwitch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One host's daemon: the switch, its ports and its workers, put together, and what connects them to the controller.
 *
 * <p>{@link #start} acquires everything in order and {@link #close()} gives it back in reverse. The node forwards as long
 * as it lives, with or without a controller.
 */
public final class Node implements AutoCloseable {
    /** Name of the overlay's port. */
    public static final String TUNNEL_PORT = "vxlan0";

    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int POOL_FRAMES = 2048;
    private static final int RING_RECORDS = 1 << 14;
    private static final int DEFAULT_MTU = 1500;
    /** What a jumbo underlay of 9000 bytes leaves; a loopback underlay would offer more than guests' drivers expect. */
    private static final int MAX_GUEST_MTU = 8950;

    private final NodeOptions options;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final DhcpResponder dhcp = new DhcpResponder();
    private final NeighborResponder neighbors;
    private final List<TransitRecorder> transits;
    private final StampReader stamps;
    private final PhaseRecorder phases;
    private final SyslogCollector syslog;
    private final VirtualSwitch vswitch;
    private final List<Worker> workers;
    private final SwitchPorts ports;
    private final PressureSampler pressure;
    private final CostSampler costs;
    private final NetNs dataPlane;
    private final List<SightingRing> rings;
    private final SightingRing turnRing;
    private Optional<TurnProbe> turns = Optional.empty();
    private Optional<String> metricsUrl = Optional.empty();
    private Optional<ServiceNamespaces> proxies = Optional.empty();

    private Node(NodeOptions options) {
        this.options = options;
        dataPlane = own(options.netns().map(NetNs::open).orElseGet(NetNs::current));
        SightingRing stampRing = own(new SightingRing(RING_RECORDS));
        SightingRing phaseRing = own(new SightingRing(RING_RECORDS));
        SightingRing logRing = own(new SightingRing(RING_RECORDS));
        List<Outfit> outfits =
                Stream.generate(this::outfit).limit(options.workers()).toList();
        stamps = own(new StampReader(stampRing));
        phases = new PhaseRecorder(phaseRing);
        syslog = new SyslogCollector(logRing);
        transits = outfits.stream().map(Outfit::transits).toList();
        vswitch = own(new VirtualSwitch(
                outfits.stream().map(Outfit::parts).toList(), Node::maglev, this::serveLocally, Clock::realtimeNs));
        DhcpResponder.Sender replies = (frame, actions) -> vswitch.packetOut(frame, OpenFlow.PORT_LOCAL, actions);
        dhcp.sender(replies);
        workers = IntStream.range(0, options.workers())
                .mapToObj(i -> own(worker(i, outfits.get(i))))
                .toList();
        ports = own(new SwitchPorts(vswitch, workers, transits, stamps));
        neighbors = own(new NeighborResponder(name ->
                ports.find(name).stream().mapToInt(SwitchPorts.Plugged::number).findFirst()));
        neighbors.start(replies);
        stamps.start();
        vswitch.start();
        workers.forEach(Worker::start);
        pressure = new PressureSampler(workers, ports::all, dataPlane);
        costs = new CostSampler(workers, ports::all);
        turnRing = own(new SightingRing(RING_RECORDS));
        rings = Stream.concat(outfits.stream().map(Outfit::ring), Stream.of(stampRing, phaseRing, logRing, turnRing))
                .toList();
    }

    /** What a worker has to itself besides its data path. */
    private record Outfit(SightingRing ring, TransitRecorder transits, FramePool pool, EventFd wakeUp) {
        VirtualSwitch.WorkerParts parts() {
            return new VirtualSwitch.WorkerParts(pool, transits, wakeUp::signal);
        }
    }

    private Outfit outfit() {
        SightingRing ring = own(new SightingRing(RING_RECORDS));
        LazyMemory slots = own(LazyMemory.reserve(FramePool.bytesFor(POOL_FRAMES)));
        FramePool pool = own(FramePool.in(slots.segment()));
        EventFd wakeUp = own(EventFd.open());
        return new Outfit(ring, new TransitRecorder(ring, Clock::realtimeNs), pool, wakeUp);
    }

    private Worker worker(int number, Outfit outfit) {
        return new Worker(
                options.workers() == 1 ? options.name() : options.name() + "-" + number,
                outfit.pool(),
                vswitch.datapaths().get(number),
                outfit.transits(),
                Clock::realtimeNs,
                outfit.wakeUp(),
                options.busyPollNs());
    }

    private void serveLocally(byte[] frame, int inPort) {
        dhcp.handle(frame, inPort);
        neighbors.handle(frame, inPort);
        syslog.handle(frame, inPort);
    }

    /**
     * Starts a node; when this returns it forwards.
     *
     * @throws IOException when an address or socket cannot be had
     * @throws io.hopline.linux.LinuxException when the kernel refuses a port
     */
    public static Node start(NodeOptions options) throws IOException {
        Node node = new Node(options);
        try {
            node.assemble();
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        }
    }

    private void assemble() throws IOException {
        for (NodeOptions.NetdevPort port : options.ports()) {
            ports.plug(
                    port.netdev(),
                    port.number(),
                    queues -> PacketPort.openQueues(dataPlane, port.netdev(), port.netdev(), Port.Kind.UPLINK, queues),
                    Optional.empty());
        }
        options.uplink().ifPresent(this::plugUplink);
        options.vtep().ifPresent(this::plugTunnel);
        if (options.guestProbe()) {
            turns = Optional.of(own(TurnProbe.open(turnRing, ports::all)));
        }
        Optional<NodeMetrics> metrics = serveMetrics();
        Optional<ControllerClient> controller =
                options.controller().map(url -> new ControllerClient(url, options.name()));
        SightingExporter exporter = own(new SightingExporter(
                rings, controller, transit -> metrics.ifPresent(m -> m.show(transit)), this::seen));
        metrics.ifPresent(m -> m.bind(exporter, transits, stamps));
        exporter.start();
        HostReporter reporter = own(new HostReporter(controller, pressure, costs));
        Datapath first = vswitch.datapaths().getFirst();
        reporter.connections(first::connectionCounts, first::endConnections);
        reporter.samples(() -> new SampleCounts(
                exporter.sent(),
                transits.stream().mapToLong(TransitRecorder::missed).sum(),
                stamps.lost(),
                exporter.overflow(),
                exporter.unsent(),
                0));
        reporter.start();
        if (controller.isPresent()) {
            follow(controller.get(), metrics, reporter);
        }
        OpenFlowAgent agent = own(new OpenFlowAgent(vswitch, options.datapathId(), options.name()));
        for (String address : options.openflowListen()) {
            agent.listen(address);
        }
        for (String address : options.openflow()) {
            agent.connect(address);
        }
        if (options.control().isPresent()) {
            Path path = Path.of(options.control().get().substring("punix:".length()));
            own(ControlSocket.listen(path, new ControlCommands(ports, dataPlane)));
        }
        LOG.info("node {} forwards, datapath {}", options.name(), datapathId());
    }

    private void plugUplink(String netdev) {
        if (dataPlane.call(() -> kernelForwards(netdev))) {
            LOG.warn(
                    "the kernel forwards what comes in by {} and so answers for guests whom it has no route to;"
                            + " sysctl -w net.ipv4.conf.{}.forwarding=0 ends that",
                    netdev,
                    netdev);
        }
        ports.plug(
                netdev,
                Optional.empty(),
                queues -> PacketPort.openQueues(dataPlane, netdev, netdev, Port.Kind.UPLINK, queues),
                Optional.of(new SwitchPorts.StampPoint(dataPlane, netdev, false)));
    }

    private static boolean kernelForwards(String netdev) {
        try {
            return Files.readString(Path.of("/proc/sys/net/ipv4/conf", netdev, "forwarding"))
                    .strip()
                    .equals("1");
        } catch (IOException e) {
            return false;
        }
    }

    private void plugTunnel(IpAddress vtep) {
        ports.plug(
                TUNNEL_PORT,
                Optional.empty(),
                queues -> VxlanPort.openQueues(dataPlane, vtep, TUNNEL_PORT, queues),
                Optional.empty());
    }

    private Optional<NodeMetrics> serveMetrics() throws IOException {
        if (options.metrics().isEmpty()) {
            return Optional.empty();
        }
        NodeMetrics metrics = own(NodeMetrics.serve(options.metrics().get(), options.name()));
        metrics.bind(vswitch);
        for (int i = 0; i < workers.size(); i++) {
            metrics.bind(i, workers.get(i), vswitch.datapaths().get(i).cacheCounters());
        }
        PressureMetrics pressed = metrics.pressure();
        pressed.bind(pressure);
        ports.listen(
                port -> {
                    metrics.bind(port);
                    pressed.bind(port, pressure);
                    pressed.bind(port, costs);
                },
                metrics::unbind);
        metricsUrl = Optional.of(metrics.url());
        return Optional.of(metrics);
    }

    /** Where Prometheus finds this node, once it is started; empty without an endpoint. */
    public Optional<String> metricsUrl() {
        return metricsUrl;
    }

    /** Frames that timing has looked at. */
    private long seen() {
        return stamps.seen()
                + transits.stream().mapToLong(TransitRecorder::seen).sum();
    }

    private void follow(ControllerClient controller, Optional<NodeMetrics> metrics, HostReporter reporter) {
        Optional<PeerClocks> clocks = options.vtep().flatMap(vtep -> compareClocks(vtep, metrics));
        clocks.ifPresent(c -> reporter.clocks(c::readings));
        ConfigFollower follower = new ConfigFollower(controller, registration(metrics));
        ServiceNamespaces services = own(new ServiceNamespaces(
                dataPlane,
                ports,
                Clock::realtimeNs,
                phases,
                follower::healthChanged,
                metrics.map(NodeMetrics::proxies)));
        proxies = Optional.of(services);
        reporter.unpublished(services::unpublished);
        own(follower);
        follower.start(
                config -> {
                    apply(config);
                    services.apply(config);
                    clocks.ifPresent(c -> c.peers(peers(config)));
                },
                services::health);
    }

    /** Access logs are opened anew, so that the old files can be moved away. */
    public void reopenLogs() {
        proxies.ifPresent(ServiceNamespaces::reopenLogs);
    }

    /** A host whose STAMP port is taken forwards all the same; its clock is compared with nobody's. */
    private Optional<PeerClocks> compareClocks(IpAddress vtep, Optional<NodeMetrics> metrics) {
        if (options.stampPort() == 0) {
            return Optional.empty();
        }
        try {
            PeerClocks clocks =
                    own(PeerClocks.open(dataPlane, vtep, options.stampPort(), LongUnaryOperator.identity()));
            metrics.map(NodeMetrics::clocks)
                    .ifPresentOrElse(
                            shown -> {
                                shown.bind(clocks.refused());
                                clocks.start(shown::bind, shown::unbind);
                            },
                            () -> clocks.start(session -> {}, session -> {}));
            return Optional.of(clocks);
        } catch (LinuxException e) {
            LOG.warn("clocks are not compared with other hosts': {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static List<PeerClocks.Peer> peers(NodeConfig config) {
        return config.peers().stream()
                .map(peer -> new PeerClocks.Peer(peer.name(), IpAddress.parse(peer.vtep())))
                .toList();
    }

    private void apply(NodeConfig config) {
        dhcp.guests(config.guests());
        neighbors.links(config);
        TimedConnections timed = TimedConnections.of(config.measured(), ConnectionSampler.oneIn(config.sampleOneIn()));
        transits.forEach(recorder -> recorder.timed(timed));
        stamps.timed(timed);
        phases.timed(timed);
        syslog.timed(timed);
        turns.ifPresent(probe -> probe.timed(timed));
        vswitch.remark();
    }

    private ControllerClient.Registration registration(Optional<NodeMetrics> metrics) {
        int underlayMtu = ports.find(TUNNEL_PORT)
                .map(tunnel -> Math.min(tunnel.port().mtu(), MAX_GUEST_MTU))
                .orElse(DEFAULT_MTU);
        return new ControllerClient.Registration(
                datapathId(),
                options.vtep().map(IpAddress::toString).orElse(""),
                options.uplink().orElse(""),
                options.uplink().map(this::hardwareAddress).orElse(""),
                underlayMtu,
                options.control().orElse(""),
                metrics.map(NodeMetrics::url).orElse(""),
                bootId());
    }

    private String hardwareAddress(String netdev) {
        return dataPlane.call(() -> {
            try (NetDevice device = NetDevice.open(netdev)) {
                return MacAddress.of(device.hardwareAddress()).toString();
            }
        });
    }

    private static String bootId() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            LOG.warn("no boot id: {}", e.getMessage());
            return "";
        }
    }

    private String datapathId() {
        return String.format("%016x", options.datapathId());
    }

    /** A SELECT group's buckets by Maglev hashing; a bucket's actions are its name, so every switch builds the same table. */
    private static BucketSelector maglev(List<Bucket> buckets) {
        if (buckets.size() > Maglev.MAX_BACKENDS) {
            return SelectorFactory.RENDEZVOUS.build(buckets);
        }
        Map<String, Integer> seen = new HashMap<>();
        List<Maglev.Backend> backends = new ArrayList<>();
        for (Bucket bucket : buckets) {
            String name = bucket.actions().toString();
            int twin = seen.merge(name, 1, Integer::sum);
            backends.add(new Maglev.Backend(twin == 1 ? name : name + "#" + twin, bucket.weight()));
        }
        boolean many = backends.size() > Maglev.TABLE_SIZE / 100;
        return Maglev.of(backends, many ? Maglev.LARGE_TABLE_SIZE : Maglev.TABLE_SIZE)::select;
    }

    private <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    /** Gives everything back, the last acquired first; never throws. */
    @Override
    public void close() {
        while (!resources.isEmpty()) {
            AutoCloseable resource = resources.pop();
            try {
                resource.close();
            } catch (Exception e) {
                LOG.warn("closing {}: {}", resource.getClass().getSimpleName(), e.toString());
            }
        }
    }
}
