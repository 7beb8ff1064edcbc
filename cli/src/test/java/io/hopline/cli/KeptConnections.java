package io.hopline.cli;

import io.hopline.linux.NetNs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Many TCP connections that stay open and ask for a page now and then, from one thread. A page is two characters: the name of the server
 * that sent it.
 */
final class KeptConnections implements AutoCloseable {
    private static final int MAX_AT_ONCE = 256;
    private static final int NAME_BYTES = 2;
    /** So long nothing at all may come before what is under way is given up. */
    private static final long PATIENCE_MS = 30_000;

    private static final ByteBuffer REQUEST =
            ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(4096);

    KeptConnections() throws IOException {}

    /** One of them, with what is read of its answer. */
    private static final class Connection {
        final SocketChannel channel;
        final StringBuilder answer = new StringBuilder();
        /** Who answered last, empty when nobody yet. */
        String server = "";

        String lost = "";

        Connection(SocketChannel channel) {
            this.channel = channel;
        }
    }

    /**
     * What came of asking each connection once.
     *
     * @param answered number of answers by server
     * @param lost what broke, as {@code SERVER: REASON}, by who had answered the connection before
     */
    record Round(Map<String, Integer> answered, Map<String, Integer> lost) {}

    /** Opens more, from a network namespace, and asks each once. */
    Round open(NetNs from, InetSocketAddress to, int count) throws IOException {
        List<Connection> opened = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SocketChannel channel = from.call(SocketChannel::open);
            channel.configureBlocking(false);
            opened.add(new Connection(channel));
        }
        connections.addAll(opened);
        return each(opened, connection -> {
            connection.channel.register(selector, SelectionKey.OP_CONNECT, connection);
            if (connection.channel.connect(to)) {
                ask(connection);
            }
        });
    }

    /** Asks each connection that is left. */
    Round ask() throws IOException {
        return each(List.copyOf(connections), this::ask);
    }

    /** Closes those that a server answered last. */
    void leave(String server) throws IOException {
        for (Connection connection : List.copyOf(connections)) {
            if (connection.server.equals(server)) {
                connection.channel.close();
                connections.remove(connection);
            }
        }
    }

    private interface Step {
        void start(Connection connection) throws IOException;
    }

    private Round each(Collection<Connection> all, Step first) throws IOException {
        Deque<Connection> waiting = new ArrayDeque<>(all);
        List<Connection> underWay = new ArrayList<>();
        Round round = new Round(new TreeMap<>(), new TreeMap<>());
        long lastMs = System.currentTimeMillis();
        while (!waiting.isEmpty() || !underWay.isEmpty()) {
            while (!waiting.isEmpty() && underWay.size() < MAX_AT_ONCE) {
                Connection connection = waiting.removeFirst();
                underWay.add(connection);
                attempt(connection, first);
            }
            selector.select(100);
            for (SelectionKey key : selector.selectedKeys()) {
                attempt((Connection) key.attachment(), connection -> go(connection, key));
            }
            selector.selectedKeys().clear();
            boolean late = System.currentTimeMillis() - lastMs > PATIENCE_MS;
            int before = underWay.size();
            underWay.removeIf(connection -> done(connection, late, round));
            lastMs = underWay.size() < before ? System.currentTimeMillis() : lastMs;
        }
        return round;
    }

    /** What the network does to a connection is its result, not the test's end. */
    private static void attempt(Connection connection, Step step) {
        try {
            step.start(connection);
        } catch (IOException e) {
            connection.lost = String.valueOf(e.getMessage());
        }
    }

    private boolean done(Connection connection, boolean late, Round round) {
        int head = connection.answer.indexOf("\r\n\r\n");
        if (connection.lost.isEmpty() && head >= 0 && connection.answer.length() >= head + 4 + NAME_BYTES) {
            connection.server = connection.answer.substring(head + 4, head + 4 + NAME_BYTES);
            round.answered.merge(connection.server, 1, Integer::sum);
            return true;
        }
        if (connection.lost.isEmpty() && !late) {
            return false;
        }
        round.lost.merge(
                connection.server + ": " + (connection.lost.isEmpty() ? "no answer" : connection.lost),
                1,
                Integer::sum);
        connections.remove(connection);
        attempt(connection, lost -> lost.channel.close());
        return true;
    }

    private void go(Connection connection, SelectionKey key) throws IOException {
        if (key.isConnectable() && connection.channel.finishConnect()) {
            ask(connection);
        }
        if (key.isValid() && key.isReadable()) {
            buffer.clear();
            int bytes = connection.channel.read(buffer);
            if (bytes < 0) {
                throw new IOException("closed by the other side");
            }
            connection.answer.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
        }
    }

    private void ask(Connection connection) throws IOException {
        connection.answer.setLength(0);
        connection.channel.register(selector, SelectionKey.OP_READ, connection);
        // It is shorter than any send buffer.
        connection.channel.write(REQUEST.duplicate());
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }
}
