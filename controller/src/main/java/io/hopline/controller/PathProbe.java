package io.hopline.controller;

import io.hopline.packet.IpAddress;
import io.hopline.sla.ConnectionSampler;
import io.hopline.sla.RequestTrace;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends one real request to a service, from where its clients are and by a port that every host times, and waits for what
 * the hosts saw of exactly that one: of HTTP, or to a UDP service a {@link DatagramProbe}.
 */
final class PathProbe {
    /** Ports sampled one in this many are sampled by every node that times one in a smaller power of two, too. */
    static final int SAMPLE_ONE_IN = 1_024;

    private static final ConnectionSampler SAMPLER = ConnectionSampler.oneIn(SAMPLE_ONE_IN);
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final int READ_TIMEOUT_MS = 5_000;
    private static final long TRACE_TIMEOUT_MS = 8_000;
    private static final int MAX_RESPONSE_BYTES = 1 << 20;
    private static final int MAX_ATTEMPTS = 8;
    private static final int FIRST_PORT = 10_000;
    private static final int LAST_PORT = 60_999;

    private final @Nullable ProbeConnector connector;
    private final LatencyService latency;

    /**
     * What came of one request.
     *
     * @param status of the HTTP response, 0 of a UDP service
     * @param dnsCode of a DNS answer
     * @param clientNs from the first byte sent to the last byte received, by the client's own clock
     */
    record Walk(int status, OptionalInt dnsCode, long clientNs, RequestTrace trace) {
        /** Of an HTTP request. */
        Walk(int status, long clientNs, RequestTrace trace) {
            this(status, OptionalInt.empty(), clientNs, trace);
        }
    }

    /** A socket bound to a port, not yet connected. */
    private interface Asking {
        Walk ask(ProbeConnector sockets, InetSocketAddress from) throws IOException, InterruptedException;
    }

    PathProbe(@Nullable ProbeConnector connector, LatencyService latency) {
        this.connector = connector;
        this.latency = latency;
    }

    /**
     * Walks one request; takes seconds.
     *
     * @param path of the URL, begins with '/'
     * @throws StateException naming what failed: {@code probe}, {@code service} or {@code trace}
     */
    Walk walk(Service service, String path) throws InterruptedException {
        ProbeConnector sockets = connector;
        if (sockets == null) {
            throw StateException.unavailable(
                    "probe", "this controller has no place for a client; start it with a probe namespace");
        }
        if (!path.matches("/[!-~]{0,1023}")) {
            throw StateException.invalid(
                    "path", "must begin with '/' and be printable ASCII: '" + Fields.shown(path) + "'");
        }
        Endpoint vip = service.vip();
        try {
            InetSocketAddress destination = new InetSocketAddress(address(vip.ip()), vip.port());
            return service.protocol() == Service.Protocol.UDP
                    ? walk(sockets, datagramSource(sockets, destination), (s, from) -> question(s, from, destination))
                    : walk(
                            sockets,
                            sourceAddress(sockets, destination),
                            (s, from) -> request(s, from, vip, destination, path));
        } catch (IOException e) {
            throw StateException.unavailable("service", "no answer from " + vip + ": " + e.getMessage());
        }
    }

    private static Walk walk(ProbeConnector sockets, IpAddress source, Asking asking)
            throws IOException, InterruptedException {
        int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT + 1);
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            port = nextSampled(source, port);
            try {
                return asking.ask(sockets, new InetSocketAddress(address(source), port));
            } catch (BindException e) {
                // Somebody uses that port; the next one is as good.
                port++;
            }
        }
        throw StateException.unavailable(
                "probe", "none of " + MAX_ATTEMPTS + " sampled ports of " + source + " is free");
    }

    private Walk request(
            ProbeConnector sockets, InetSocketAddress from, Endpoint vip, InetSocketAddress destination, String path)
            throws IOException, InterruptedException {
        try (SocketChannel channel = sockets.open()) {
            channel.bind(from);
            channel.socket().connect(destination, CONNECT_TIMEOUT_MS);
            CompletableFuture<RequestTrace> trace = latency.await(endpoint(from));
            try {
                long startNs = System.nanoTime();
                int status = exchange(channel, vip, path);
                long clientNs = System.nanoTime() - startNs;
                return new Walk(status, clientNs, await(trace, "with HTTP " + status));
            } finally {
                trace.cancel(false);
            }
        }
    }

    private Walk question(ProbeConnector sockets, InetSocketAddress from, InetSocketAddress destination)
            throws IOException, InterruptedException {
        try (DatagramChannel channel = sockets.openDatagrams()) {
            channel.bind(from);
            channel.connect(destination);
            CompletableFuture<RequestTrace> trace = latency.await(endpoint(from));
            try {
                DatagramProbe.Answer answer = DatagramProbe.ask(channel, READ_TIMEOUT_MS);
                return new Walk(0, answer.dnsCode(), answer.clientNs(), await(trace, "by a datagram"));
            } finally {
                trace.cancel(false);
            }
        }
    }

    private static Endpoint endpoint(InetSocketAddress address) {
        return new Endpoint(IpAddress.of(address.getAddress().getAddress()), address.getPort());
    }

    /** As below, of datagrams, for which the kernel chooses it at once. */
    private static IpAddress datagramSource(ProbeConnector sockets, InetSocketAddress destination) throws IOException {
        try (DatagramChannel channel = sockets.openDatagrams()) {
            channel.connect(destination);
            return endpoint((InetSocketAddress) channel.getLocalAddress()).ip();
        }
    }

    /** The address that the kernel gives a connection to the VIP: known only once one was made. */
    private static IpAddress sourceAddress(ProbeConnector sockets, InetSocketAddress destination) throws IOException {
        try (SocketChannel channel = sockets.open()) {
            channel.socket().connect(destination, CONNECT_TIMEOUT_MS);
            InetAddress local = ((InetSocketAddress) channel.getLocalAddress()).getAddress();
            return IpAddress.of(local.getAddress());
        }
    }

    /** The first port from {@code start} on, around the end, whose connections every node times. */
    static int nextSampled(IpAddress source, int start) {
        int address = ConnectionSampler.fold(source.high(), source.low());
        int count = LAST_PORT - FIRST_PORT + 1;
        for (int i = 0; i < count; i++) {
            int port = FIRST_PORT + (start - FIRST_PORT + i) % count;
            if (SAMPLER.sampled(address, port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port of " + source + " is sampled");
    }

    private static int exchange(SocketChannel channel, Endpoint vip, String path) throws IOException {
        channel.socket().setSoTimeout(READ_TIMEOUT_MS);
        String request = "GET " + path + " HTTP/1.1\r\nHost: " + vip
                + "\r\nUser-Agent: hopline-path\r\nConnection: close\r\n\r\n";
        channel.socket().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        InputStream in = channel.socket().getInputStream();
        return status(in.readNBytes(MAX_RESPONSE_BYTES));
    }

    private static int status(byte[] response) throws IOException {
        String head = new String(response, 0, Math.min(response.length, 64), StandardCharsets.ISO_8859_1);
        if (!head.matches("(?s)HTTP/1\\.[01] [1-5][0-9][0-9].*")) {
            throw new IOException("it is not an HTTP response: '" + Fields.shown(head) + "'");
        }
        return Integer.parseInt(head.substring(9, 12));
    }

    /** @param how it was answered, for an error message */
    private static RequestTrace await(CompletableFuture<RequestTrace> trace, String how) throws InterruptedException {
        try {
            return trace.get(TRACE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | CancellationException | ExecutionException e) {
            throw StateException.unavailable(
                    "trace",
                    "the request was answered " + how + ", but what the hosts saw of it was not complete within "
                            + TRACE_TIMEOUT_MS / 1_000 + " s");
        }
    }

    private static InetAddress address(IpAddress ip) throws IOException {
        return InetAddress.getByAddress(ip.bytes());
    }
}
