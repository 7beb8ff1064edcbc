package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.BackendTls;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.config.ProxyConfig;
import io.hopline.lb.config.ProxyTls;
import io.hopline.lb.proxy.RawHttp2.Frame;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backends that are spoken with otherwise than in plain HTTP/1.1. */
class HttpProxyUpstreamTest {
    private final ProxyRig rig = new ProxyRig();

    @TempDir
    private Path dir;

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** A call as gRPC makes it: HTTP/2 both ways, the status in the trailers. */
    @Test
    void trailersPassFromHttp2ToHttp2() throws Exception {
        BlockingQueue<Http2Headers> asked = new LinkedBlockingQueue<>();
        ProxyBackend backend = rig.rawServer(socket -> {
            RawHttp2 server = RawHttp2.server(socket);
            DefaultHttp2HeadersDecoder heads = new DefaultHttp2HeadersDecoder();
            for (Frame frame = server.next(); frame != null; frame = server.next()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    asked.add(heads.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload())));
                }
                if ((frame.flags() & RawHttp2.END_STREAM) != 0) {
                    int id = frame.stream();
                    server.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, RawHttp2.fields(":status", "200"));
                    server.send(RawHttp2.DATA, 0, id, "pong".getBytes(StandardCharsets.US_ASCII));
                    server.send(
                            RawHttp2.HEADERS,
                            RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                            id,
                            RawHttp2.fields("grpc-status", "0"));
                }
            }
        });
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(backend).with(BackendProtocol.HTTP2));
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        DefaultHttp2HeadersDecoder heads = new DefaultHttp2HeadersDecoder();
        for (int id = 1; id <= 5; id += 2) {
            client.send(
                    RawHttp2.HEADERS,
                    RawHttp2.END_HEADERS,
                    id,
                    RawHttp2.fields(
                            ":method",
                            "POST",
                            ":scheme",
                            "http",
                            ":path",
                            "/s/m",
                            ":authority",
                            "h",
                            "te",
                            "trailers"));
            client.send(RawHttp2.DATA, RawHttp2.END_STREAM, id, "ping".getBytes(StandardCharsets.US_ASCII));
            Http2Headers request = Objects.requireNonNull(asked.poll(30, TimeUnit.SECONDS));
            assertThat(request.path()).hasToString("/s/m");
            assertThat(request.authority()).hasToString("h");
            assertThat(request.get("te")).hasToString("trailers");
            Http2Headers head = decode(heads, client.next());
            assertThat(head.status()).hasToString("200");
            assertThat(Objects.requireNonNull(client.next()).payload())
                    .isEqualTo("pong".getBytes(StandardCharsets.US_ASCII));
            Frame last = Objects.requireNonNull(client.next());
            assertThat(last.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
            assertThat(decode(heads, last).get("grpc-status")).hasToString("0");
        }
        assertThat(proxy.counters().backendConnects()).isEqualTo(1);
    }

    private static Http2Headers decode(DefaultHttp2HeadersDecoder heads, @Nullable Frame frame) throws Exception {
        return heads.decodeHeaders(
                1, Unpooled.wrappedBuffer(Objects.requireNonNull(frame).payload()));
    }

    /** The backend is another proxy with TLS, which shows what it was sent. */
    @Test
    void speaksTlsWithBackendsThatItKnows() throws Exception {
        ProxyTls.Certificate certificate = TestCertificates.make(dir, "backend", "backend.example");
        ProxyTls.Certificate other = TestCertificates.make(dir, "other", "backend.example");
        HttpProxy inner = rig.proxy(
                ProxyRig.SETTINGS,
                ProxyRig.config(ProxyRig.backend("a", rig.named("abc"))).with(ProxyTls.of(List.of(certificate))));
        for (boolean http2 : new boolean[] {false, true}) {
            assertThat(throughTls(inner, http2, "backend.example", certificate.cert()))
                    .isEqualTo(200);
        }
        assertThat(throughTls(inner, false, "backend.example", other.cert()))
                .as("signed by someone else")
                .isEqualTo(502);
        assertThat(throughTls(inner, false, "elsewhere.example", certificate.cert()))
                .as("made out to another name")
                .isEqualTo(502);
    }

    private int throughTls(HttpProxy inner, boolean http2, String name, String ca) throws Exception {
        ProxyConfig config = ProxyRig.config(ProxyRig.backend("inner", inner.address()))
                .with(new BackendProtocol(http2, 0, new BackendTls(name, ca, "", "")));
        return rig.get(rig.proxy(ProxyRig.SETTINGS, config), "/").statusCode();
    }

    @Test
    void tellsTheClientsAddressByTheProxyProtocol() throws Exception {
        BlockingQueue<byte[]> begun = new LinkedBlockingQueue<>();
        ProxyBackend backend = rig.rawServer(socket -> {
            InputStream in = socket.getInputStream();
            byte[] first = ProxyRig.readUntil(in, "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
            begun.add(first);
            if (first[0] == '\r') {
                begun.add(ProxyRig.readUntil(in, "HTTP/1.1\r\n").getBytes(StandardCharsets.ISO_8859_1));
                ProxyRig.readUntil(in, "\r\n\r\n");
            }
            socket.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            begun.add(new byte[] {(byte) in.read()});
        });
        HttpProxy text = rig.proxy(
                ProxyRig.SETTINGS, ProxyRig.config(backend).with(new BackendProtocol(false, 1, BackendTls.NONE)));
        Socket client = rig.connect(text);
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(take(begun), StandardCharsets.ISO_8859_1))
                .startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 " + client.getLocalPort() + " "
                        + text.address().getPort() + "\r\nGET / HTTP/1.1\r\n");
        assertThat(take(begun)).as("the connection ends with the request").containsExactly(-1);

        HttpProxy binary = rig.proxy(
                ProxyRig.SETTINGS, ProxyRig.config(backend).with(new BackendProtocol(false, 2, BackendTls.NONE)));
        begun.clear();
        Socket second = rig.connect(binary);
        second.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(take(begun)).startsWith(0x0d, 0x0a, 0x0d, 0x0a);
        ByteBuffer rest = ByteBuffer.wrap(take(begun));
        rest.position(rest.limit() - "GET / HTTP/1.1\r\n".length() - 4);
        assertThat(rest.getShort() & 0xffff).isEqualTo(second.getLocalPort());
        assertThat(rest.getShort() & 0xffff).isEqualTo(binary.address().getPort());
    }

    private static byte[] take(BlockingQueue<byte[]> queue) throws InterruptedException {
        return Objects.requireNonNull(queue.poll(30, TimeUnit.SECONDS));
    }

    @Test
    void aWebSocketPassesAsATunnel() throws Exception {
        ProxyBackend backend = rig.rawServer(socket -> {
            String asked = ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            OutputStream out = socket.getOutputStream();
            if (!asked.toLowerCase(java.util.Locale.ROOT).contains("upgrade: websocket")) {
                out.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return;
            }
            out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: x\r\n\r\nhello")
                    .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().transferTo(out);
        });
        HttpProxy proxy = rig.proxy(backend);
        Socket client = rig.connect(proxy);
        client.getOutputStream()
                .write(("GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                                + "Sec-WebSocket-Key: y\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = client.getInputStream();
        assertThat(ProxyRig.readUntil(in, "\r\n\r\nhello"))
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("upgrade: websocket")
                .containsIgnoringCase("sec-websocket-accept: x");
        byte[] sent = new byte[1 << 20];
        new java.util.Random(9).nextBytes(sent);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                client.getOutputStream().write(sent);
            } catch (IOException closed) {
                Thread.currentThread().interrupt();
            }
        });
        assertThat(in.readNBytes(sent.length)).isEqualTo(sent);
        writer.join();
        client.close();
        await().until(() -> proxy.counters().clients() == 0);
    }

    @Test
    void aBackendThatSwitchesProtocolsUnaskedIsABadGateway() throws Exception {
        ProxyBackend backend = rig.rawServer(socket -> {
            ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            socket.getOutputStream()
                    .write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().read();
        });
        assertThat(rig.get(rig.proxy(backend), "/").statusCode()).isEqualTo(502);
    }
}
