package io.hopline.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One client connection that speaks just enough HTTP/1.1 (RFC 9112) to ask for one path again and again. It is used by
 * one thread and does as little as possible between the bytes and the clock, which a general client does not.
 */
final class HttpConnection implements AutoCloseable {
    private static final int MAX_HEAD_BYTES = 16 * 1024;
    private static final int MAX_BODY_BYTES = 1 << 20;

    /** Where sockets come from: the namespace a socket is made in is the one it sends from ever after. */
    @FunctionalInterface
    interface SocketSource {
        SocketChannel open() throws IOException;
    }

    /**
     * What came back.
     *
     * @param status HTTP status code
     * @param body the whole body
     * @param keepAlive whether the server will take another request on this connection
     */
    record Response(int status, byte[] body, boolean keepAlive) {}

    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;

    private HttpConnection(SocketChannel channel) throws IOException {
        this.channel = channel;
        this.in = new BufferedInputStream(channel.socket().getInputStream(), 16 * 1024);
        this.out = channel.socket().getOutputStream();
    }

    /** Connects; {@code timeoutMs} bounds the connect and, later, the wait for each response. */
    static HttpConnection open(SocketSource sockets, InetSocketAddress target, int timeoutMs) throws IOException {
        SocketChannel channel = sockets.open();
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().setSoTimeout(timeoutMs);
            channel.socket().connect(target, timeoutMs);
            return new HttpConnection(channel);
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /** The bytes of a GET request, made once and sent as they are. */
    static byte[] request(String host, String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: hopline\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Sends one request and waits for the whole response. */
    Response exchange(byte[] request) throws IOException {
        out.write(request);
        out.flush();
        String head = readHead();
        String[] lines = head.split("\r\n");
        int status = statusOf(lines[0]);
        int length = -1;
        boolean keepAlive = true;
        for (int i = 1; i < lines.length; i++) {
            String line = lines[i].toLowerCase(Locale.ROOT);
            if (line.startsWith("content-length:")) {
                length = lengthOf(line.substring("content-length:".length()).trim());
            } else if (line.startsWith("connection:") && line.contains("close")) {
                keepAlive = false;
            }
        }
        if (length < 0) {
            throw new ProtocolException("a response without Content-Length: " + lines[0]);
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the server closed in the middle of a body");
        }
        return new Response(status, body, keepAlive);
    }

    private String readHead() throws IOException {
        var head = new ByteArrayOutputStream(512);
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException(
                        head.size() == 0
                                ? "the server closed the connection"
                                : "the server closed in the middle of a head");
            }
            head.write(next);
            if (head.size() > MAX_HEAD_BYTES) {
                throw new ProtocolException("a response head of more than " + MAX_HEAD_BYTES + " bytes");
            }
            boolean carriageReturnWanted = matched % 2 == 0;
            if (next == (carriageReturnWanted ? '\r' : '\n')) {
                matched++;
            } else {
                matched = next == '\r' ? 1 : 0;
            }
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static int statusOf(String line) throws ProtocolException {
        if (!line.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new ProtocolException("not an HTTP/1.1 status line: " + line);
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static int lengthOf(String text) throws ProtocolException {
        if (!text.matches("[0-9]{1,7}") || Integer.parseInt(text) > MAX_BODY_BYTES) {
            throw new ProtocolException("Content-Length: " + text);
        }
        return Integer.parseInt(text);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException ignored) {
            // A socket that fails to close has no data of ours left; there is nothing to undo.
        }
    }
}
