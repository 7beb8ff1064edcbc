package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.config.BackendProtocol;
import io.hopline.lb.config.ProxyBackend;
import io.hopline.lb.proxy.RawHttp2.Frame;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets on streams of HTTP/2 (RFC 8441), frame by frame: a client's, and those to a backend. */
class WebSocketOverHttp2Test {
    private static final int OPEN = RawHttp2.END_HEADERS;
    private static final int PROTOCOL_ERROR = 1;

    private final ProxyRig rig = new ProxyRig();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    private final DefaultHttp2HeadersDecoder heads = new DefaultHttp2HeadersDecoder();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    /** A server that answers thus; if it agrees to a WebSocket it greets and then sends back what it gets. */
    private HttpProxy proxy(String answer) throws IOException {
        return rig.proxy(rig.rawServer(socket -> {
            String head = ProxyRig.readUntil(socket.getInputStream(), "\r\n\r\n");
            asked.add(head.toLowerCase(Locale.ROOT));
            String key = head.replaceFirst("(?is).*\nsec-websocket-key: ([^\r]*).*", "$1");
            socket.getOutputStream().write(answer.replace("ACCEPT", accept(key)).getBytes(StandardCharsets.US_ASCII));
            if (answer.startsWith("HTTP/1.1 101")) {
                byte[] piece = new byte[4096];
                for (int n = socket.getInputStream().read(piece);
                        n >= 0;
                        n = socket.getInputStream().read(piece)) {
                    socket.getOutputStream().write(piece, 0, n);
                    if (n == 4 && piece[3] == '!') {
                        return;
                    }
                }
                ended.add("by the client");
            }
        }));
    }

    /** RFC 6455, section 4.2.2. */
    private static String accept(String key) throws Exception {
        byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    }

    private static byte[] connect(String protocol, String... more) {
        String[] fields = {
            ":method",
            "CONNECT",
            ":protocol",
            protocol,
            ":scheme",
            "http",
            ":path",
            "/chat?x=1",
            ":authority",
            "h",
            "sec-websocket-version",
            "13",
            "sec-websocket-protocol",
            "chat"
        };
        byte[] first = RawHttp2.fields(fields);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(first);
        all.writeBytes(RawHttp2.fields(more));
        return all.toByteArray();
    }

    private static final String AGREED =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: ACCEPT\r\nSec-WebSocket-Protocol: chat\r\n\r\nhello";

    private Http2Headers head(@Nullable Frame frame) throws Exception {
        Frame got = Objects.requireNonNull(frame);
        assertThat(got.type()).isEqualTo(RawHttp2.HEADERS);
        return heads.decodeHeaders(got.stream(), Unpooled.wrappedBuffer(got.payload()));
    }

    /** So many bytes of DATA, with room made for more as they come. */
    private static byte[] data(RawHttp2 client, int stream, int bytes) throws IOException {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (got.size() < bytes) {
            Frame frame = Objects.requireNonNull(client.next());
            assertThat(frame.type()).isEqualTo(RawHttp2.DATA);
            got.writeBytes(frame.payload());
            int length = frame.payload().length;
            if (length > 0) {
                byte[] more = {(byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length};
                client.send(8, 0, 0, more);
                client.send(8, 0, stream, more);
            }
        }
        return got.toByteArray();
    }

    /** All that comes on a stream; the last bytes may bring its end along. */
    private static byte[] untilEnd(RawHttp2 client, int stream) throws IOException {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (true) {
            Frame frame = Objects.requireNonNull(client.next());
            assertThat(frame.type()).isEqualTo(RawHttp2.DATA);
            assertThat(frame.stream()).isEqualTo(stream);
            got.writeBytes(frame.payload());
            if ((frame.flags() & RawHttp2.END_STREAM) != 0) {
                return got.toByteArray();
            }
        }
    }

    @Test
    void bytesPassBothWays() throws Exception {
        HttpProxy proxy = proxy(AGREED);
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        client.send(RawHttp2.HEADERS, OPEN, 1, connect("websocket"));
        // Before the answer: it waits for the tunnel.
        client.send(RawHttp2.DATA, 0, 1, "early".getBytes(StandardCharsets.US_ASCII));
        String request = Objects.requireNonNull(asked.poll(60, TimeUnit.SECONDS));
        assertThat(request)
                .startsWith("get /chat?x=1 http/1.1\r\n")
                .contains("\r\nhost: h\r\n", "\r\nupgrade: websocket\r\n", "\r\nsec-websocket-key: ")
                .contains("\r\nsec-websocket-version: 13\r\n", "\r\nsec-websocket-protocol: chat\r\n")
                .doesNotContain("content-length", "transfer-encoding", ":protocol");
        Http2Headers answer = head(client.next());
        assertThat(answer.status()).hasToString("200");
        assertThat(answer.get("sec-websocket-protocol")).hasToString("chat");
        assertThat(answer.get("sec-websocket-accept")).isNull();
        assertThat(answer.get("upgrade")).isNull();
        assertThat(data(client, 1, 10)).isEqualTo("helloearly".getBytes(StandardCharsets.US_ASCII));
        byte[] sent = new byte[50_000];
        new Random(3).nextBytes(sent);
        for (int from = 0; from < sent.length; from += 10_000) {
            client.send(RawHttp2.DATA, 0, 1, Arrays.copyOfRange(sent, from, from + 10_000));
        }
        assertThat(data(client, 1, sent.length)).isEqualTo(sent);
        client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[0]);
        assertThat(ended.poll(60, TimeUnit.SECONDS)).isEqualTo("by the client");
        Frame last = Objects.requireNonNull(client.next());
        assertThat(last.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
    }

    /** One connection has several, beside requests. */
    @Test
    void theServersEndIsTheStreams() throws Exception {
        HttpProxy proxy = proxy(AGREED);
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        for (int stream = 1; stream < 7; stream += 2) {
            client.send(RawHttp2.HEADERS, OPEN, stream, connect("websocket"));
            assertThat(head(client.next()).status()).hasToString("200");
            assertThat(data(client, stream, 5)).isEqualTo("hello".getBytes(StandardCharsets.US_ASCII));
        }
        client.send(RawHttp2.DATA, 0, 3, "bye!".getBytes(StandardCharsets.US_ASCII));
        assertThat(untilEnd(client, 3)).isEqualTo("bye!".getBytes(StandardCharsets.US_ASCII));
        client.send(RawHttp2.DATA, 0, 5, "still".getBytes(StandardCharsets.US_ASCII));
        Frame echo = Objects.requireNonNull(client.next());
        while (echo.type() == RawHttp2.RST_STREAM) {
            echo = Objects.requireNonNull(client.next());
        }
        assertThat(echo.stream()).isEqualTo(5);
        client.send(RawHttp2.RST_STREAM, 0, 5, new byte[] {0, 0, 0, 8});
        assertThat(ended.poll(60, TimeUnit.SECONDS)).isEqualTo("by the client");
        await().until(() -> proxy.counters().clients() == 1);
    }

    /** Success would tell the client that it has a WebSocket. */
    @ParameterizedTest
    @ValueSource(strings = {"200 OK", "204 No Content", "403 Forbidden"})
    void aServerThatDoesNotAgreeIsNoSuccess(String status) throws Exception {
        HttpProxy proxy = proxy(
                "HTTP/1.1 " + status + "\r\n" + (status.startsWith("204") ? "" : "Content-Length: 0\r\n") + "\r\n");
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        client.send(RawHttp2.HEADERS, OPEN, 1, connect("websocket"));
        assertThat(head(client.next()).status()).hasToString(status.startsWith("2") ? "502" : "403");
    }

    @Test
    void onlyWebSocketsAreOpened() throws Exception {
        HttpProxy proxy = proxy(AGREED);
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        client.send(RawHttp2.HEADERS, OPEN, 1, connect("connect-udp"));
        assertThat(head(client.next()).status()).hasToString("501");
        RawHttp2 plain = new RawHttp2(rig.connect(proxy));
        plain.send(RawHttp2.HEADERS, OPEN, 1, RawHttp2.fields(":method", "CONNECT", ":authority", "h:443"));
        assertThat(head(plain.next()).status()).hasToString("405");
        assertThat(asked).isEmpty();
    }

    /** The client cannot know, as HTTP/2 has no key and no answer to it. */
    @Test
    void aServerThatAgreesToAnotherKeyIsNotBelieved() throws Exception {
        HttpProxy proxy = proxy(AGREED.replace("ACCEPT", accept("another")));
        RawHttp2 client = new RawHttp2(rig.connect(proxy));
        client.send(RawHttp2.HEADERS, OPEN, 1, connect("websocket"));
        assertThat(head(client.next()).status()).hasToString("502");
    }

    /** RFC 9113, section 8.5. */
    @Test
    void trailersBreakTheTunnel() throws Exception {
        RawHttp2 client = new RawHttp2(rig.connect(proxy(AGREED)));
        client.send(RawHttp2.HEADERS, OPEN, 1, connect("websocket"));
        assertThat(head(client.next()).status()).hasToString("200");
        data(client, 1, 5);
        client.send(RawHttp2.HEADERS, OPEN | RawHttp2.END_STREAM, 1, RawHttp2.fields("x-last", "1"));
        Frame refused = Objects.requireNonNull(client.next());
        assertThat(refused.type()).isEqualTo(RawHttp2.RST_STREAM);
        assertThat(refused.errorCode()).isEqualTo(PROTOCOL_ERROR);
        assertThat(ended.poll(60, TimeUnit.SECONDS)).isEqualTo("by the client");
    }

    /** What a backend of HTTP/2 is asked, and when. */
    private record Asked(Http2Headers head, boolean ends, boolean settled) {}

    private static final String UPGRADE = "GET /chat?x=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
            + "Connection: upgrade, x-hop\r\nX-Hop: 1\r\nSec-WebSocket-Version: 13\r\n";
    /** The key of RFC 6455, section 1.3. */
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    /** A proxy with a backend of HTTP/2 that answers with this status. */
    private HttpProxy toHttp2(String status, BlockingQueue<Asked> got) throws IOException {
        ProxyBackend backend = rig.rawServer(socket -> {
            RawHttp2 server = RawHttp2.webSocketServer(socket);
            DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
            for (Frame frame = server.next(); frame != null; frame = server.next()) {
                if (frame.type() == RawHttp2.HEADERS) {
                    Http2Headers head = decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()));
                    boolean ends = (frame.flags() & RawHttp2.END_STREAM) != 0;
                    got.add(new Asked(head, ends, server.acknowledged()));
                    server.send(RawHttp2.HEADERS, OPEN, frame.stream(), RawHttp2.fields(":status", status));
                    server.send(
                            RawHttp2.DATA,
                            RawHttp2.END_STREAM,
                            frame.stream(),
                            "bye".getBytes(StandardCharsets.US_ASCII));
                }
            }
        });
        return rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(backend).with(BackendProtocol.HTTP2));
    }

    @Test
    void anUpgradeBecomesAConnect() throws Exception {
        BlockingQueue<Asked> got = new LinkedBlockingQueue<>();
        HttpProxy proxy = toHttp2("200", got);
        assertThat(rig.exchange(proxy, UPGRADE + KEY + "\r\n"))
                .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                .containsIgnoringCase("\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
                .containsIgnoringCase("\r\nupgrade: websocket\r\n")
                .endsWith("\r\n\r\nbye");
        Asked one = Objects.requireNonNull(got.poll(60, TimeUnit.SECONDS));
        assertThat(one.ends()).isFalse();
        assertThat(one.settled()).as("RFC 8441, section 3").isTrue();
        assertThat(one.head().method()).hasToString("CONNECT");
        assertThat(one.head().get(":protocol")).hasToString("websocket");
        assertThat(one.head().scheme()).hasToString("http");
        assertThat(one.head().path()).hasToString("/chat?x=1");
        assertThat(one.head().authority()).hasToString("h");
        assertThat(one.head().get("sec-websocket-version")).hasToString("13");
        for (String taken : new String[] {"host", "upgrade", "connection", "sec-websocket-key", "x-hop"}) {
            assertThat(one.head().get(taken)).as(taken).isNull();
        }
    }

    @Test
    void whatIsNoWebSocketIsNoConnect() throws Exception {
        BlockingQueue<Asked> got = new LinkedBlockingQueue<>();
        HttpProxy proxy = toHttp2("403", got);
        assertThat(rig.exchange(proxy, UPGRADE + "Content-Length: 0\r\nConnection: close\r\n\r\n"))
                .as("no key")
                .startsWith("HTTP/1.1 400 ");
        assertThat(got).isEmpty();
        assertThat(rig.exchange(proxy, UPGRADE + KEY + "Connection: close\r\n\r\n"))
                .as("the backend's own answer")
                .startsWith("HTTP/1.1 403 ")
                .contains("bye");
        assertThat(Objects.requireNonNull(got.poll()).head().method()).hasToString("CONNECT");
        assertThat(rig.exchange(proxy, UPGRADE + KEY + "Content-Length: 3\r\nConnection: close\r\n\r\nabc"))
                .as("a body goes with no Upgrade")
                .startsWith("HTTP/1.1 403 ");
        Asked plain = Objects.requireNonNull(got.poll());
        assertThat(plain.head().method()).hasToString("GET");
        assertThat(plain.head().get(":protocol")).isNull();
    }

    @Test
    void aBackendThatClosesBeforeItsSettingsIsABadGateway() throws Exception {
        ProxyBackend backend = rig.rawServer(socket -> ProxyRig.readUntil(socket.getInputStream(), "SM\r\n\r\n"));
        HttpProxy proxy = rig.proxy(ProxyRig.SETTINGS, ProxyRig.config(backend).with(BackendProtocol.HTTP2));
        assertThat(rig.exchange(proxy, UPGRADE + KEY + "Connection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 502 ");
    }

    /** What could hide a second request from a server of HTTP/1.1. */
    @Test
    void refusesWhatWouldBeSmuggled() throws Exception {
        HttpProxy proxy = proxy(AGREED);
        byte[] get = RawHttp2.fields(
                ":method", "GET", ":protocol", "websocket", ":scheme", "http", ":path", "/", ":authority", "h");
        byte[] nowhere = RawHttp2.fields(":method", "CONNECT", ":protocol", "websocket", ":authority", "h");
        byte[] somewhere =
                RawHttp2.fields(":method", "CONNECT", ":scheme", "http", ":path", "/", ":authority", "h:443");
        byte[] twice = RawHttp2.fields(
                ":method", "CONNECT", ":protocol", "x", ":protocol", "websocket", ":scheme", "http", ":path", "/");
        byte[][] all = {
            get,
            nowhere,
            somewhere,
            twice,
            connect("web socket"),
            connect("websocket", "content-length", "5"),
            connect("websocket", "upgrade", "websocket"),
            connect("websocket", "connection", "upgrade")
        };
        for (byte[] bad : all) {
            RawHttp2 client = new RawHttp2(rig.connect(proxy));
            client.send(RawHttp2.HEADERS, OPEN, 1, bad);
            Frame refused = Objects.requireNonNull(client.next());
            assertThat(refused.type()).isIn(RawHttp2.RST_STREAM, RawHttp2.GOAWAY);
            assertThat(refused.errorCode()).isEqualTo(PROTOCOL_ERROR);
        }
        assertThat(asked).isEmpty();
    }
}
