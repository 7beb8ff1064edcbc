package io.hopline.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Requests at planned times on a fixed number of kept connections, to one server or to several in turn, by one thread: a
 * thread a connection, as the demo's load has, would take the cores from the balancer at these rates. A request that falls
 * due while all connections to its server are busy is sent when one is free, and the wait is part of its latency. The thread
 * sleeps between looks, so every figure is up to {@value #LOOK_NS} ns and a wake-up too long, the same for all systems.
 */
final class PacedRequests {
    private static final long LOOK_NS = 50_000;
    private static final long DRAIN_NS = 2_000_000_000L;
    private static final int READ_BYTES = 16 * 1024;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final List<Server> servers;
    private final ByteBuffer request;
    private final ByteBuffer input = ByteBuffer.wrap(new byte[READ_BYTES]);
    private final Histogram latencyNs = new Histogram(SIGNIFICANT_DIGITS);
    private long answered;
    private long failed;

    /** A server, its free connections and the planned times of requests that wait for one. */
    private static final class Server {
        private final InetSocketAddress address;
        private final Deque<Client> idle = new ArrayDeque<>();
        private final Deque<Long> waiting = new ArrayDeque<>();

        Server(InetSocketAddress address) {
            this.address = address;
        }
    }

    /** A request's connection. */
    private static final class Client {
        private final Server server;
        private final SocketChannel channel;
        private final ResponseReader reader = new ResponseReader();
        private boolean busy;
        private long plannedNs;

        Client(Server server, SocketChannel channel) {
            this.server = server;
            this.channel = channel;
        }
    }

    /**
     * What came of them.
     *
     * @param failed requests whose connection ended, or whose answer was not 200
     * @param p50Us latency in microseconds, from the planned time to the response's last byte
     */
    record Result(long answered, long failed, double answeredPerS, double p50Us, double p99Us) {}

    PacedRequests(InetSocketAddress target, byte[] request) {
        this(List.of(target), request);
    }

    /** @param targets each gets every so-manieth request */
    PacedRequests(List<InetSocketAddress> targets, byte[] request) {
        servers = targets.stream().map(Server::new).toList();
        this.request = ByteBuffer.wrap(request);
    }

    /**
     * Sends for so long, then waits for what is still to come.
     *
     * @param requestsPerS to all servers together
     * @param connections to each server
     */
    Result run(double requestsPerS, int connections, long durationNs) throws IOException {
        try (Selector selector = Selector.open()) {
            for (Server server : servers) {
                for (int i = 0; i < connections; i++) {
                    server.idle.add(connect(selector, server));
                }
            }
            long startNs = System.nanoTime();
            long planned = (long) (requestsPerS * durationNs / 1e9);
            long due = 0;
            long now = startNs;
            while (answered + failed < planned && now - startNs < durationNs + DRAIN_NS) {
                selector.selectNow(key -> read(selector, key));
                now = System.nanoTime();
                for (long at = plannedNs(startNs, due, requestsPerS); due < planned && at <= now; due++) {
                    Server server = servers.get((int) (due % servers.size()));
                    server.waiting.add(at);
                    sendWaiting(selector, server);
                    at = plannedNs(startNs, due + 1, requestsPerS);
                }
                LockSupport.parkNanos(LOOK_NS);
            }
            end(selector, now);
            return new Result(
                    answered,
                    failed,
                    answered * 1e9 / (now - startNs),
                    latencyNs.getValueAtPercentile(50) / 1e3,
                    latencyNs.getValueAtPercentile(99) / 1e3);
        }
    }

    private static long plannedNs(long startNs, long number, double requestsPerS) {
        return startNs + (long) (number * 1e9 / requestsPerS);
    }

    private Client connect(Selector selector, Server server) throws IOException {
        SocketChannel channel = SocketChannel.open(server.address);
        channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        var client = new Client(server, channel);
        channel.register(selector, SelectionKey.OP_READ, client);
        return client;
    }

    private void sendWaiting(Selector selector, Server server) throws IOException {
        while (!server.waiting.isEmpty() && !server.idle.isEmpty()) {
            send(selector, server.idle.pop(), server.waiting.remove());
        }
    }

    private void send(Selector selector, Client client, long plannedNs) throws IOException {
        client.plannedNs = plannedNs;
        client.busy = true;
        try {
            // A request is far shorter than an empty socket buffer.
            client.channel.write(request.rewind());
        } catch (IOException ended) {
            replace(selector, client);
        }
    }

    private void read(Selector selector, SelectionKey key) {
        Client client = (Client) key.attachment();
        try {
            int count = client.channel.read(input.clear());
            if (client.reader.take(input.array(), count)) {
                latencyNs.recordValue(System.nanoTime() - client.plannedNs);
                answered++;
                client.busy = false;
                client.server.idle.push(client);
                sendWaiting(selector, client.server);
            } else if (client.reader.failed()) {
                replace(selector, client);
            }
        } catch (IOException ended) {
            failed++;
            client.busy = false;
            key.cancel();
        }
    }

    private void replace(Selector selector, Client client) throws IOException {
        failed++;
        client.busy = false;
        client.server.idle.remove(client);
        client.channel.close();
        client.server.idle.push(connect(selector, client.server));
    }

    /** A system that cannot keep up has not failed: what is unanswered has waited until now. */
    private void end(Selector selector, long now) throws IOException {
        for (Server server : servers) {
            server.waiting.forEach(at -> latencyNs.recordValue(now - at));
        }
        for (SelectionKey key : selector.keys()) {
            Client client = (Client) key.attachment();
            if (client.busy) {
                latencyNs.recordValue(now - client.plannedNs);
            }
            client.channel.close();
        }
    }
}
