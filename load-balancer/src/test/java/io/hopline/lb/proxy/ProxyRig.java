package io.hopline.lb.proxy;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyRoute;
import io.hopline.lb.config.ProxySettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;

/** A real proxy with real servers behind it, all on loopback; closes what it opened in reverse order. */
public final class ProxyRig implements AutoCloseable {
    static final ProxySettings SETTINGS = ProxySettings.defaults();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final BlockingQueue<RequestPhases> phases = new LinkedBlockingQueue<>();
    final Set<Integer> backendPorts = ConcurrentHashMap.newKeySet();

    public static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** A JDK server; the ports that its clients come from are collected. */
    HttpServer server(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(loopback(0), 256);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            backendPorts.add(exchange.getRemoteAddress().getPort());
            try (exchange) {
                handler.handle(exchange);
            }
        });
        server.start();
        opened.push(() -> server.stop(0));
        return server;
    }

    /** A server that answers every request with its own name. */
    HttpServer named(String name) throws IOException {
        return server(exchange -> {
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
            byte[] body = name.getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        });
    }

    /** A backend that answers every request with its own name. */
    ProxyBackend answering(String name) throws IOException {
        return backend(name, named(name));
    }

    /** A backend that accepts connections, since its kernel does, and says nothing. */
    ProxyBackend silent() throws IOException {
        ServerSocket server = closing(new ServerSocket(0, 50, loopback(0).getAddress()));
        return backend("silent", loopback(server.getLocalPort()));
    }

    /** What a server does with a connection. */
    @FunctionalInterface
    interface Serving {
        void serve(Socket socket) throws Exception;
    }

    /** A server that writes whatever bytes it likes. */
    ProxyBackend rawServer(Serving serving) throws IOException {
        ServerSocket server = closing(new ServerSocket(0, 50, loopback(0).getAddress()));
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket socket = server.accept();
                    Thread.ofVirtual().start(() -> {
                        try (socket) {
                            serving.serve(socket);
                        } catch (Exception closed) {
                            Thread.currentThread().interrupt();
                        }
                    });
                } catch (IOException closed) {
                    return;
                }
            }
        });
        return backend("b", loopback(server.getLocalPort()));
    }

    static ProxyBackend backend(String name, InetSocketAddress endpoint) {
        return new ProxyBackend(name, endpoint);
    }

    static ProxyBackend backend(String name, HttpServer server) {
        return new ProxyBackend(name, server.getAddress());
    }

    /** Everything to all of these, in turn. */
    static ProxyConfig config(ProxyBackend... backends) {
        List<ProxyBackend> list = List.of(backends);
        return new ProxyConfig(
                "web",
                loopback(0),
                List.of(new ProxyRoute(
                        "*", "/", list.stream().map(ProxyBackend::name).toList())),
                list);
    }

    HttpProxy proxy(ProxySettings settings, ProxyConfig config) throws IOException {
        return proxy(settings, config, phases::add);
    }

    HttpProxy proxy(ProxySettings settings, ProxyConfig config, PhaseListener listener) throws IOException {
        return proxy(settings, config, listener, Path.of("/nowhere"));
    }

    /** One whose access log is in this folder. */
    HttpProxy proxy(ProxySettings settings, ProxyConfig config, Path logs) throws IOException {
        return proxy(settings, config, phases::add, logs);
    }

    private HttpProxy proxy(ProxySettings settings, ProxyConfig config, PhaseListener listener, Path logs)
            throws IOException {
        HttpProxy proxy = HttpProxy.start(
                config,
                settings,
                task -> Thread.ofPlatform().daemon().name("proxy").unstarted(task),
                ProxyRig::realtimeNs,
                listener,
                logs);
        opened.push(proxy);
        return proxy;
    }

    HttpProxy proxy(ProxyBackend... backends) throws IOException {
        return proxy(SETTINGS, config(backends));
    }

    static long realtimeNs() {
        java.time.Instant now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    static HttpRequest.Builder request(HttpProxy proxy, String target) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + proxy.address().getPort() + target));
    }

    HttpResponse<String> get(HttpProxy proxy, String target) throws IOException, InterruptedException {
        return client.send(request(proxy, target).build(), HttpResponse.BodyHandlers.ofString());
    }

    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        return client.send(request, handler);
    }

    Socket connect(HttpProxy proxy) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), proxy.address().getPort());
        socket.setSoTimeout(15_000);
        opened.push(socket);
        return socket;
    }

    /** Sends bytes as they stand and reads until the proxy closes. */
    String exchange(HttpProxy proxy, String request) throws IOException {
        Socket socket = connect(proxy);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return readAll(socket.getInputStream());
    }

    static String readAll(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        in.transferTo(all);
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Reads up to and including the text. */
    static String readUntil(InputStream in, String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed before '" + text + "', after: " + seen);
            }
            seen.append((char) b);
        }
        return seen.toString();
    }

    <T extends AutoCloseable> T closing(T resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void close() throws Exception {
        client.close();
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        threads.shutdownNow();
    }
}
