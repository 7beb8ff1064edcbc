package io.hopline.lb.health;

import io.hopline.lb.http.AddressText;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One try to reach a backend, from connect to verdict, without blocking; used by the checker's thread only. */
final class HealthProbe implements AutoCloseable {
    /** A status line is shorter than this, or the backend does not speak HTTP. */
    private static final int MAX_STATUS_LINE_BYTES = 512;

    /** How a probe ended. */
    record Result(boolean healthy, String detail) {}

    private final HealthCheck check;
    private final @Nullable SocketChannel channel;
    private final ByteBuffer answer = ByteBuffer.allocate(MAX_STATUS_LINE_BYTES);
    private @Nullable ByteBuffer request;
    private @Nullable SelectionKey key;
    private @Nullable Result result;

    private HealthProbe(HealthCheck check, @Nullable SocketChannel channel) {
        this.check = check;
        this.channel = channel;
    }

    /** Opens and connects; a failure to do so is already the probe's result. */
    static HealthProbe start(HealthCheck check, SocketOpener opener, Selector selector, Object attachment) {
        SocketChannel channel;
        try {
            channel = opener.open(check);
        } catch (IOException | RuntimeException e) {
            HealthProbe probe = new HealthProbe(check, null);
            probe.result = new Result(false, "cannot open a socket: " + text(e));
            return probe;
        }
        HealthProbe probe = new HealthProbe(check, channel);
        try {
            channel.configureBlocking(false);
            boolean connected = channel.connect(check.endpoint());
            probe.key = channel.register(selector, SelectionKey.OP_CONNECT, attachment);
            if (connected) {
                probe.connected();
            }
        } catch (IOException | RuntimeException e) {
            probe.result = new Result(false, failure(e));
        }
        return probe;
    }

    /** The verdict, or null while the probe is under way. */
    @Nullable
    Result result() {
        return result;
    }

    /** The probe's time is over. */
    Result timedOut() {
        String waitingFor =
                request == null && channel != null && !channel.isConnected() ? "to connect" : "for an answer";
        return new Result(false, "no success within " + check.timeoutMs() + " ms, waited " + waitingFor);
    }

    /** Continues where the socket is ready. */
    void advance() {
        try {
            SocketChannel socket = Objects.requireNonNull(channel);
            SelectionKey selected = Objects.requireNonNull(key);
            if (selected.isConnectable()) {
                if (socket.finishConnect()) {
                    connected();
                }
            } else if (selected.isWritable()) {
                write(socket, selected);
            } else if (selected.isReadable()) {
                read(socket);
            }
        } catch (IOException | RuntimeException e) {
            result = new Result(false, failure(e));
        }
    }

    private void connected() throws IOException {
        if (check.kind() == HealthCheck.Kind.TCP) {
            result = new Result(true, "connected");
            return;
        }
        request = StandardCharsets.US_ASCII.encode("GET " + check.path() + " HTTP/1.1\r\nHost: "
                + AddressText.of(check.endpoint())
                + "\r\nUser-Agent: hopline-health\r\nAccept: */*\r\nConnection: close\r\n\r\n");
        write(Objects.requireNonNull(channel), Objects.requireNonNull(key));
    }

    private void write(SocketChannel socket, SelectionKey selected) throws IOException {
        ByteBuffer rest = Objects.requireNonNull(request);
        socket.write(rest);
        selected.interestOps(rest.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private void read(SocketChannel socket) throws IOException {
        int got = socket.read(answer);
        String seen = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
        int end = seen.indexOf('\n');
        if (end >= 0) {
            result = judge(seen.substring(0, end).strip());
        } else if (got < 0) {
            result = new Result(false, seen.isEmpty() ? "closed before it answered" : "closed within its status line");
        } else if (!answer.hasRemaining()) {
            result = new Result(false, "not an HTTP answer: no status line in " + MAX_STATUS_LINE_BYTES + " bytes");
        }
    }

    /** Status line: RFC 9112, section 4. */
    private static Result judge(String line) {
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            String shown = line.replaceAll("[^ -~]", "?");
            return new Result(
                    false,
                    "not an HTTP answer: '" + (shown.length() > 40 ? shown.substring(0, 40) + "..." : shown) + "'");
        }
        int status = Integer.parseInt(line.substring(9, 12));
        return new Result(status >= 200 && status < 400, "HTTP " + status);
    }

    private static String failure(Exception e) {
        if (e instanceof ConnectException && text(e).toLowerCase(Locale.ROOT).contains("refused")) {
            return "connection refused";
        }
        return text(e);
    }

    private static String text(Exception e) {
        String message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    @Override
    public void close() {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The descriptor is gone either way, and the verdict does not depend on it.
            }
        }
    }
}
