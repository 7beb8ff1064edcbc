package io.hopline.lb.proxy;

import io.hopline.lb.config.AccessLogPolicy;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.config.RouteMatch;
import io.hopline.lb.counters.BackendCounters;
import io.hopline.lb.counters.ProxyCounters;
import io.hopline.lb.counters.ProxyTally;
import io.hopline.lb.http.AddressText;
import io.hopline.lb.http.Peer;
import io.hopline.lb.route.Balancer;
import io.hopline.lb.route.RoutingTable;
import io.hopline.lb.tls.CertificateKeeper;
import io.hopline.lb.tls.TlsCertificates;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reverse proxy for HTTP/1.0 and 1.1 on Netty's io_uring transport: one L7 service, listening at its virtual address.
 *
 * <p>All sockets, the listener's too, are opened on the event-loop threads: a thread factory whose threads run inside a
 * network namespace puts the whole proxy there. See {@link RoutingTable} for routing, {@link Balancer} for the choice among
 * the healthy backends of a route, {@link Tries} for retries, {@link Exchange} for backpressure.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty tells failures to the pipeline, where they are handled.
public final class HttpProxy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpProxy.class);
    private static final Path LOGS = Path.of("/var/log/hopline");

    private final LongSupplier realtimeNs;
    private final PhaseListener phases;
    private final ProxyTransport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final Map<EventExecutor, ProxyLoop> loops = new HashMap<>();
    private final ProxyTally tally = new ProxyTally();
    private final AtomicInteger clients = new AtomicInteger();
    private final Set<String> unhealthy = new HashSet<>();
    /** When backends came that were not there from the beginning, for their slow start. */
    private final Map<String, Long> joinedNs = new HashMap<>();

    private volatile RoutingTable routes;
    private volatile ProxySettings settings;
    private volatile @Nullable AccessLog accessLog;
    private final Path logDirectory;
    private volatile @Nullable CertificateKeeper certificates;
    private volatile @Nullable BackendDialer dialer;
    private @Nullable Channel listener;
    /** Where it listens beside its own address. */
    private final Map<InetSocketAddress, Channel> published = new HashMap<>();

    private HttpProxy(
            ProxyConfig config,
            ProxySettings settings,
            ThreadFactory threads,
            LongSupplier realtimeNs,
            PhaseListener phases,
            ProxyTransport transport,
            Path logDirectory) {
        this.settings = settings;
        this.realtimeNs = realtimeNs;
        this.phases = phases;
        this.transport = transport;
        this.logDirectory = logDirectory;
        this.routes = new RoutingTable(config, Set.of());
        ThreadFactory netty = task -> threads.newThread(() -> FastThreadLocalThread.runWithFastThreadLocal(task));
        this.group = new MultiThreadIoEventLoopGroup(settings.eventLoops(), netty, transport.handler());
        for (EventExecutor executor : group) {
            loops.put(executor, new ProxyLoop(this, (EventLoop) executor, transport));
        }
    }

    /**
     * Listens and serves until closed.
     *
     * @param threads makes the event-loop threads; each must be inside the wanted network namespace when its task runs
     * @param realtimeNs the clock of the phases, nanoseconds of CLOCK_REALTIME
     * @throws IOException naming the address when it cannot be listened on
     */
    public static HttpProxy start(
            ProxyConfig config,
            ProxySettings settings,
            ThreadFactory threads,
            LongSupplier realtimeNs,
            PhaseListener phases)
            throws IOException {
        return start(config, settings, threads, realtimeNs, phases, LOGS);
    }

    /** The same with the directory of its access log's file. */
    public static HttpProxy start(
            ProxyConfig config,
            ProxySettings settings,
            ThreadFactory threads,
            LongSupplier realtimeNs,
            PhaseListener phases,
            Path logDirectory)
            throws IOException {
        return start(config, settings, threads, realtimeNs, phases, ProxyTransport.best(), logDirectory);
    }

    static HttpProxy start(
            ProxyConfig config,
            ProxySettings settings,
            ThreadFactory threads,
            LongSupplier realtimeNs,
            PhaseListener phases,
            ProxyTransport transport)
            throws IOException {
        return start(config, settings, threads, realtimeNs, phases, transport, LOGS);
    }

    private static HttpProxy start(
            ProxyConfig config,
            ProxySettings settings,
            ThreadFactory threads,
            LongSupplier realtimeNs,
            PhaseListener phases,
            ProxyTransport transport,
            Path logDirectory)
            throws IOException {
        HttpProxy proxy = new HttpProxy(config, settings, threads, realtimeNs, phases, transport, logDirectory);
        try {
            proxy.dialer = new BackendDialer(config.protocol());
            proxy.certificates = proxy.keeper(config);
            // A socket belongs to the namespace of the thread that opens it.
            proxy.listener = proxy.listen(config.listen(), proxy.group.next());
        } catch (IOException | RuntimeException e) {
            proxy.closeCertificates();
            proxy.group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw e;
        }
        synchronized (proxy.unhealthy) {
            proxy.adoptLog(config.policy().accessLog());
        }
        LOG.info("L7 service {} listens on {} ({})", config.service(), proxy.address(), transport.name());
        return proxy;
    }

    /** @param place runs what opens the socket */
    private Channel listen(InetSocketAddress address, Executor place) throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(transport.listener())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                });
        ChannelFuture bound = CompletableFuture.supplyAsync(() -> bootstrap.bind(address), place)
                .join()
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + AddressText.of(address) + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        return bound.channel();
    }

    /**
     * Serves at these addresses, too, and no longer at those of before that are not among them. Connections stay.
     *
     * @param place runs what opens the sockets, in the namespace where they are to be
     * @throws IOException naming the first address that cannot be listened on; the others are served
     */
    public void publish(Collection<InetSocketAddress> addresses, Executor place) throws IOException {
        IOException failed = null;
        synchronized (published) {
            published.entrySet().removeIf(entry -> {
                boolean gone = !addresses.contains(entry.getKey());
                if (gone) {
                    entry.getValue().close().awaitUninterruptibly();
                }
                return gone;
            });
            for (InetSocketAddress address : addresses) {
                try {
                    if (!published.containsKey(address)) {
                        published.put(address, listen(address, place));
                    }
                } catch (IOException e) {
                    failed = failed == null ? e : failed;
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private void accept(SocketChannel channel) {
        ProxyLoop loop = Objects.requireNonNull(loops.get(channel.eventLoop()));
        channel.closeFuture().addListener(closed -> clientLeft());
        if (clients.incrementAndGet() > settings.maxClients()) {
            channel.close();
        } else {
            loop.accept(channel);
        }
    }

    private @Nullable CertificateKeeper keeper(ProxyConfig config) throws IOException {
        return config.tls().certificates().isEmpty() ? null : new CertificateKeeper(config.service(), config.tls());
    }

    private void closeCertificates() {
        CertificateKeeper keeper = certificates;
        if (keeper != null) {
            keeper.close();
        }
    }

    BackendDialer dialer() {
        return Objects.requireNonNull(dialer);
    }

    /** The certificates for the next client, or null when clients speak in clear text. */
    @Nullable
    TlsCertificates certificates() {
        CertificateKeeper keeper = certificates;
        return keeper == null ? null : keeper.current();
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public InetSocketAddress address() {
        return (InetSocketAddress) Objects.requireNonNull(listener).localAddress();
    }

    /** {@code io_uring} or {@code nio}. */
    public String transport() {
        return transport.name();
    }

    public ProxyCounters counters() {
        return tally.snapshot(clients.get());
    }

    /**
     * Routes and backends from now on. Requests under way end as they began; connections to clients stay.
     *
     * @throws IllegalArgumentException when the address differs: that is another proxy
     * @throws IOException naming the certificate that cannot be used; all stays as it was
     */
    public void replace(ProxyConfig config) throws IOException {
        replace(config, settings);
    }

    /**
     * The same, and other limits and times; the number of event loops stays, and a connection keeps its header limit.
     *
     * @throws IllegalArgumentException when the address differs: that is another proxy
     * @throws IOException naming the certificate that cannot be used; all stays as it was
     */
    public void replace(ProxyConfig config, ProxySettings newSettings) throws IOException {
        synchronized (unhealthy) {
            if (!config.listen().equals(routes.config().listen())) {
                throw new IllegalArgumentException(
                        "a proxy on " + routes.config().listen() + " cannot move to " + config.listen());
            }
            boolean otherProtocol = !config.protocol().equals(dialer().protocol());
            BackendDialer nextDialer = otherProtocol ? new BackendDialer(config.protocol()) : dialer();
            if (!config.tls().equals(routes.config().tls())) {
                CertificateKeeper next = keeper(config);
                closeCertificates();
                certificates = next;
            }
            Set<String> names =
                    config.backends().stream().map(ProxyBackend::name).collect(Collectors.toSet());
            unhealthy.retainAll(names);
            joinedNs.keySet().retainAll(names);
            Set<String> joining = takers(config);
            joining.removeAll(takers(routes.config()));
            joining.forEach(name -> joinedNs.put(name, System.nanoTime()));
            settings = newSettings;
            dialer = nextDialer;
            if (otherProtocol) {
                loops.values().forEach(loop -> loop.executor().execute(loop::retireBackends));
            }
            adoptLog(config.policy().accessLog());
            publish(config);
        }
    }

    /** Names of the backends that take new clients. */
    private static Set<String> takers(ProxyConfig config) {
        return config.backends().stream()
                .filter(backend -> backend.weight() > 0)
                .map(ProxyBackend::name)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** What was done with one backend; zeros when there was never one of this name. */
    public BackendCounters backendCounters(String name) {
        return tally.backend(name).snapshot(name);
    }

    /** What became of the requests of the routes that are called so, {@link RouteMatch#label}; their name is that. */
    public BackendCounters routeCounters(String label) {
        return tally.route(label).snapshot(label);
    }

    /** The access log's file is opened anew, so that the old one can be moved away. */
    public void reopenLog() {
        AccessLog log = accessLog;
        if (log != null) {
            log.reopen();
        }
    }

    @Nullable
    AccessLog accessLog() {
        return accessLog;
    }

    private void adoptLog(AccessLogPolicy policy) {
        AccessLog before = accessLog;
        if (before == null
                ? policy.format() == AccessLogPolicy.Format.NONE
                : before.policy().equals(policy)) {
            return;
        }
        accessLog = policy.format() == AccessLogPolicy.Format.NONE
                ? null
                : new AccessLog(policy, logDirectory, service(), tally.logDrops);
        if (before != null) {
            before.close();
        }
    }

    /** A backend gets requests, or none; one that was never mentioned here counts as healthy. */
    public void health(String backend, boolean healthy) {
        synchronized (unhealthy) {
            if (healthy ? unhealthy.remove(backend) : unhealthy.add(backend)) {
                if (healthy) {
                    joinedNs.put(backend, System.nanoTime());
                }
                publish(routes.config());
            }
        }
    }

    private void publish(ProxyConfig config) {
        RoutingTable table = new RoutingTable(config, unhealthy, joinedNs, routes);
        routes = table;
        for (ProxyLoop loop : loops.values()) {
            loop.executor().execute(() -> loop.prune(table));
        }
    }

    /** Stops listening, lets requests under way end within the drain time, then cuts what is left. */
    @Override
    public void close() {
        if (group.isShuttingDown()) {
            return;
        }
        if (listener != null) {
            listener.close().awaitUninterruptibly();
        }
        synchronized (published) {
            published.values().forEach(other -> other.close().awaitUninterruptibly());
        }
        long endNs = System.nanoTime() + settings.drainTimeoutMs() * 1_000_000L;
        onEveryLoop(ProxyLoop::drain);
        try {
            synchronized (clients) {
                while (clients.get() > 0 && System.nanoTime() - endNs < 0) {
                    clients.wait(Math.max(1, (endNs - System.nanoTime()) / 1_000_000));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        onEveryLoop(ProxyLoop::abort);
        closeCertificates();
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
        AccessLog log = accessLog;
        if (log != null) {
            log.close();
        }
    }

    private void onEveryLoop(Consumer<ProxyLoop> action) {
        for (ProxyLoop loop : loops.values()) {
            loop.executor().submit(() -> action.accept(loop)).awaitUninterruptibly();
        }
    }

    private void clientLeft() {
        if (clients.decrementAndGet() == 0) {
            synchronized (clients) {
                clients.notifyAll();
            }
        }
    }

    ProxySettings settings() {
        return settings;
    }

    LongSupplier clock() {
        return realtimeNs;
    }

    PhaseListener phases() {
        return phases;
    }

    /** Counts an answer of our own that is about to be written, and tells of it. */
    void answeredItself(Peer client, boolean backendAsked, int status, long firstByteNs) {
        tally.answered(status);
        tellOfOwn(client, backendAsked, status, firstByteNs);
    }

    /** Tells of an answer of our own, or of one that we break off, where the client is timed. */
    void tellOfOwn(Peer client, boolean backendAsked, int status, long firstByteNs) {
        if (client.isTimed()) {
            phases.answeredItself(new OwnAnswer(
                    service(),
                    client.connection(),
                    client.asked(),
                    backendAsked,
                    status,
                    firstByteNs,
                    realtimeNs.getAsLong()));
        }
    }

    ProxyTally tally() {
        return tally;
    }

    String service() {
        return routes.config().service();
    }

    RoutingTable routes() {
        return routes;
    }
}
