package io.hopline.cli;

import io.hopline.linux.NetNs;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Connections that stay open, by TLS or as WebSockets, and are asked one after the other. */
final class KeptSockets implements AutoCloseable {
    private static final int TIMEOUT_MS = 30_000;
    /** A text of two letters, masked with zeros (RFC 6455, section 5.2). */
    private static final byte[] FRAME = {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'};

    private final List<Socket> pages = new ArrayList<>();
    private final List<Socket> webSockets = new ArrayList<>();

    /** Opens TLS connections and asks each for a page. */
    KeptConnections.Round openPages(NetNs from, InetSocketAddress to, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            pages.add(connect(from, to, true));
        }
        return askPages();
    }

    /** Opens WebSockets, which must be agreed to. */
    void openWebSockets(NetNs from, InetSocketAddress to, int count, boolean secure) throws Exception {
        for (int i = 0; i < count; i++) {
            Socket socket = connect(from, to, secure);
            webSockets.add(socket);
            String head = ask(
                    socket,
                    "GET /socket HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            if (!head.startsWith("HTTP/1.1 101 ")) {
                throw new IOException("no WebSocket but " + head);
            }
        }
    }

    /** Asks each TLS connection for a page: who answered, and what broke. */
    KeptConnections.Round askPages() {
        var round = new KeptConnections.Round(new TreeMap<>(), new TreeMap<>());
        for (Socket socket : pages) {
            try {
                String head = ask(socket, "GET / HTTP/1.1\r\nHost: test\r\n\r\n");
                String server = new String(socket.getInputStream().readNBytes(2), StandardCharsets.US_ASCII);
                (head.startsWith("HTTP/1.1 200 ") ? round.answered() : round.lost()).merge(server, 1, Integer::sum);
            } catch (IOException e) {
                round.lost().merge(String.valueOf(e.getMessage()), 1, Integer::sum);
            }
        }
        return round;
    }

    /** Sends a frame through each WebSocket, which must come back. */
    void echo() throws IOException {
        for (Socket socket : webSockets) {
            socket.getOutputStream().write(FRAME);
            byte[] back = socket.getInputStream().readNBytes(FRAME.length);
            if (back.length < FRAME.length) {
                throw new IOException("a WebSocket ended after " + back.length + " bytes of an echo");
            }
        }
    }

    private static String ask(Socket socket, String request) throws IOException {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed by the other side after '" + head + "'");
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static Socket connect(NetNs from, InetSocketAddress to, boolean secure) throws Exception {
        SocketChannel channel = from.call(SocketChannel::open);
        channel.socket().setSoTimeout(TIMEOUT_MS);
        channel.connect(to);
        return secure ? secure(channel.socket()) : channel.socket();
    }

    private static SSLSocket secure(Socket plain) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anyone()}, new SecureRandom());
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "test", 443, true);
        socket.startHandshake();
        return socket;
    }

    /** Which certificate a new connection is shown, by its serial number. */
    static String certificateOf(NetNs from, InetSocketAddress to) throws Exception {
        try (SSLSocket socket = (SSLSocket) connect(from, to, true)) {
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSerialNumber()
                    .toString(16);
        }
    }

    /** Puts a new certificate and its key at {@code test.crt} and {@code test.key}; returns its serial number. */
    static String makeCertificate(Path directory, String serial) throws Exception {
        Path key = directory.resolve("new.key");
        Path certificate = directory.resolve("new.crt");
        Program.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-set_serial",
                "0x" + serial,
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        for (Path file : List.of(key, certificate)) {
            String name = file.getFileName().toString().replace("new", "test");
            Files.move(
                    file, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
        return serial;
    }

    private static final class Anyone implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    @Override
    public void close() throws IOException {
        for (List<Socket> sockets : List.of(pages, webSockets)) {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
