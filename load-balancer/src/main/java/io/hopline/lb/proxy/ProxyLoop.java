package io.hopline.lb.proxy;

import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyPolicy;
import io.hopline.lb.config.ProxySettings;
import io.hopline.lb.http.FieldReader;
import io.hopline.lb.http.HeadParser;
import io.hopline.lb.http.Peer;
import io.hopline.lb.route.RoutingTable;
import io.hopline.lb.tls.TlsCertificates;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What one event loop owns: its clients' connections, its pools of backend connections, and the time limits of both. */
final class ProxyLoop {
    /** Ports tried for a connection that is to be timed, before any will do. */
    private static final int SOURCES = 8;

    private final HttpProxy proxy;
    private final EventLoop loop;
    private final Bootstrap backends;
    private final HeadParser parser = new HeadParser();
    private final Set<Client> clients = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<InetSocketAddress, BackendPool> pools = new HashMap<>();
    private final LoopRoutes routes;
    private boolean draining;

    ProxyLoop(HttpProxy proxy, EventLoop loop, ProxyTransport transport) {
        this.proxy = proxy;
        this.loop = loop;
        this.routes = new LoopRoutes(proxy.tally()::backend, proxy.tally()::route);
        this.backends = new Bootstrap()
                .group(loop)
                .channel(transport.connection())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false);
        nextTick();
    }

    HttpProxy proxy() {
        return proxy;
    }

    ProxySettings settings() {
        return proxy.settings();
    }

    HeadParser parser() {
        return parser;
    }

    boolean draining() {
        return draining;
    }

    /** Who has opened a connection, as long as nobody else is spoken for by it. */
    Peer peer(SocketChannel channel) {
        return Peer.of(channel, proxy.phases().timing(channel.remoteAddress()));
    }

    /** Takes over a connection that was just accepted. */
    void accept(SocketChannel channel) {
        InetSocketAddress from = channel.remoteAddress();
        if (proxy.routes().forwarded().introduces(from.getAddress())) {
            channel.pipeline().addLast(ProxiedStart.decoder(), new ProxiedStart(this, channel));
            return;
        }
        TlsCertificates certificates = proxy.certificates();
        if (certificates == null) {
            channel.pipeline().addLast(new FrontConnection(this, channel, peer(channel)));
        } else {
            channel.pipeline().addLast(TlsStart.decryption(certificates, channel), new TlsStart(this, peer(channel)));
        }
    }

    /** The same of a connection that is open, when it is known who the client is. */
    void begin(SocketChannel channel, Peer peer) {
        TlsCertificates certificates = proxy.certificates();
        if (certificates == null) {
            serve(channel, peer, false);
        } else {
            channel.pipeline().addLast(TlsStart.decryption(certificates, channel), new TlsStart(this, peer));
            channel.read();
        }
    }

    /** Serves a connection whose client is known to speak this protocol from the next byte on. */
    void serve(SocketChannel channel, Peer peer, boolean http2) {
        if (http2) {
            Http2Client.start(this, channel, peer);
        } else {
            FrontConnection front = new FrontConnection(this, channel, peer);
            channel.pipeline().addLast(front);
            front.start();
        }
    }

    void add(Client client) {
        clients.add(client);
    }

    void remove(Client client) {
        clients.remove(client);
    }

    /** The route of a request as this loop serves it, or null. */
    @Nullable
    LoopRoute route(RoutingTable table, String host, String method, String target, FieldReader fields) {
        if (!routes.has(table)) {
            routes.adopt(table);
        }
        RoutingTable.Route route = table.match(host, method, target, fields);
        return route == null ? null : routes.of(route, proxy.service());
    }

    /** The tries of a request of this route, none begun. */
    Tries tries(LoopRoute route, FieldReader fields, InetAddress client) {
        ProxyPolicy policy = proxy.routes().policy();
        return new Tries(
                route,
                policy.retries(),
                routes.budget(),
                policy.maxRequests(settings()),
                route.hash(fields, client),
                route.sticky(fields));
    }

    BackendPool pool(ProxyBackend backend) {
        return pools.computeIfAbsent(backend.endpoint(), endpoint -> new BackendPool(this, backend));
    }

    /** Opens a connection for the exchange; the pool hears of it either way. */
    void connect(BackendPool pool, Exchange exchange) {
        proxy.tally().backendConnects.increment();
        exchange.connecting();
        connect(pool, exchange, pool.source(exchange), SOURCES - 1);
    }

    /** @param others ports that may be tried instead of a source's when that is taken */
    private void connect(BackendPool pool, Exchange exchange, @Nullable InetSocketAddress source, int others) {
        BackendDialer dialer = proxy.dialer();
        AtomicReference<PooledConnection> upstream = new AtomicReference<>();
        ChannelFuture opening = backends.clone()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, settings().connectTimeoutMs())
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        upstream.set(dialer.upstream(channel, pool, ProxyLoop.this));
                    }
                })
                .connect(pool.backend().endpoint(), source);
        opening.addListener(done -> {
            if (done.isSuccess()) {
                SocketChannel channel = (SocketChannel) opening.channel();
                PooledConnection connection = Objects.requireNonNull(upstream.get());
                if (connection instanceof Http2Backend http2) {
                    http2.opened();
                }
                dialer.introduce(
                        channel, exchange.peer().address(), exchange.peer().asked());
                pool.opened(connection, exchange);
                channel.read();
            } else if (source != null && others > 0 && !(done.cause() instanceof ConnectException)) {
                // The port is taken.
                connect(pool, exchange, pool.source(exchange), others - 1);
            } else if (source != null && !(done.cause() instanceof ConnectTimeoutException)) {
                // It may be taken all the same, which transports say each in their own way; the kernel knows one that
                // is not.
                connect(pool, exchange, null, 0);
            } else {
                pool.failed(exchange, done.cause());
            }
        });
    }

    /** The configuration or the health of backends has changed: connections to those that are out are not kept. */
    void prune(RoutingTable table) {
        Set<InetSocketAddress> inUse = table.endpointsInUse();
        for (BackendPool pool : new ArrayList<>(pools.values())) {
            if (!inUse.contains(pool.backend().endpoint())) {
                pools.remove(pool.backend().endpoint());
                pool.retire();
            }
        }
    }

    /** Backends are spoken with otherwise from now on: no connection of before is used again. */
    void retireBackends() {
        pools.values().forEach(BackendPool::retire);
        pools.clear();
    }

    /** Ends connections without a request now and the others after their answer. */
    void drain() {
        draining = true;
        for (Client client : new ArrayList<>(clients)) {
            client.drain();
        }
    }

    /** Ends what is left. */
    void abort() {
        for (Client client : new ArrayList<>(clients)) {
            client.abort();
        }
        for (BackendPool pool : pools.values()) {
            pool.retire();
        }
    }

    EventLoop executor() {
        return loop;
    }

    private void nextTick() {
        long tickMs = Math.clamp(shortestLimitMs() / 4, 5, 500);
        var _ = loop.schedule(this::tick, tickMs, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        long nowNs = System.nanoTime();
        for (Client client : new ArrayList<>(clients)) {
            client.tick(nowNs);
        }
        long idleLimitNs = settings().backendIdleTimeoutMs() * 1_000_000L;
        for (BackendPool pool : pools.values()) {
            pool.closeIdle(nowNs, idleLimitNs);
        }
        nextTick();
    }

    private long shortestLimitMs() {
        ProxySettings settings = settings();
        ProxyPolicy policy = proxy.routes().policy();
        int perTryMs = policy.retries().perTryTimeoutMs();
        int totalMs = policy.limits().totalTimeoutMs();
        int requestMs = Math.min(settings.requestTimeoutMs(), policy.limits().tunnelIdleMs());
        return Math.min(
                Math.min(
                        Math.min(requestMs, settings.responseTimeoutMs()),
                        Math.min(settings.idleTimeoutMs(), settings.backendIdleTimeoutMs())),
                Math.min(perTryMs == 0 ? Integer.MAX_VALUE : perTryMs, totalMs == 0 ? Integer.MAX_VALUE : totalMs));
    }
}
