package io.hopline.lb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.hopline.lb.proxy.RawHttp2.Frame;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of HTTP/2 in clear text, to servers of HTTP/1.1: frames on a real socket. */
class HttpProxyHttp2Test {
    private static final int PROTOCOL_ERROR = 1;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final String[] GET = {":method", "GET", ":scheme", "http", ":path", "/", ":authority", "h"};

    private final ProxyRig rig = new ProxyRig();

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private static String[] get(String... more) {
        String[] all = java.util.Arrays.copyOf(GET, GET.length + more.length);
        System.arraycopy(more, 0, all, GET.length, more.length);
        return all;
    }

    private RawHttp2 client(HttpProxy proxy) throws Exception {
        Socket socket = rig.connect(proxy);
        socket.setSoTimeout(60_000);
        return new RawHttp2(socket);
    }

    @Test
    void answersManyRequestsOnOneConnection() throws Exception {
        HttpProxy proxy = rig.proxy(ProxyRig.backend("a", rig.named("abc")));
        RawHttp2 client = client(proxy);
        int streams = 50;
        for (int i = 0; i < streams; i++) {
            client.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1 + 2 * i, RawHttp2.fields(GET));
        }
        int ended = 0;
        while (ended < streams) {
            Frame frame = Objects.requireNonNull(client.next());
            assertThat(frame.type()).isIn(RawHttp2.HEADERS, RawHttp2.DATA);
            if ((frame.flags() & RawHttp2.END_STREAM) != 0) {
                assertThat(frame.payload()).isEqualTo("abc".getBytes(StandardCharsets.US_ASCII));
                ended++;
            }
        }
        assertThat(proxy.counters().clients()).isEqualTo(1);
        await().until(() -> proxy.counters().answered2xx() == streams);
    }

    @Test
    void headersBecomeThoseOfHttp11() throws Exception {
        Map<String, List<String>> seen = new ConcurrentHashMap<>();
        var server = rig.server(exchange -> {
            seen.putAll(exchange.getRequestHeaders());
            exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
            exchange.sendResponseHeaders(204, -1);
        });
        RawHttp2 client = client(rig.proxy(ProxyRig.backend("a", server)));
        client.send(
                RawHttp2.HEADERS,
                RawHttp2.END_HEADERS,
                1,
                RawHttp2.fields(get("cookie", "a=1", "x-end", "2", "cookie", "b=2", "te", "trailers")));
        client.send(RawHttp2.DATA, 0, 1, new byte[10]);
        client.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1, RawHttp2.fields("x-sum", "9"));
        Frame head = Objects.requireNonNull(client.next());
        assertThat(head.type()).isEqualTo(RawHttp2.HEADERS);
        assertThat(head.flags() & RawHttp2.END_STREAM).isEqualTo(RawHttp2.END_STREAM);
        assertThat(seen)
                .containsEntry("Host", List.of("h"))
                .containsEntry("Cookie", List.of("a=1; b=2"))
                .containsEntry("Transfer-encoding", List.of("chunked"))
                .containsEntry("X-forwarded-proto", List.of("http"))
                .containsEntry("X-end", List.of("2"))
                .doesNotContainKeys("Te", "X-sum");
    }

    /** What an HTTP/1.1 server would read as something else than was sent ({@code |} is CRLF, {@code ^} LF, {@code 0} NUL). */
    @ParameterizedTest
    @CsvSource({
        "x-a, b|c: d",
        "x-a, b^c",
        "x-a, b\u0000c",
        "x-a|b, c",
        "X-Upper, a",
        "x a, b",
        "x-a:, b",
        "'', b",
        "transfer-encoding, chunked",
        "connection, close",
        "keep-alive, 5",
        "proxy-connection, close",
        "upgrade, websocket",
        "te, gzip",
        "content-length, 5",
        "content-length, +0",
        "host, other",
        ":path, /again",
        ":unknown, x",
        ":status, 200",
        "x-a, ' lead'",
    })
    void refusesWhatWouldBeSmuggled(String name, String value) throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        client.send(
                RawHttp2.HEADERS,
                RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                1,
                RawHttp2.fields(get(bytes(name), bytes(value))));
        refused(client);
        assertThat(rig.backendPorts).isEmpty();
    }

    private static String bytes(String text) {
        return text.replace("|", "\r\n").replace("^", "\n");
    }

    private static void refused(RawHttp2 client) throws Exception {
        Frame frame = Objects.requireNonNull(client.next());
        assertThat(frame.type()).isIn(RawHttp2.RST_STREAM, RawHttp2.GOAWAY);
        assertThat(frame.errorCode()).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @CsvSource({
        ":method, 'G T'",
        ":method, GET / HTTP/1.1|X: y|",
        ":path, /a b",
        ":path, / HTTP/1.1|X: y|",
        ":path, http://other/",
        ":path, ''",
        ":path, a",
        ":authority, a/b",
        ":authority, h|x: y",
    })
    void refusesBadPseudoHeaders(String name, String value) throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        String[] fields = GET.clone();
        for (int i = 0; i < fields.length; i += 2) {
            if (fields[i].equals(name)) {
                fields[i + 1] = bytes(value);
            }
        }
        client.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1, RawHttp2.fields(fields));
        Frame frame = Objects.requireNonNull(client.next());
        assertThat(frame.type()).isIn(RawHttp2.HEADERS, RawHttp2.RST_STREAM, RawHttp2.GOAWAY);
        await().until(() -> proxy.counters().refused() == 1
                || frame.type() == RawHttp2.GOAWAY
                || frame.type() == RawHttp2.RST_STREAM);
        assertThat(rig.backendPorts).isEmpty();
    }

    /** More or less body than Content-Length says: the rest would be another request. */
    @ParameterizedTest
    @CsvSource({"5, 9", "5, 3"})
    void refusesABodyThatIsNotAsLongAsItSays(int said, int sent) throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        client.send(
                RawHttp2.HEADERS,
                RawHttp2.END_HEADERS,
                1,
                RawHttp2.fields(get("content-length", Integer.toString(said))));
        client.send(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[sent]);
        refused(client);
        assertThat(proxy.counters().answered2xx()).isZero();
    }

    /** CVE-2023-44487: each request is begun and reset at once, so that none counts as under way. */
    @Test
    void endsAConnectionThatOnlyResets() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        try {
            for (int i = 0; i < 2000; i++) {
                client.send(
                        RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1 + 2 * i, RawHttp2.fields(GET));
                client.send(RawHttp2.RST_STREAM, 0, 1 + 2 * i, new byte[] {0, 0, 0, 8});
            }
        } catch (java.net.SocketException closed) {
            assertThat(proxy.counters().requests()).isLessThan(2000);
        }
        await().atMost(60, TimeUnit.SECONDS).until(() -> proxy.counters().clients() == 0);
        assertThat(proxy.counters().requests()).isLessThan(2000);
    }

    @Test
    void endsAConnectionOfEndlessContinuations() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        client.send(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, RawHttp2.fields(GET));
        try {
            for (int i = 0; i < 5000; i++) {
                client.send(RawHttp2.CONTINUATION, 0, 1, RawHttp2.fields("x", "y"));
            }
        } catch (java.net.SocketException closed) {
            assertThat(proxy.counters().requests()).isZero();
        }
        await().atMost(60, TimeUnit.SECONDS).until(() -> proxy.counters().clients() == 0);
        assertThat(proxy.counters().requests()).isZero();
    }

    @Test
    void endsAConnectionThatFloodsPings() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        try {
            for (int i = 0; i < 2000; i++) {
                client.send(RawHttp2.PING, 0, 0, new byte[8]);
            }
            Frame end = client.next();
            assertThat(end == null ? ENHANCE_YOUR_CALM : end.errorCode()).isEqualTo(ENHANCE_YOUR_CALM);
        } catch (java.net.SocketException closed) {
            assertThat(proxy.counters().requests()).isZero();
        }
        await().atMost(60, TimeUnit.SECONDS).until(() -> proxy.counters().clients() == 0);
    }

    @Test
    void refusesHeadersThatAreTooLong() throws Exception {
        HttpProxy proxy = rig.proxy(rig.answering("a"));
        RawHttp2 client = client(proxy);
        client.send(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, RawHttp2.fields(get("x", "y".repeat(15_000))));
        client.send(RawHttp2.CONTINUATION, RawHttp2.END_HEADERS, 1, RawHttp2.fields("z", "y".repeat(15_000)));
        Frame frame = client.next();
        assertThat(frame == null
                        || frame.type() == RawHttp2.GOAWAY
                        || frame.type() == RawHttp2.RST_STREAM
                        || frame.type() == RawHttp2.HEADERS)
                .isTrue();
        assertThat(rig.backendPorts).isEmpty();
    }

    /** A client that grants no window, and reads nothing: the backend stops. */
    @Test
    void aSlowReaderStopsItsBackend() throws Exception {
        AtomicLong written = new AtomicLong();
        CountDownLatch end = new CountDownLatch(1);
        var server = rig.server(exchange -> {
            exchange.sendResponseHeaders(200, 1L << 30);
            byte[] block = new byte[65_536];
            while (end.getCount() > 0) {
                exchange.getResponseBody().write(block);
                written.addAndGet(block.length);
            }
        });
        RawHttp2 client = client(rig.proxy(ProxyRig.backend("a", server)));
        client.send(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 1, RawHttp2.fields(GET));
        long[] last = {-1, 0};
        await().atMost(60, TimeUnit.SECONDS).until(() -> {
            if (written.get() != last[0]) {
                last[0] = written.get();
                last[1] = System.nanoTime();
            }
            return last[0] > 0 && System.nanoTime() - last[1] > 1_000_000_000L;
        });
        assertThat(last[0]).isLessThan(32L << 20);
        end.countDown();
    }
}
