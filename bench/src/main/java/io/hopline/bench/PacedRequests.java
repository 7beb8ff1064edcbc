package io.hopline.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Requests at planned times on a fixed number of kept connections, by one thread: a thread a connection, as the demo's load
 * has, would take the cores from the balancer at these rates. A request that falls due while all connections are busy is
 * sent when one is free, and the wait is part of its latency. The thread sleeps between looks, so every figure is up to
 * {@value #LOOK_NS} ns and a wake-up too long, the same for all systems.
 */
final class PacedRequests {
    private static final long LOOK_NS = 50_000;
    private static final long DRAIN_NS = 2_000_000_000L;
    private static final int READ_BYTES = 16 * 1024;
    private static final int SIGNIFICANT_DIGITS = 3;

    private final InetSocketAddress target;
    private final ByteBuffer request;
    private final ByteBuffer input = ByteBuffer.wrap(new byte[READ_BYTES]);
    private final Histogram latencyNs = new Histogram(SIGNIFICANT_DIGITS);
    private final Deque<Client> idle = new ArrayDeque<>();
    private long answered;
    private long failed;

    /** A request's connection. */
    private static final class Client {
        private final SocketChannel channel;
        private ResponseReader reader = new ResponseReader();
        private long plannedNs;

        Client(SocketChannel channel) {
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
        this.target = target;
        this.request = ByteBuffer.wrap(request);
    }

    /** Sends for so long, then waits for what is still to come. */
    Result run(double requestsPerS, int connections, long durationNs) throws IOException {
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < connections; i++) {
                idle.add(connect(selector));
            }
            long startNs = System.nanoTime();
            long planned = (long) (requestsPerS * durationNs / 1e9);
            long sent = 0;
            long now = startNs;
            while (answered + failed < planned && now - startNs < durationNs + DRAIN_NS) {
                selector.selectNow(key -> read(selector, key));
                now = System.nanoTime();
                while (sent < planned && !idle.isEmpty() && startNs + (long) (sent * 1e9 / requestsPerS) <= now) {
                    send(selector, idle.pop(), startNs + (long) (sent * 1e9 / requestsPerS));
                    sent++;
                }
                LockSupport.parkNanos(LOOK_NS);
            }
            // A system that cannot keep up has not failed: what is unanswered has waited until now.
            for (long i = answered + failed; i < planned; i++) {
                latencyNs.recordValue(now - startNs - (long) (i * 1e9 / requestsPerS));
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            return new Result(
                    answered,
                    failed,
                    answered * 1e9 / (now - startNs),
                    latencyNs.getValueAtPercentile(50) / 1e3,
                    latencyNs.getValueAtPercentile(99) / 1e3);
        }
    }

    private Client connect(Selector selector) throws IOException {
        SocketChannel channel = SocketChannel.open(target);
        channel.setOption(java.net.StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        var client = new Client(channel);
        channel.register(selector, SelectionKey.OP_READ, client);
        return client;
    }

    private void send(Selector selector, Client client, long plannedNs) throws IOException {
        client.plannedNs = plannedNs;
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
                idle.push(client);
            } else if (client.reader.failed()) {
                replace(selector, client);
            }
        } catch (IOException ended) {
            failed++;
            key.cancel();
        }
    }

    private void replace(Selector selector, Client client) throws IOException {
        failed++;
        idle.remove(client);
        client.channel.close();
        idle.push(connect(selector));
    }
}
