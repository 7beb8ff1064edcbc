package io.hopline.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where {@code hopline vnic attach} and its like reach a node: a Unix stream socket on which each line is a JSON request
 * and each answer one JSON line, {@code {"ok":true,...}} or {@code {"ok":false,"error":"..."}}.
 *
 * <p>One virtual thread per connection. A request line has at most 64 KiB.
 */
final class ControlSocket implements AutoCloseable {
    /** What a request asks for; throws {@link IllegalArgumentException} with the reason when it cannot be done. */
    interface Handler {
        Map<String, Object> handle(JsonNode request);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ControlSocket.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MAX_LINE_CHARS = 64 * 1024;

    private final Path path;
    private final ServerSocketChannel server;
    private final Handler handler;

    private ControlSocket(Path path, ServerSocketChannel server, Handler handler) {
        this.path = path;
        this.server = server;
        this.handler = handler;
    }

    /** Listens at the path; a socket file that nobody answers at is left over from a node that died and is replaced. */
    static ControlSocket listen(Path path, Handler handler) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        if (Files.exists(path)) {
            try (SocketChannel other = SocketChannel.open(address)) {
                throw new IOException("another node listens at " + path + " (" + other.getRemoteAddress() + ")");
            } catch (java.net.ConnectException nobody) {
                Files.delete(path);
            }
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(address);
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen at " + path + ": " + e.getMessage(), e);
        }
        ControlSocket socket = new ControlSocket(path, server, handler);
        Thread.ofVirtual().name("control-accept").start(socket::accept);
        return socket;
    }

    private void accept() {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                Thread.ofVirtual().name("control").start(() -> serve(client));
            } catch (IOException e) {
                if (server.isOpen()) {
                    LOG.warn("control socket {}: {}", path, e.getMessage());
                }
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client;
                BufferedReader in = new BufferedReader(Channels.newReader(client, StandardCharsets.UTF_8));
                Writer out = Channels.newWriter(client, StandardCharsets.UTF_8)) {
            for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
                out.write(JSON.writeValueAsString(answer(line)));
                out.write('\n');
                out.flush();
            }
        } catch (IOException e) {
            LOG.debug("control connection ended: {}", e.getMessage());
        }
    }

    private static String readLine(BufferedReader in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
            if (line.length() > MAX_LINE_CHARS) {
                throw new IOException("request line longer than " + MAX_LINE_CHARS + " characters");
            }
        }
        return line.toString();
    }

    private Map<String, Object> answer(String line) {
        try {
            Map<String, Object> answer = new java.util.LinkedHashMap<>();
            answer.put("ok", true);
            answer.putAll(handler.handle(JSON.readTree(line)));
            return answer;
        } catch (JacksonException e) {
            return refusal("not JSON: " + e.getOriginalMessage());
        } catch (RuntimeException e) {
            String message = e.getMessage();
            LOG.info("request refused: {}", message);
            return refusal(message == null ? e.toString() : message);
        }
    }

    private static Map<String, Object> refusal(String reason) {
        return Map.of("ok", false, "error", reason);
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("closing control socket {}: {}", path, e.getMessage());
        }
    }
}
